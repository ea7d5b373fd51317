/* SPDX-License-Identifier: GPL-2.0-only */
/* A model as lines of a file: one for each value, lists one word a line. For who shows a model. */
#ifndef CONF_LINES_H
#define CONF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct model;
struct model_peer;
struct model_vni;

struct conf_line {
	const struct model_vni *vni;		/* of this [VNI] */
	const struct model_peer *peer;		/* of this [Peer]; neither: [Interface] */
	const char *key;
	char *value;
	bool list;				/* the next of the same key may stand on its line */
};

struct conf_lines {
	struct conf_line *list;
	size_t n;
	bool no_memory;
};

/*
 * Everything that is not as it would be without the line; "(hidden)" for secrets. Lines point into
 * *m. 0 or -ENOMEM, *out empty.
 */
int conf_lines_make(const struct model *m, struct conf_lines *out);
/* As a file; `on` and `off` are put around the sections' headers. */
void conf_lines_write(const struct conf_lines *lines, const char *on, const char *off, FILE *to);
const char *conf_line_section(const struct conf_line *line);		/* "Peer" */
void conf_lines_free(struct conf_lines *lines);
#endif

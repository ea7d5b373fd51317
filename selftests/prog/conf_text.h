/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of a configuration to a model and back, without a file. For the conf*.c here and the fuzzer. */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_lines.h"
#include "conf_parse.h"

#define KEY_1	"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
#define KEY_2	"CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA="
#define KEY_3	"DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDA="

/* Into *m and *f, both freed by the caller, also where there are errors. 0, -ENOMEM. */
static inline int conf_of_bytes(const char *bytes, size_t len, unsigned int flags, struct model *m,
				struct findings *f)
{
	struct conf c = { .model = m, .findings = f, .flags = flags };
	char *copy = malloc(len + 1);
	int err;

	memset(f, 0, sizeof(*f));
	model_init(m);
	strcpy(m->ifname, "wg0");
	if (!copy)
		return -1;
	memcpy(copy, bytes, len);
	err = conf_parse(&c, "wg0.conf", copy, len);
	err = err ? err : conf_finish(&c);
	free(copy);
	if (c.table)
		m->wg.table = 100;	/* whatever the name stands for on this machine */
	free(c.table);
	return err;
}

static inline int conf_of_text(const char *text, struct model *m, struct findings *f)
{
	return conf_of_bytes(text, strlen(text), 0, m, f);
}

/* What `vtepctl conf show` prints; the caller frees. NULL: no memory. */
static inline char *conf_to_text(const struct model *m)
{
	struct conf_lines lines;
	char *text = NULL;
	size_t len;
	FILE *to;

	if (conf_lines_make(m, &lines))
		return NULL;
	to = open_memstream(&text, &len);
	if (to) {
		conf_lines_write(&lines, "", "", to);
		fclose(to);
	}
	conf_lines_free(&lines);
	return text;
}
#endif

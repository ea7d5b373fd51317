/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be said of a configuration: errors, warnings, notes, each with its line and its mend.
 * The reader and the lint collect, vtepd and vtepctl print. Text is safe for a terminal.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_level { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE, FINDING_LEVELS };

struct finding {
	enum finding_level level;
	char *file;			/* "": the command line */
	unsigned int line;		/* 0: the file as a whole */
	char *text;			/* "[Peer] AllowedIP: no such key" */
	char *hint;			/* NULL: none */
};

struct findings {
	struct finding *list;
	size_t n;
	size_t count[FINDING_LEVELS];	/* of all, also of those beyond FINDING_MAX, which are not kept */
};

#define FINDING_MAX	10		/* kept of each level */

/* `format` is the text; a '\n' in it begins the hint. Whatever is not printable becomes '?'. */
void finding_add(struct findings *f, enum finding_level level, const char *file, unsigned int line,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));
void findings_free(struct findings *f);
/* vtepd's way: FILE:LINE: and text by log_msg() at the finding's level, then the hint. */
void findings_log(const struct findings *f);
/* Bytes that a terminal could obey become '?', as does what is no UTF-8: in place. */
void text_make_safe(char *text);
/* Would it stay as it is, but for tabs? */
bool text_is_safe(const char *text);
#endif

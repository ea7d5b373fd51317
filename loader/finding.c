// SPDX-License-Identifier: GPL-2.0-only
/* Collecting what is to be said of a configuration, and vtepd's way to say it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "log.h"
#include "nl.h"

/* Length of the UTF-8 sequence at text that a terminal merely shows, 0: it is none. */
static size_t printable(const unsigned char *text)
{
	unsigned int code, least;
	size_t i, n;

	if (*text < 0x80)
		return *text >= 0x20 && *text != 0x7f;
	n = *text >= 0xf0 && *text < 0xf5 ? 4 : *text >= 0xe0 ? 3 : 2;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	code = *text & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	least = n == 2 ? 0x80 : n == 3 ? 0x800 : 0x10000;
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	/* C1 controls; marks of direction and width; line separators; tags */
	if (code < 0xa0 || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
	    code == 0xfeff || (code >= 0xfff0 && code <= 0xffff) || code >= 0xe0000)
		return 0;
	return n;
}

bool text_is_safe(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t n = 1;

	for (; *at && n; at += n)
		n = *at == '\t' ? 1 : printable(at);
	return n;
}

void text_make_safe(char *text)
{
	unsigned char *from = (unsigned char *)text, *to = from;
	size_t n;

	while (*from) {
		n = printable(from);
		if (n) {
			memmove(to, from, n);
			from += n;
			to += n;
			continue;
		}
		*to++ = '?';
		/* One mark for the whole of a sequence that is refused. */
		for (from++; (*from & 0xc0) == 0x80; from++)
			;
	}
	*to = '\0';
}

void finding_add(struct findings *f, enum finding_level level, const char *file, unsigned int line,
		 const char *format, ...)
{
	struct finding *list, *new;
	char *text = NULL, *hint;
	va_list ap;

	if (f->count[level]++ >= FINDING_MAX)
		return;
	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	list = nl_room(f->list, f->n, sizeof(*list));
	if (list)
		f->list = list;
	if (!list || !text) {
		free(text);
		return;
	}
	new = &f->list[f->n];
	hint = strchr(text, '\n');
	if (hint)
		*hint++ = '\0';
	*new = (struct finding){ .level = level, .line = line, .text = text };
	new->file = strdup(file ? file : "");
	new->hint = hint ? strdup(hint) : NULL;
	if (!new->file) {
		free(new->hint);
		free(text);
		return;
	}
	text_make_safe(new->file);
	text_make_safe(new->text);
	if (new->hint)
		text_make_safe(new->hint);
	f->n++;
}

void findings_free(struct findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->list[i].file);
		free(f->list[i].text);
		free(f->list[i].hint);
	}
	free(f->list);
	memset(f, 0, sizeof(*f));
}

void findings_log(const struct findings *f)
{
	static const enum log_level levels[] = { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct finding *one = &f->list[i];

		if (one->line)
			log_msg(levels[one->level], "%s:%u: %s", one->file, one->line, one->text);
		else
			log_msg(levels[one->level], "%s%s%s", one->file, *one->file ? ": " : "",
				one->text);
		if (one->hint && one->level != FINDING_NOTE)
			log_hint("%s", one->hint);
	}
	if (f->count[FINDING_ERROR] > FINDING_MAX)
		log_err("and more errors: mend these first");
	if (f->count[FINDING_WARNING] > FINDING_MAX)
		log_warning("and %zu warnings more", f->count[FINDING_WARNING] - FINDING_MAX);
}

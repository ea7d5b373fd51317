// SPDX-License-Identifier: GPL-2.0-only
/* Lines: section headers, keys with their values, comments. Every message names FILE:LINE. */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_parse.h"
#include "value.h"

#define BLANKS	" \t\r\v\f"

static void say(struct conf *c, enum finding_level level, const char *format, va_list ap)
{
	const char *section = c->section > SECTION_NONE && c->section < SECTION_UNKNOWN ?
			      conf_section_name(c->section) : NULL;
	char *text;

	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	finding_add(c->findings, level, c->file, c->line, "%s%s%s%s%s%s%s", section ? "[" : "",
		    section ? section : "", section ? "] " : "", c->key ? c->key->name : "",
		    c->key ? ": " : "", text ? text : strerror(ENOMEM),
		    text && strchr(text, '\n') ? "" : "\nman 5 vtepd.conf");
	free(text);
}

int conf_error(struct conf *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(c, FINDING_ERROR, format, ap);
	va_end(ap);
	return -EINVAL;
}

void conf_warn(struct conf *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(c, FINDING_WARNING, format, ap);
	va_end(ap);
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len && strchr(BLANKS, text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

static int section_end(struct conf *c)
{
	if (c->section == SECTION_PEER)
		conf_peer_end(c);
	return c->section == SECTION_VNI ? conf_vni_end(c) : 0;
}

/* [Interface] may come in parts: its keys are remembered, those of the others begin anew. */
static void forget_keys(struct conf *c)
{
	const struct conf_key *key;

	for (key = conf_keys; key->name; key++)
		if (key->section != SECTION_INTERFACE)
			c->seen[key - conf_keys] = (struct model_where){ 0 };
	c->keys_seen = false;
}

static int header(struct conf *c, char *line, const char *comment)
{
	size_t len = strlen(line);
	int err = 0;

	if (section_end(c) == -ENOMEM)
		return -ENOMEM;
	forget_keys(c);
	c->section = SECTION_NONE;
	if (line[len - 1] != ']') {
		c->section = SECTION_UNKNOWN;
		return conf_error(c, "no section: it lacks its ']'");
	}
	line[len - 1] = '\0';
	line = trim(line + 1);
	c->section = conf_section_find(line);
	if (c->section == SECTION_INTERFACE) {
		conf_interface_begin(c);
	} else if (c->section == SECTION_PEER) {
		err = conf_peer_begin(c);
	} else if (c->section == SECTION_VNI) {
		err = conf_vni_begin(c);
	} else {
		const char *near = conf_section_near(line);

		return conf_error(c, "[%.24s]: no such section\n"
				  "[%s]", line, near ? near : "Interface], [Peer] or [VNI");
	}
	if (err)
		return err;
	if (c->section == SECTION_PEER) {
		if (comment)
			conf_comment_beside(c, comment, NAME_BESIDE);
		conf_comments_above(c);
	}
	memset(&c->comments, 0, sizeof(c->comments));
	return 0;
}

static int seen_twice(struct conf *c, const struct model_where *first)
{
	return conf_error(c, "given twice, first at %s:%u", first->file, first->line);
}

/* Of what is no key's the value may be repeated in a message: a key must not get there by mistake. */
static int key_astray(struct conf *c, const struct conf_key *key, const char *value)
{
	uint8_t bytes[MODEL_KEY_LEN];
	int err = value_key(value, bytes);

	sodium_memzero(bytes, sizeof(bytes));
	if (err || key->flags & (KEY_SECRET | KEY_HOOK) || key->set == conf_peer_public_key)
		return 0;
	return conf_error(c, "its value is a key (and is not shown)");
}

static int value_set(struct conf *c, const struct conf_key *key, char *value)
{
	struct model_where *seen = &c->seen[key - conf_keys];
	int err;

	c->key = key;
	c->keys_seen = true;
	if (key->flags & KEY_WG)
		c->wg_seen = true;
	if (key->flags & KEY_SECRET)
		c->secret_line = c->line;
	if (key->flags & KEY_HOOK)
		c->hook_line = c->line;
	if (seen->line && !(key->flags & KEY_REPEAT))
		err = seen_twice(c, seen);
	else if (value[strspn(value, ", \t")])
		err = key_astray(c, key, value) ?: key->set(c, value);
	else
		err = key->flags & KEY_EMPTY ? 0 : conf_error(c, "its value is missing");
	if (!seen->line)
		*seen = (struct model_where){ c->file, c->line };
	c->key = NULL;
	return err;
}

static int assignment(struct conf *c, char *line, const char *comment)
{
	char *value = strchr(line, '=');
	const struct conf_key *key;
	int err;

	if (c->section == SECTION_UNKNOWN)
		return 0;
	if (!value)
		return conf_key_missing(c, line);
	*value++ = '\0';
	line = trim(line);
	if (c->section == SECTION_NONE)
		return conf_error(c, "a key before the first section\n[Interface]");
	key = conf_key_find(c->section, line);
	if (!key)
		return conf_key_unknown(c, line);
	conf_comments_inside(c);
	err = value_set(c, key, trim(value));
	if (!err && comment && key->set == conf_peer_public_key)
		conf_comment_beside(c, comment, NAME_BESIDE_KEY);
	return err;
}

static int line_parse(struct conf *c, char *line)
{
	char *comment = strchr(line, '#');

	if (comment)
		*comment++ = '\0';
	line = trim(line);
	if (!*line) {
		if (comment)
			conf_comment(c, comment);
		else
			conf_comments_inside(c);
		return 0;
	}
	if (!text_is_safe(line))
		return conf_error(c, "control characters, or what is no UTF-8");
	if (*line == '[')
		return header(c, line, comment);
	return assignment(c, line, comment);
}

int conf_parse(struct conf *c, const char *file, char *text, size_t len)
{
	char *line, *next;
	int err = 0;

	c->file = file;
	c->line = 0;
	c->section = SECTION_NONE;
	c->secret_line = c->hook_line = 0;
	memset(&c->comments, 0, sizeof(c->comments));
	text[len] = '\0';
	if (memchr(text, '\0', len)) {
		conf_error(c, "holds NUL bytes: not a text file");
		return 0;
	}
	if (!strncmp(text, "\xef\xbb\xbf", 3))	/* as some editors begin a file */
		text += 3;
	for (line = text; line && err != -ENOMEM; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		c->line++;
		err = line_parse(c, line);
		if (c->findings->count[FINDING_ERROR] >= FINDING_MAX)
			break;
	}
	conf_comments_inside(c);
	if (section_end(c) == -ENOMEM)
		err = -ENOMEM;
	c->section = SECTION_NONE;
	return err == -ENOMEM ? err : 0;
}

int conf_finish(struct conf *c)
{
	c->line = 0;
	c->model->wg.given = c->wg_seen;
	return conf_peers_finish(c);
}

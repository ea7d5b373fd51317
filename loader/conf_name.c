// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer's name: Name =, or the comment that people and tools write beside a peer.
 *
 *	[Peer] # node2			# Name = node2 (friendly_name, Client, …)	by hand, exporters
 *	### begin node2 ###		above [Peer]		PiVPN
 *	# BEGIN_PEER node2		above [Peer]		wireguard-install (Nyr)
 *	### Client node2		above [Peer]		wireguard-install (angristan)
 *	# Client: node2 (id)		above [Peer]		wg-easy
 *	# Name:   node2			above [Peer], among ID, Email and more: wireguard-ui
 *	# node2 / mail / Updated: …	above [Peer]		wg-gen-web
 *	#Name# = node2			inside			WGDashboard
 *	# node2				inside or above		Algo, by hand
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_parse.h"
#include "value.h"

#define BLANKS	" \t\r\v\f"
#define DECORATION	" \t\r\v\f#=-*_~"

/* text without blanks and ornament around it, into out; what does not fit is cut off. */
static void copy_bare(const char *text, size_t len, char out[CONF_NAME_MAX + 1])
{
	while (len && strchr(DECORATION, *text)) {
		text++;
		len--;
	}
	if (len > CONF_NAME_MAX)
		for (len = CONF_NAME_MAX; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
			;
	while (len && strchr(DECORATION, text[len - 1]))
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

/* Does text begin with this word? Then what follows it, else NULL. */
static const char *after(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(text, word, len) ? NULL : text + len;
}

/* "Name = node2", "Client: node2": the value, NULL: it is not of that form. */
static const char *called(const char *text)
{
	static const char *const words[] = { "name", "friendly_name", "friendly name", "client", "peer",
					     "user", "node", "host", "hostname" };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		value = after(text, words[i]);
		if (!value)
			continue;
		value += strspn(value, "#" BLANKS);
		if (*value == '=' || *value == ':')
			return value + 1;
	}
	return NULL;
}

/* What a tool writes around a peer: 1: it begins, *value is its name; -1: it ends; 0: neither. */
static int marked(const char *text, bool ornate, const char **value)
{
	static const char *const begins[] = { "begin_peer ", "begin ", "client " };
	static const char *const ends[] = { "end_peer ", "end " };
	size_t i;

	for (i = 0; i < 3; i++) {
		*value = after(text, begins[i]);
		if (*value && (ornate || !i))
			return 1;
	}
	for (i = 0; i < 2; i++)
		if (after(text, ends[i]) && (ornate || !i))
			return -1;
	return 0;
}

/* A few words that are neither a line put out of use nor "Email: …". */
static bool may_be_name(const char *text)
{
	int words = 1;

	if (!*text || strlen(text) > CONF_NAME_MAX || strpbrk(text, "=[]:;|<>"))
		return false;
	for (; *text; text++)
		words += *text == ' ' && text[1] != ' ';
	return words <= 3;
}

static size_t until(const char *text, const char *end)
{
	const char *at = strstr(text, end);

	return at ? (size_t)(at - text) : strlen(text);
}

/* The name that a comment holds. Returns how it does: NAME_CALLED, NAME_INSIDE (plainly), NAME_NONE. */
static enum conf_rank find_name(const char *text, char out[CONF_NAME_MAX + 1])
{
	bool ornate = text[0] == '#' && text[1] == '#';
	const char *value;
	int mark;

	*out = '\0';
	text += strspn(text, "#" BLANKS);
	mark = marked(text, ornate, &value);
	if (mark < 0)
		return NAME_NONE;
	if (!mark)
		value = called(text);
	if (value) {
		copy_bare(value, until(value, " ("), out);
		return *out ? NAME_CALLED : NAME_NONE;
	}
	if (strlen(text) > 4 * CONF_NAME_MAX)
		return NAME_NONE;
	copy_bare(text, until(text, " / "), out);
	return may_be_name(out) ? NAME_INSIDE : NAME_NONE;
}

/* More than punctuation. */
static bool is_named(const char *name)
{
	for (; *name; name++)
		if ((*name & 0x80) || strchr(VALUE_ALNUM, *name))
			return true;
	return false;
}

int conf_name_set(struct conf *c, const char *name, enum conf_rank rank)
{
	struct model_peer *p = conf_peer(c);
	char *copy, *mark;

	if (rank <= c->rank)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	text_make_safe(copy);
	if (!is_named(copy)) {
		free(copy);
		return 0;
	}
	while ((mark = strchr(copy, '#')))	/* Name = … must hold it */
		*mark = '-';
	free(p->name);
	p->name = copy;
	c->rank = rank;
	return 0;
}

void conf_comment(struct conf *c, const char *text)
{
	struct conf_comments *held = &c->comments;
	char name[CONF_NAME_MAX + 1];
	enum conf_rank rank = find_name(text, name);

	if (rank == NAME_CALLED && !*held->called)
		strcpy(held->called, name);
	if (rank != NAME_INSIDE)
		return;
	if (!*held->first)
		strcpy(held->first, name);
	strcpy(held->last, name);
}

void conf_comments_inside(struct conf *c)
{
	struct conf_comments *held = &c->comments;

	if (c->section == SECTION_PEER) {
		conf_name_set(c, held->called, NAME_CALLED);
		if (!c->keys_seen)
			conf_name_set(c, held->first, NAME_INSIDE);
	}
	memset(held, 0, sizeof(*held));
}

void conf_comments_above(struct conf *c)
{
	conf_name_set(c, c->comments.called, NAME_CALLED_ABOVE);
	conf_name_set(c, c->comments.last, NAME_ABOVE);
}

void conf_comment_beside(struct conf *c, const char *text, enum conf_rank rank)
{
	char name[CONF_NAME_MAX + 1];

	if (find_name(text, name) != NAME_NONE)
		conf_name_set(c, name, rank);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line: objects and verbs by prefix, arguments by kind. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "command.h"

const struct command *command_find(const struct command *commands, const char *word)
{
	for (; commands->name; commands++)
		if (*word && !strncmp(commands->name, word, strlen(word)))
			return commands;
	return NULL;
}

const struct verb *verb_find(const struct verb *verbs, const char *word)
{
	for (; verbs->name; verbs++)
		if (*word && !strncmp(verbs->name, word, strlen(word)))
			return verbs;
	return NULL;
}

void error_say(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	fputs("vtepctl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

void error_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("hint: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static int usage_hint(const struct command *command, const struct verb *verb)
{
	bool only = !command->verbs[1].name;

	if (!verb && only)
		verb = command->verbs;
	if (!verb)
		error_hint("vtepctl %s help", command->name);
	else
		error_hint("vtepctl %s%s%s%s%s", command->name, only ? "" : " ",
			   only ? "" : verb->name, *verb->syntax ? " " : "", verb->syntax);
	return EXIT_USAGE;
}

static int vni_parse(const char *text, __u32 *vni)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || n > VTEP_VNI_MAX) {
		error_say("vni '%s' is not a number from 0 to %u", text, VTEP_VNI_MAX);
		return -EINVAL;
	}
	*vni = n;
	return 0;
}

static int size_parse(const char *text, __u32 *size)
{
	unsigned long n;
	char *end;

	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || n < 20 || n > 65535) {
		error_say("size '%s' is not a number of bytes from 20 to 65535", text);
		return -EINVAL;
	}
	*size = n;
	return 0;
}

static int addr_take(const char *text, struct vtep_addr *addr)
{
	if (!addr_parse(text, addr))
		return 0;
	error_say("'%s' is not an IP address", text);
	return -EINVAL;
}

static int side_parse(const char *word, enum side *side)
{
	if (!strcmp(word, "local"))
		*side = SIDE_LOCAL;
	else if (!strcmp(word, "remote"))
		*side = SIDE_REMOTE;
	else if (!strcmp(word, "static"))
		*side = SIDE_STATIC;
	else if (!strcmp(word, "held"))
		*side = SIDE_HELD;
	else
		return -EINVAL;
	return 0;
}

/* `word` and the value after it. The kind of argument that it was, or -EINVAL, said. */
static int keyword_take(const char *word, const char *value, struct args *out)
{
	if (!value) {
		error_say("a value is missing after '%s'", word);
		return -EINVAL;
	}
	if (!strcmp(word, "vni"))
		return vni_parse(value, &out->vni) ? -EINVAL : ARG_VNI;
	if (!strcmp(word, "dst"))
		return addr_take(value, &out->addr) ? -EINVAL : ARG_ADDR;
	if (!strcmp(word, "peer")) {
		out->peer = value;
		return ARG_PEER;
	}
	if (!strcmp(word, "size"))
		return size_parse(value, &out->size) ? -EINVAL : ARG_SIZE;
	if (!strcmp(word, "bridge")) {
		out->bridge = value;
		return ARG_BRIDGE;
	}
	out->dev = value;
	return ARG_DEV;
}

/* A word that stands alone means what its form says, if the verb takes that. */
static int bare_take(const char *word, const struct verb *verb, struct args *out)
{
	unsigned int takes = verb->needs | verb->takes, missing = verb->needs & ~out->given;

	if (takes & ARG_SIDE && !side_parse(word, &out->side))
		return ARG_SIDE;
	if (takes & ARG_MAC && !mac_parse(word, out->mac))
		return ARG_MAC;
	if (takes & ARG_ADDR && !addr_parse(word, &out->addr))
		return ARG_ADDR;
	if (takes & ARG_VNI && strspn(word, "0123456789") == strlen(word))
		return vni_parse(word, &out->vni) ? -EINVAL : ARG_VNI;
	if (takes & ARG_FILE) {
		out->file = word;
		return ARG_FILE;
	}
	if (takes & ARG_NAME) {
		out->peer = word;
		return ARG_NAME;
	}
	if (missing & ARG_MAC)
		error_say("'%s' is not a MAC address", word);
	else if (missing & ARG_ADDR)
		error_say("'%s' is not an IP address", word);
	else
		error_say("'%s' is not known here", word);
	return -EINVAL;
}

/* How many words were taken, or -EINVAL, said. */
static int arg_take(const struct verb *verb, char **argv, struct args *out)
{
	unsigned int takes = verb->needs | verb->takes;
	const char *word = argv[0];
	bool pair = true;
	int kind;

	if ((!strcmp(word, "vni") && takes & ARG_VNI) ||
	    (!strcmp(word, "dst") && takes & ARG_ADDR) ||
	    (!strcmp(word, "peer") && takes & ARG_PEER) ||
	    (!strcmp(word, "bridge") && takes & ARG_BRIDGE) ||
	    (!strcmp(word, "size") && takes & ARG_SIZE) ||
	    (!strcmp(word, "dev") && takes & (ARG_DEV | ARG_IFACE))) {
		kind = keyword_take(word, argv[1], out);
	} else if (takes & ARG_IFACE) {
		pair = false;
		out->dev = word;
		kind = ARG_DEV;
	} else {
		pair = false;
		kind = bare_take(word, verb, out);
	}
	if (kind < 0)
		return kind;
	if (out->given & kind) {
		error_say("'%s%s%s' is one too many", word, pair ? " " : "", pair ? argv[1] : "");
		return -EINVAL;
	}
	out->given |= kind;
	return pair ? 2 : 1;
}

int args_parse(const struct command *command, const struct verb *named, char **argv,
	       struct args *out)
{
	const struct verb *verb = named ? named : command->verbs;
	unsigned int missing;
	int n;

	*out = (struct args){ 0 };
	for (; *argv; argv += n) {
		n = arg_take(verb, argv, out);
		if (n < 0)
			return usage_hint(command, named);
	}
	missing = verb->needs & ~out->given;
	if (!missing)
		return 0;
	error_say("%s %s: %s is missing", command->name, verb->name,
		  missing & ARG_MAC ? "the MAC address" : missing & ARG_VNI ? "the VNI" : "the VTEP's address");
	return usage_hint(command, verb);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What vtepctl is made of: objects, verbs, the arguments that a verb takes. For all of tools/. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <vtep/abi.h>
#include "exit.h"

struct options {
	bool json, pretty, statistics, details, oneline, timestamp;
	bool color;			/* decided: terminal, environment and -c are behind it */
	bool utf8;			/* what the terminal shows */
	const char *netns;		/* name below /run/netns, NULL: ours */
	const char *iface;		/* WireGuard device of the instance, NULL: the only one */
};

/* Kinds of arguments: what a verb takes, and what it was given. */
enum {
	ARG_MAC = 1 << 0,
	ARG_ADDR = 1 << 1,		/* IP, or `dst IP` */
	ARG_VNI = 1 << 2,		/* `vni N` */
	ARG_DEV = 1 << 3,		/* `dev NAME` */
	ARG_SIDE = 1 << 4,		/* `local`, `remote`, `static` or `held` */
	ARG_IFACE = 1 << 5,		/* NAME or `dev NAME`, as the option --iface */
	ARG_FILE = 1 << 6,		/* a file, or what a verb finds one by */
	ARG_ALONE = 1 << 7,		/* no argument: the verb needs no instance, its session has none */
	ARG_PEER = 1 << 8,		/* `peer NAME`, or how its key begins */
	ARG_NAME = 1 << 9,		/* the same without `peer` */
	ARG_BRIDGE = 1 << 10,		/* `bridge NAME` */
	ARG_SIZE = 1 << 11		/* `size N` */
};

enum side { SIDE_ANY, SIDE_LOCAL, SIDE_REMOTE, SIDE_STATIC, SIDE_HELD };

struct args {
	unsigned int given;		/* ARG_* */
	__u8 mac[6];
	struct vtep_addr addr;
	__u32 vni;
	const char *dev;
	const char *file;
	const char *bridge;
	__u32 size;			/* of an IP packet, bytes; 0: not given */
	const char *peer;		/* name, key, or how a key begins */
	enum side side;
};

struct column;
struct session;

struct verb {
	const char *name;
	const char *syntax;		/* of its arguments, for usage lines */
	const char *what;
	unsigned int needs, takes;	/* ARG_* */
	int (*run)(struct session *s, const struct args *args);
	const struct column *columns;	/* of the table that it prints, NULL: none */
	bool list;			/* prints a JSON array */
};

/* The first verb is the one meant when none is named. A row without a name ends the table. */
struct command {
	const char *name;
	const struct verb *verbs;
};

/*
 * First row whose name begins with `word`, as iproute2 does it: the order of a table is the order
 * of preference. NULL: none.
 */
const struct command *command_find(const struct command *commands, const char *word);
const struct verb *verb_find(const struct verb *verbs, const char *word);
/* argv after the verb; named NULL: none was named. 0, or EXIT_USAGE, said. */
int args_parse(const struct command *command, const struct verb *named, char **argv,
	       struct args *out);

/* "vtepctl: …" and "hint: …" on stderr. */
void error_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void error_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* From argv to the verb: options, network namespace, object, verb, instance. For vtepctl.c. */
#ifndef RUN_H
#define RUN_H

#include <getopt.h>

struct command;

struct run_text {
	const char *examples, *options;	/* whole lines of the usage text */
};

/* options: their letters are what run.c acts on. Returns the exit code of the process. */
int run(const struct command *commands, const struct run_text *text, const struct option *options,
	int argc, char **argv);
#endif

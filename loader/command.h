/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands of the operator's and of the system. Included by tunnel_hooks.c. */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * Runs a line of shell as wg-quick does: by bash where there is one, else by sh, and waits. Its exit
 * status, 128 + the signal that ended it, or -errno. Nothing of the daemon but the environment and
 * the standard output is handed on.
 */
int command_run(const char *line);
/* Runs a program (argv[0] searched in PATH) with `input` as its standard input (NULL: none). */
int command_exec(char *const argv[], const char *input);
#endif

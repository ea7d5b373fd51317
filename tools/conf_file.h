/* SPDX-License-Identifier: GPL-2.0-only */
/* Which configuration a verb means, and the model that it is. For conf_*.c of tools/. */
#ifndef TOOLS_CONF_FILE_H
#define TOOLS_CONF_FILE_H

#include "conf.h"

struct args;
struct findings;
struct model;
struct options;

/*
 * The argument is a path (with a '/', or ending in .conf), "-" or a device's name, whose file is
 * looked for as vtepd does; without one, --iface, or the only file there is. 0 or an exit code, said.
 */
int conf_file_find(const struct options *opt, const struct args *args, char path[CONF_PATH]);
/* Reads it into *m; what is said is in *f: errors too. 0 or EXIT_USAGE. */
int conf_file_load(const struct options *opt, const char *path, unsigned int flags, struct model *m,
		   struct findings *f);
/* As above; the errors are said, the rest is not. The caller frees *m. 0 or an exit code. */
int conf_file_open(const struct options *opt, const struct args *args, char path[CONF_PATH],
		   unsigned int flags, struct model *m);
#endif

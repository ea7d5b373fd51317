/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that a command line means, read into the model. Included by options.c. */
#ifndef OPTIONS_FILE_H
#define OPTIONS_FILE_H

struct model;

/*
 * given: what --config says, "": nothing. A device that others configure keeps what it has: only the
 * names of its peers are read. A reload reads the file of the start again: by now the device stands
 * because we made it. 0, or -errno with the error said.
 */
int options_file_read(struct model *m, const char *given);
#endif

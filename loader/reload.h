/* SPDX-License-Identifier: GPL-2.0-only */
/* SIGHUP: the configuration read again. Included by loop.c. */
#ifndef RELOAD_H
#define RELOAD_H

struct daemon;

/* Desired minus running, applied. What is wrong is said, and then nothing is changed. */
void reload_run(struct daemon *d);
#endif

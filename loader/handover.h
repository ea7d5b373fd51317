/* SPDX-License-Identifier: GPL-2.0-only */
/* What is handed to the kernel for decapsulation, and whether it comes out. Included by loop.c and reload.c. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

struct daemon;
struct segment;

/*
 * Where handed packets get lost nothing is handed over any more. Said once for each VNI. true: that is
 * suspected, ask again soon.
 */
bool handover_check(struct daemon *d);
/* The firewall may be another by now: the next datapath_set_segment() hands over again. */
void handover_again(struct segment *s);
#endif

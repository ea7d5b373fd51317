/* SPDX-License-Identifier: GPL-2.0-only */
/* What is handed to the kernel for decapsulation, and whether it comes out. Included by loop.c. */
#ifndef HANDOVER_H
#define HANDOVER_H

struct daemon;

/* Warns once for each VNI whose handed packets get lost, and again if they have come out meanwhile. */
void handover_check(struct daemon *d);
#endif

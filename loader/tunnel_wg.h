/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers and keys of the device: plan, apply, read back. Included by tunnel.c. */
#ifndef TUNNEL_WG_H
#define TUNNEL_WG_H

#include <stdint.h>

struct daemon;

/*
 * Makes the device what the model says; an unchanged peer is not touched. Keys are wiped from the
 * model once the kernel has them. 0 or -errno, the error said.
 */
int tunnel_configure(struct daemon *d);
/* How many peers that would add, change and remove. 0 or -errno, silent. */
int tunnel_compare(struct daemon *d, unsigned int *add, unsigned int *change, unsigned int *remove);
/* The mark that the device has, 0 if it does not stand. */
uint32_t tunnel_running_mark(const struct daemon *d);
#endif

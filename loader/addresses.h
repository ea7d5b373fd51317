/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the WireGuard device and of bridges. Included by tunnel.c and segment.c. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stddef.h>

struct daemon;
struct model_prefix;

/*
 * Makes the addresses of a device those of the list: missing ones are added, of the others only
 * ours go. 0 or -errno, the error said.
 */
int addresses_set(struct daemon *d, int ifindex, const char *name, const struct model_prefix *want, size_t n);
#endif

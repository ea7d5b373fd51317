/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remote VTEPs: their slots in `vteps`, and the outer header that the programs send with. Included
 * by members.c.
 */
#ifndef REMOTES_H
#define REMOTES_H

#include <vtep/abi.h>

struct daemon;

/*
 * The slot of an address, taken and filled when it has none; its header is brought up to date. 0 or
 * -errno.
 */
int remotes_slot(struct daemon *d, const struct vtep_addr *addr, __u32 *slot);
void remotes_free(struct daemon *d, __u32 slot);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remote VTEPs: their slots in `vteps`, and the outer header that the programs send with. Included
 * by members.c and sync.c.
 */
#ifndef REMOTES_H
#define REMOTES_H

#include <stdbool.h>
#include <vtep/abi.h>

struct daemon;

/* The slot of an address, taken and filled when it has none. 0 or -errno. */
int remotes_slot(struct daemon *d, const struct vtep_addr *addr, __u32 *slot);
/* A member has it; has it no more: the last one frees the slot. */
void remotes_hold(struct daemon *d, __u32 slot);
void remotes_release(struct daemon *d, __u32 slot);
/* Routes have changed: every header is brought up to date. 0 or -errno. */
int remotes_changed(struct daemon *d);
/* Does the host's route to it lead into the underlay? Known until remotes_changed(). 0 or -errno. */
int remotes_routed(struct daemon *d, const struct vtep_addr *addr, bool *routed);
#endif

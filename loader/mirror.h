/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From BPF's FDB to the kernel's: learned remote MACs into the vxlan device's, so that frames on
 * the kernel's path know their VTEP; active ones kept alive there and in the bridge's, which would
 * age out what it no longer sees.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stddef.h>
#include <linux/types.h>
#include <vtep/abi.h>

struct daemon;
struct segment;
struct neigh;

#define MIRROR_MAX	8192U		/* learned MACs per VNI in the kernel's FDB; the rest live in BPF only */
#define MIRROR_BURST	2000		/* kernel updates for each second at most; what is left out the sweep finds */

/*
 * What these write waits in the daemon's queue (nl_queue()): whoever called them flushes it when it is done.
 *
 * One event of the ring. Callback of ring_buffer__new(): ctx is the daemon.
 */
int mirror_event(void *ctx, void *data, size_t size);
/* An active entry, seen lately: refreshed in the kernel's FDBs. */
void mirror_refresh(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where);
/* A remote entry that aged out, moved away or was flushed. */
void mirror_remove(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where);
/*
 * Somebody deleted a dynamic entry from a kernel FDB (`bridge fdb del`, a port going down): BPF
 * forgets it too, unless the kernel's own ageing did it (NUD_STALE), which knows nothing of the
 * frames that took the fast path.
 */
void mirror_forget(struct daemon *d, struct segment *s, const struct neigh *n);
/* All notifications have been read: whatever vtepd removed itself has been heard of. */
void mirror_heard(struct daemon *d);
/*
 * In a VLAN-aware bridge: an entry that the bridge has learned from tagged frames, which the programs leave to it.
 * Where they had the MAC is forgotten.
 */
void mirror_tagged(struct daemon *d, struct segment *s, const struct neigh *n);
#endif

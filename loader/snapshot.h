/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's FDBs of many segments, read in one go: a dump of one device makes the kernel look at
 * all devices, too. Included by sync.c.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stddef.h>

struct daemon;
struct neigh;
struct segment;

struct snapshot {
	struct neigh *entries;		/* of vxlan devices and bridges, by segment */
	size_t *first;			/* of each segment: where its entries begin; and the end of all */
};

/* 0 or -errno, and nothing to free. */
int snapshot_take(struct daemon *d, struct snapshot *out);
void snapshot_free(struct snapshot *s);
/* Every entry of the segment's two devices; a non-zero return of cb ends the walk and is returned. */
int snapshot_each(const struct snapshot *s, size_t segment, int (*cb)(const struct neigh *n, void *data), void *data);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* From the kernel's FDBs to the BPF maps: flood list, members and static MACs of one segment. */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <linux/types.h>

struct daemon;
struct segment;

/*
 * Reads the vxlan device's and the bridge's FDB, adds the flood entries that the configuration asks
 * for, and makes the maps say the same. Safe to run at any time and twice. 0 or -errno.
 */
int sync_segment(struct daemon *d, struct segment *s);
/* The same for all that are dirty, and they no longer are. At the first error the rest stay so. */
int sync_dirty(struct daemon *d);
/* After remotes_changed(): may the kernel's vxlan send? 0 or -errno. */
int sync_routes(struct daemon *d, struct segment *s);
/* qsort() and bsearch() order of struct segment_static, by its key. */
int sync_compare_statics(const void *a, const void *b);
/* Is this MAC one of the statics that the last sync found? */
bool sync_has_static(const struct segment *s, const __u8 mac[6]);
/* Takes the flood entries off an adopted device that were put there by vtepd. */
void sync_undo(struct daemon *d, struct segment *s);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in the maps already for segments that have not been synced. Included by sync.c. */
#ifndef PREDECESSOR_H
#define PREDECESSOR_H

struct daemon;

/*
 * Members and static MACs, as the process before left them, of every segment that is not synced; one walk
 * through each map, however many those are. 0 or -errno.
 */
int predecessor_read(struct daemon *d);
#endif

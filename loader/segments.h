/* SPDX-License-Identifier: GPL-2.0-only */
/* The segments that are served: found, claimed, added and dropped. Included by start.c and reload.c. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

struct daemon;
struct segment;

/* Slot, and who made what, from a predecessor's map; what we find and did not make is adopted. */
void segments_claim(struct daemon *d, struct segment *s);
/* While the others run: segment_find() is done. 0 or -errno, the error said and nothing left. */
int segments_add(struct daemon *d, struct segment *s);
/*
 * d->segments[i] is no longer served; those after it move up, and with them the `behind` that wait
 * behind the array's end.
 */
void segments_drop(struct daemon *d, int i, int behind);
/* VNIs that the process before served and this one doesn't. 0 or -errno. */
int segments_drop_unwanted(struct daemon *d);
/* Closed and detached; its devices go if they were made here. */
void segments_unmake(struct daemon *d, struct segment *s);
/* What it holds in memory. */
void segments_free(struct segment *s);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The segments that are served: found, claimed, added and dropped. Included by start.c and reload.c. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

struct daemon;
struct segment;

/* Room for n of them in d->segments, which may move; what is new there is zero. 0 or -ENOMEM. */
int segments_room(struct daemon *d, int n);
/* One has come, gone, or got another slot or ifindex: lookups look anew. */
void segments_changed(struct daemon *d);
/* segment_find() for d->segments[first] and those after it. 0 or an exit code, the error said. */
int segments_find(struct daemon *d, int first, int n);
/* Slot, and who made what, from a predecessor's map; what we find and did not make is adopted. */
void segments_claim(struct daemon *d, struct segment *s);
/*
 * While the others run: segment_find() is done. Its devices and its place in the maps; then, when the
 * ports of all that were added are read (err: what that came to), its programs. Each 0 or -errno, the error
 * said and nothing left.
 */
int segments_add(struct daemon *d, struct segment *s);
int segments_open(struct daemon *d, struct segment *s, int err);
/*
 * d->segments[i] is no longer served; those after it move up, and with them the `behind` that wait
 * behind the array's end.
 */
void segments_drop(struct daemon *d, int i, int behind);
/* VNIs that the process before served and this one doesn't. 0 or -errno. */
int segments_drop_unwanted(struct daemon *d);
/* Closed and detached; its devices go if they were made here. */
void segments_unmake(struct daemon *d, struct segment *s);
/* All of them, and with them go the maps: datapath_close(d, true) is next. */
void segments_unmake_all(struct daemon *d);
/* What it holds in memory. */
void segments_free(struct segment *s);
#endif

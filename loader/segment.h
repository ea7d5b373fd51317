/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VNI's devices: the vxlan device and the bridge that it is a port of. Found, made, and unmade.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

struct daemon;
struct segment;
struct survey;

/*
 * Looks for what stands and checks that it fits; changes nothing. 0 or an exit code, the error
 * said.
 */
int segment_find(struct daemon *d, struct segment *s, const struct survey *survey);
/* Makes what is missing. 0 or -errno, the error said and everything made here undone. */
int segment_make(struct daemon *d, struct segment *s);
/* Gives what vtepd made of it the overlay's MTU. Failure is said. */
void segment_set_mtu(struct daemon *d, const struct segment *s);
/*
 * Brings the vxlan device up: its socket opens, so for one that was made just now the programs come
 * first.
 */
int segment_up(struct daemon *d, struct segment *s);
/* Undoes what s->flags say is vtepd's; what was adopted stays as it was. */
void segment_undo(struct daemon *d, struct segment *s);
/* An adopted device learns for itself again, if it did before. */
void segment_relearn(struct daemon *d, struct segment *s);
/* Reads the devices again. -ENODEV when the vxlan device or the bridge is gone. */
int segment_refresh(struct daemon *d, struct segment *s);
#endif

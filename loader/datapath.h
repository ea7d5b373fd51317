/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object of an instance: loaded, pinned, or taken over from the process before. Included by
 * vtepd.c.
 */
#ifndef DATAPATH_H
#define DATAPATH_H

#include <stdbool.h>

struct daemon;
struct segment;

/*
 * Probes the kernel, loads the programs and pins their maps, or takes over those that are pinned:
 * then sizes are theirs, contents stay. Fills d->in. Nothing is attached. Errors are said; -errno,
 * nothing of ours left.
 */
int datapath_open(struct daemon *d);
/* Are there slots for so many VNIs? More get them at a take-over. */
bool datapath_room(const struct daemon *d, int vnis);
/* Writes what the programs and vtepctl must know of a segment; gives it a slot. */
int datapath_set_segment(struct daemon *d, struct segment *s);
/* Before load: which programs are to be loaded. With --accel off none, the maps alone for vtepctl. */
void datapath_choose(struct daemon *d);
/*
 * Programs on the vxlan device, or off it. vtep_vx_rx drops what the underlay's program has not proved: on an
 * adopted device, which forwards already, it comes after that one (datapath_guard_segment) and goes
 * before it (datapath_unguard_segment).
 */
int datapath_attach_segment(struct daemon *d, struct segment *s);
int datapath_guard_segment(struct daemon *d, struct segment *s);
void datapath_unguard_segment(struct daemon *d, struct segment *s);
void datapath_detach_segment(struct daemon *d, struct segment *s);
/* The program on the underlay's device: last on, first off. */
int datapath_attach_tunnel(struct daemon *d);
void datapath_detach_tunnel(struct daemon *d);
/* A port's program; -errno. The slot of the port is in its entry of ifaces already. */
int datapath_attach_port(struct daemon *d, int ifindex);
void datapath_detach_port(struct daemon *d, int ifindex);
/* What the model says of moves, into d->in.meta. */
void datapath_set_hold(struct daemon *d);
/* Meta as it is in d->in.meta, to the map. */
int datapath_write_meta(struct daemon *d);
/* Unmaps and closes; with `remove` the pins go, and the maps with them. */
void datapath_close(struct daemon *d, bool remove);
#endif

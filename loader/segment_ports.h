/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports = of a [VNI]: put into its bridge when they are there. Included by start.c, loop.c, ports.c and reload.c. */
#ifndef SEGMENT_PORTS_H
#define SEGMENT_PORTS_H

#include <stdbool.h>
#include <linux/types.h>

struct daemon;
struct segment;

/* Enslaves those that have come. Says what can't be done, once. Safe at any time and twice. */
void segment_ports(struct daemon *d, struct segment *s);
/* Did this process put the device into the segment's bridge? VTEP_PORT_ENSLAVED and _RAISED, or 0. */
__u32 segment_port_ours(const struct segment *s, int ifindex);
/* Takes out again what vtepd put in and Ports = no longer names; all: even if it does. Down again, if it was. */
void segment_ports_release(struct daemon *d, struct segment *s, bool all);
/* All that vtepd put into whichever bridge. */
void segment_ports_release_all(struct daemon *d);
#endif

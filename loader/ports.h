/* SPDX-License-Identifier: GPL-2.0-only */
/* The bridges' ports: which there are, what the bridge lets them do, and the program on each. */
#ifndef PORTS_H
#define PORTS_H

#include <linux/types.h>

struct daemon;

/*
 * Reads all devices and makes `ports`, `ifaces` and the attached programs say the same; segments'
 * own devices are read again too. A port that left loses its learned MACs before its slot can mean
 * another. 0 or -errno; a port that refuses its program is named once and left to the bridge.
 */
int ports_sync(struct daemon *d);
/* A bridge with STP tells nobody when a topology change begins or ends: looks, and marks the links. */
void ports_watch(struct daemon *d);
/* Takes the programs off all ports. */
void ports_clear(struct daemon *d);
/* Slot of the port with this ifindex, -ENOENT. */
int ports_slot(struct daemon *d, int ifindex, __u32 *slot);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes and rules of the WireGuard device: desired minus ours. Included by tunnel.c, loop.c and reload.c. */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;

/*
 * Chooses d->tunnel.fwmark and the tables that rules lead to; `running` is the mark that the device
 * has now. 0 or an exit code, the error said.
 */
int routing_choose(struct daemon *d, uint32_t running);
/* 0 or -errno; the error said. */
int routing_rules(struct daemon *d);
/* Needs the device up; else nothing is done. 0 or -errno, the error said. Safe at any time and twice. */
int routing_routes(struct daemon *d);
/* Takes away what carries our mark and belongs to this device; not what goes with the device itself. */
void routing_undo(struct daemon *d, bool with_device);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes and rules of the WireGuard device: desired minus ours. Included by tunnel.c, loop.c and reload.c, and
 * by routing_report.c, which says what would be done.
 */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon;
struct route_entry;
struct rule;

#define ROUTING_RULES	8		/* at most */

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
/* What would be done; changes nothing. */
void routing_report(struct daemon *d);

/*
 * What the model asks for, of a device `oif` beside the routes that run, which are sorted here. How many, the
 * caller frees *want; or -errno.
 */
int routing_want(struct daemon *d, int oif, struct route_entry *running, int n_running, struct route_entry **want);
size_t routing_want_rules(const struct daemon *d, struct rule *out);
/* By its device, or by the metric that stands for it. */
bool routing_is_ours(const struct daemon *d, const struct route_entry *r);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A WireGuard device that stands, as it was before this start: put back if the start fails.
 * Included by tunnel.c.
 */
#ifndef TUNNEL_BEFORE_H
#define TUNNEL_BEFORE_H

struct daemon;

/* Looks; d->tunnel.before has it, secrets included. 0 or -errno, the error said. */
int tunnel_before_take(struct daemon *d);
/* Keys, peers, port, mark, MTU, state and addresses that are ours as they were; failure is said. */
void tunnel_before_restore(struct daemon *d);
/* The start is through, or undone: wiped. */
void tunnel_before_free(struct daemon *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers that are dead: what was learned behind them is forgotten, and the programs' flood lists are
 * without them until they are heard again. Members they stay, or they would not be heard. Included
 * by loop.c, members.c and start.c.
 */
#ifndef LIVENESS_H
#define LIVENESS_H

#include <stdbool.h>
#include <linux/types.h>

struct daemon;
struct wg_device;

/*
 * A look at all peers, as the kernel tells them now; NULL: it does not. Questions are sent, what is
 * to be forgotten is, and segments whose flood list changes are marked.
 */
void liveness_tick(struct daemon *d, const struct wg_device *now);
/* Is this VTEP behind a dead peer? By the last look. */
bool liveness_dead(const struct daemon *d, __u32 slot);
/* A process begins with everybody alive. */
void liveness_free(struct daemon *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a peer of WireGuard. Included by peer.c and monitor_peer.c. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

struct wg_peer;

/* Is there a session with it? Of those that have nothing to say none is kept up. */
bool peer_is_up(const struct wg_peer *peer);
#endif

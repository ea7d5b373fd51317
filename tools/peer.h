/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a peer of WireGuard. Included by peer.c and monitor_peer.c. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

struct session;
struct wg_peer;

/* Is there a session with it? Of those that have nothing to say none is kept up. */
bool peer_is_up(const struct wg_peer *peer);
/* Does the instance have peers at all? 0 or EXIT_REFUSED, said. */
int peer_check(const struct session *s);
#endif

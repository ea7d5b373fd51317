/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something to be sent to a peer of WireGuard, so that it says something in turn: an empty datagram
 * to the discard port. What the peer's host makes of it does not matter, WireGuard itself
 * acknowledges it. Included by liveness.c.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <stdbool.h>
#include <vtep/abi.h>

#define QUESTION_PORT	9		/* UDP, discard: RFC 863 */

/* A socket that sends by this device or not at all, from `local` if that is an address of this host. -errno. */
int question_open(const char *ifname, const struct vtep_addr *local);
/* False: it can't be sent by this host. An unreachable peer is not that. */
bool question_send(int fd, const struct vtep_addr *to);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* MTU and state of the WireGuard device. Included by tunnel.c. */
#ifndef TUNNEL_LINK_H
#define TUNNEL_LINK_H

#include <stdint.h>

struct daemon;

/* MTU and up, d->wg read again; of a device that is ours the IPv6 link-local address, too. */
int tunnel_up(struct daemon *d);
/* WireGuard takes the address away each time the device is opened: wg_open(). */
void tunnel_link_local(struct daemon *d);
/* What the file says, or 80 bytes less than the smallest way to an endpoint that is known. 0: unknown. */
uint32_t tunnel_mtu(struct daemon *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which way this host sends, by rtnetlink: the kernel's vxlan goes by it. Included by sync.c and
 * underlay.c. */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <vtep/abi.h>

struct nl;

/* Device that packets to addr (IPv4) leave by, 0 if by none. 0 or -errno. */
int route_device(struct nl *nl, const struct vtep_addr *addr, int *ifindex);
/* Is it an address of this host? */
bool route_is_local(struct nl *nl, const struct vtep_addr *addr);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which way this host sends, by rtnetlink: the kernel's vxlan goes by it. Included by sync.c,
 * remotes.c, underlay.c, tunnel_link.c, and by vtepctl's mtu.c and path_way.c. */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stdint.h>
#include <vtep/abi.h>

struct nl;

/*
 * Device that packets to addr (IPv4) leave by, 0 if by none, and unless NULL the IPv4 router that
 * they go to, zero if to none. 0 or -errno.
 */
int route_device(struct nl *nl, const struct vtep_addr *addr, int *ifindex, struct vtep_addr *gateway);
/*
 * The way to addr (of either family) of packets that carry a mark: its device and its MTU in bytes.
 * oif 0: none. 0 or -errno.
 */
int route_way(struct nl *nl, const struct vtep_addr *addr, uint32_t mark, int *oif, uint32_t *mtu);
/* The same with the router and the source address, each zero where there is none. */
struct route_hop {
	int oif;			/* 0: no way */
	uint32_t mtu;
	struct vtep_addr via, src;
};
int route_hop(struct nl *nl, const struct vtep_addr *addr, uint32_t mark, struct route_hop *out);
/* Is it an address of this host? */
bool route_is_local(struct nl *nl, const struct vtep_addr *addr);
#endif

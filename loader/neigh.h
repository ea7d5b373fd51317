/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's forwarding databases by rtnetlink: the vxlan device's own (`self`) and the bridge's
 * (`master`).
 */
#ifndef NEIGH_H
#define NEIGH_H

#include <stdbool.h>
#include <stdint.h>
#include <vtep/abi.h>

struct nl;
struct nlmsghdr;

/* One entry of `bridge fdb show`. One destination per message: a MAC with several gives several. */
struct neigh {
	uint8_t mac[6];
	int ifindex;			/* device that the entry is on (vxlan device or bridge port) */
	int master;			/* bridge (NDA_MASTER), 0 for a `self` entry */
	uint16_t state;			/* NUD_PERMANENT, NUD_NOARP (static), NUD_REACHABLE (dynamic): one of them */
	uint8_t flags;			/* NTF_SELF, NTF_MASTER, NTF_EXT_LEARNED, NTF_STICKY, NTF_USE */
	uint16_t vlan;			/* 0: none */
	bool has_dst;
	struct vtep_addr dst;		/* vxlan entries */
	uint16_t udp_port;		/* host order, 0: the device's */
	uint32_t vni;			/* NDA_VNI, 0: the device's */
	int via;			/* NDA_IFINDEX: device the outer packet must leave by, 0: any */
};

/* permanent, static, sticky or extern_learn: configuration. A plain dynamic entry was learned. */
bool neigh_is_config(const struct neigh *n);
/* 0 or -EPROTO (not an AF_BRIDGE entry, or malformed). */
int neigh_parse(const struct nlmsghdr *nlh, struct neigh *out);
/*
 * Dump: entries of one device (ifindex), both self and master ones; or of all ports of a bridge
 * (master). Pass 0 for the other. Collected first, then handed out; a non-zero return of cb ends
 * the walk and is returned.
 */
int neigh_each(struct nl *nl, int ifindex, int master, int (*cb)(const struct neigh *n, void *data), void *data);
/*
 * The MAC address that this host knows for an IP address on a device (`ip neigh`). -ENOENT: none.
 */
int neigh_lookup(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t mac[6]);
/*
 * Both put an entry as it was read into the table that it was read from; one with neither NTF_SELF
 * nor NTF_MASTER goes to the bridge if master is set (and is not the device itself), else to the
 * device's own table. RTM_NEWNEIGH; nlflags as NLM_F_CREATE|NLM_F_EXCL (add), |NLM_F_REPLACE
 * (replace), |NLM_F_APPEND (append).
 */
int neigh_set(struct nl *nl, const struct neigh *n, uint16_t nlflags);
/*
 * A vxlan entry with dst loses that destination, and it is no error if there was none; without dst
 * (or with 0.0.0.0) the MAC goes with all its destinations. -ENOENT: no such MAC.
 */
int neigh_del(struct nl *nl, const struct neigh *n);
/* neigh_set() with many others, answer unheard: nl_queue(). */
void neigh_queue(struct nl *nl, const struct neigh *n, uint16_t nlflags);
#endif

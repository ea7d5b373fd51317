/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of network devices by rtnetlink. Included by tunnel.c and segment_net.c. */
#ifndef IFADDR_H
#define IFADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <vtep/abi.h>

struct nl;

/*
 * Whose it is, in IFA_PROTO (Linux 5.18), RTA_PROTOCOL and FRA_PROTOCOL: what vtepd made carries
 * this number, so that a vtepd which starts after a kill knows its own. Not in iproute2's list.
 */
#define VTEP_PROTO	118

struct ifaddr_entry {
	struct vtep_addr addr;		/* IPv4 mapped */
	uint8_t len;			/* prefix length of its family */
	uint8_t proto;			/* IFAPROT_*, or VTEP_PROTO: ours */
	bool link_local;
};

/* Those of one device, IPv4 first: *list is allocated, the caller frees. How many, or -errno. */
int ifaddr_list(struct nl *nl, int ifindex, struct ifaddr_entry **list);
/* Adds it as ours. -EEXIST if it stands. */
int ifaddr_add(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t len);
int ifaddr_del(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t len);
#endif

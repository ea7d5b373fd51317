/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers for a host behind the tunnel: br_do_proxy_suppress_arp() and br_do_suppress_nd(), from what was
 * snooped. An answer could hide that a host has moved, so one is given only for a host that
 *
 *	- has claimed the address itself within VTEP_NEIGH_KEPT, and nobody else within VTEP_NEIGH_SETTLE;
 *	- was heard from its VTEP within VTEP_NEIGH_FRESH, whatever it sent.
 *
 * All other questions go out, and their answers renew both. Announcements, probes and unicast questions
 * always go out. (The kernel keeps announcements and probes back.)
 */
#ifndef BPF_SUPPRESS_H
#define BPF_SUPPRESS_H

#include "neigh.h"

/* `pad`: what follows the Ethernet header is aligned. */
struct suppress_arp {
	__u16 pad;
	struct ethhdr eth;
	struct neigh_arp arp;
} __attribute__((aligned(4)));

struct suppress_nd {
	__u16 pad;
	struct ethhdr eth;
	struct neigh_nd nd;
} __attribute__((aligned(4)));

/* The MAC address that may be told, and flags of the binding. */
static __always_inline bool suppress_find(__u32 vni, __u32 now, const struct neigh_said *said, __u8 *mac,
					  __u16 *flags)
{
	struct vtep_neigh_key key = { .vni = vni, .addr = said->target };
	struct vtep_neigh *e = bpf_map_lookup_elem(&neigh, &key);
	struct vtep_fdb_key at = { .vni = vni };
	struct vtep_fdb *f;

	if (!e)
		return false;
	neigh_mac_copy(mac, e->mac);
	*flags = e->flags;
	if ((__s32)(now - e->seen) > (__s32)VTEP_NEIGH_KEPT ||
	    (__s32)(now - e->changed) < (__s32)VTEP_NEIGH_SETTLE)
		return false;
	neigh_mac_copy(at.mac, mac);
	f = bpf_map_lookup_elem(&fdb, &at);
	return f && (f->where.flags & VTEP_FDB_REMOTE) && (__s32)(now - f->seen) <= (__s32)VTEP_NEIGH_FRESH;
}

/* br_arp_send() */
static __always_inline void suppress_build_arp(struct suppress_arp *p, const struct neigh_said *said, const __u8 *mac)
{
	neigh_mac_copy(p->eth.h_dest, said->mac);
	neigh_mac_copy(p->eth.h_source, mac);
	p->eth.h_proto = bpf_htons(ETH_P_ARP);
	p->arp = (struct neigh_arp){ .hrd = bpf_htons(NEIGH_ETHER), .pro = bpf_htons(ETH_P_IP), .hln = ETH_ALEN, .pln = 4,
				     .op = bpf_htons(NEIGH_REPLY), .sip = said->target.word[3],
				     .tip = said->addr.word[3] };
	neigh_mac_copy(p->arp.sha, mac);
	neigh_mac_copy(p->arp.tha, said->mac);
}

/* RFC 4443 section 2.3, over the pseudo-header and the message. */
static __always_inline __be16 suppress_checksum(const struct suppress_nd *p)
{
	const __u16 *half = (const void *)&p->nd.ip.saddr;
	__u32 i, sum = bpf_htons(NEIGH_ND_PAYLOAD) + bpf_htons(IPPROTO_ICMPV6);

	for (i = 0; i < (2 * sizeof(struct vtep_addr) + NEIGH_ND_PAYLOAD) / 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

/* br_nd_send(): solicited, to be believed over what is known. */
static __always_inline void suppress_build_nd(struct suppress_nd *p, const struct neigh_said *said, const __u8 *mac,
					      __u16 flags)
{
	__builtin_memset(p, 0, sizeof(*p));
	neigh_mac_copy(p->eth.h_dest, said->mac);
	neigh_mac_copy(p->eth.h_source, mac);
	p->eth.h_proto = bpf_htons(ETH_P_IPV6);
	p->nd.ip.version = 6;
	p->nd.ip.payload_len = bpf_htons(NEIGH_ND_PAYLOAD);
	p->nd.ip.nexthdr = IPPROTO_ICMPV6;
	p->nd.ip.hop_limit = 255;
	*(struct vtep_addr *)&p->nd.ip.saddr = said->target;
	*(struct vtep_addr *)&p->nd.ip.daddr = said->addr;
	p->nd.type = NEIGH_NA;
	p->nd.flags = bpf_htonl(flags & VTEP_NEIGH_ROUTER ? 0xe0000000 : 0x60000000);
	p->nd.target = said->target;
	p->nd.option = NEIGH_TLLA;
	p->nd.option_len = 1;
	neigh_mac_copy(p->nd.lladdr, mac);
	p->nd.check = suppress_checksum(p);
}

/* The question becomes its answer, in place. 0: it did not. */
__noinline int vtep_suppress_answer(struct __sk_buff *skb, __u32 vni, __u32 now, const struct neigh_said *said)
{
	union {
		struct suppress_arp arp;
		struct suppress_nd nd;
	} p;
	__u8 mac[8] = {};
	__u16 flags = 0;

	if (!said || !suppress_find(vni, now, said, mac, &flags))
		return 0;
	if (skb->protocol == bpf_htons(ETH_P_ARP)) {
		suppress_build_arp(&p.arp, said, mac);
		return !bpf_skb_store_bytes(skb, 0, &p.arp.eth, ETH_HLEN + sizeof(p.arp.arp), BPF_F_RECOMPUTE_CSUM);
	}
	suppress_build_nd(&p.nd, said, mac, flags);
	return !bpf_skb_store_bytes(skb, 0, &p.nd.eth, ETH_HLEN + sizeof(p.nd.nd), BPF_F_RECOMPUTE_CSUM);
}

#endif

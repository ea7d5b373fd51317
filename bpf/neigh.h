/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who says which IP address is his: read from ARP (RFC 826), neighbour discovery (RFC 4861) and DHCP's
 * acknowledgements (RFC 2131) of a VNI that suppresses. What is remembered may answer for the host later
 * (suppress.h), so that nothing doubtful gets in: the claim must come from the MAC address that it names.
 */
#ifndef BPF_NEIGH_H
#define BPF_NEIGH_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include "fdb.h"

/* A frame's own claim is written again only so often, as FDB_REFRESH. */
#define NEIGH_REFRESH	FDB_REFRESH

/* ARP for IPv4 on Ethernet, behind the Ethernet header. */
struct neigh_arp {
	__be16 hrd, pro;
	__u8 hln, pln;
	__be16 op;
	__u8 sha[ETH_ALEN];
	__be32 sip;
	__u8 tha[ETH_ALEN];
	__be32 tip;
} __attribute__((packed));

/* A neighbour solicitation or advertisement with one option, the link-layer address. */
struct neigh_nd {
	struct ipv6hdr ip;
	__u8 type, code;
	__be16 check;
	__be32 flags;
	struct vtep_addr target;
	__u8 option, option_len;	/* in units of 8 bytes */
	__u8 lladdr[ETH_ALEN];
};

_Static_assert(sizeof(struct neigh_nd) == 72, "neigh_nd");

#define NEIGH_ETHER		1		/* ARPHRD_ETHER */
#define NEIGH_REQUEST		1		/* ARPOP_* */
#define NEIGH_REPLY		2
#define NEIGH_NS		135
#define NEIGH_NA		136
#define NEIGH_SLLA		1	/* options: the source's, the target's link-layer address */
#define NEIGH_TLLA		2
#define NEIGH_ND_PAYLOAD	(sizeof(struct neigh_nd) - sizeof(struct ipv6hdr))

/* What a frame says of addresses. */
struct neigh_said {
	struct vtep_addr addr;		/* of the sender, or what DHCP gave */
	struct vtep_addr target;	/* whom it asks for */
	__u8 mac[ETH_ALEN];		/* of addr */
	__u16 flags;			/* NEIGH_*; and VTEP_NEIGH_ROUTER */
};
#define NEIGH_CLAIMS	0x100U		/* the host itself says so */
#define NEIGH_TOLD	0x200U		/* another says so of it */
#define NEIGH_ASKS	0x400U		/* asks all for a target, and is no announcement or probe */

/* Bytes: headers on the stack are not aligned. */
static __always_inline bool neigh_mac_equal(const __u8 *a, const __u8 *b)
{
	__u8 i, differs = 0;

	for (i = 0; i < ETH_ALEN; i++)
		differs |= a[i] ^ b[i];
	return !differs;
}

static __always_inline void neigh_mac_copy(__u8 *to, const __u8 *from)
{
	__builtin_memcpy(to, from, ETH_ALEN);
}

static __always_inline struct vtep_addr neigh_from4(__be32 addr)
{
	return (struct vtep_addr){ .word = { 0, 0, bpf_htonl(0xffff), addr } };
}

/* Neither 0/8, loopback, multicast nor beyond: a host's. */
static __always_inline bool neigh_is_host4(__be32 addr)
{
	__u32 first = bpf_ntohl(addr) >> 24;

	return first && first != 127 && first < 224;
}

static __always_inline bool neigh_is_host6(const struct vtep_addr *addr)
{
	return (addr->word[0] | addr->word[1] | addr->word[2] | (addr->word[3] & ~bpf_htonl(1))) &&
	       *(const __u8 *)addr != 0xff;
}

/* RFC 826. A probe (RFC 5227) has no sender's address, an announcement asks for the sender's own. */
static __always_inline void neigh_read_arp(struct __sk_buff *skb, __u32 at, const struct ethhdr *eth,
					   struct neigh_said *said)
{
	struct neigh_arp arp;

	if (bpf_skb_load_bytes(skb, at, &arp, sizeof(arp)) || arp.hrd != bpf_htons(NEIGH_ETHER) ||
	    arp.pro != bpf_htons(ETH_P_IP) || arp.hln != ETH_ALEN || arp.pln != 4 ||
	    (arp.op != bpf_htons(NEIGH_REQUEST) && arp.op != bpf_htons(NEIGH_REPLY)) ||
	    !neigh_mac_equal(arp.sha, eth->h_source) || !neigh_is_host4(arp.sip))
		return;
	said->addr = neigh_from4(arp.sip);
	said->flags = NEIGH_CLAIMS;
	if (arp.op != bpf_htons(NEIGH_REQUEST) || !mac_is_multicast(eth->h_dest) || arp.tip == arp.sip ||
	    !neigh_is_host4(arp.tip))
		return;
	said->target = neigh_from4(arp.tip);
	said->flags |= NEIGH_ASKS;
}

/* RFC 4861, sections 4.3, 4.4 and 7.1. A probe (RFC 4862, 5.4.2) comes from ::, which is no host's. */
static __always_inline void neigh_read_nd(struct __sk_buff *skb, __u32 at, const struct ethhdr *eth,
					  struct neigh_said *said)
{
	struct vtep_addr *source;
	struct neigh_nd nd;

	if (bpf_skb_load_bytes(skb, at, &nd, sizeof(nd)) || nd.ip.nexthdr != IPPROTO_ICMPV6 || nd.ip.hop_limit != 255 ||
	    nd.ip.payload_len != bpf_htons(NEIGH_ND_PAYLOAD) || nd.code || nd.option_len != 1 ||
	    !neigh_mac_equal(nd.lladdr, eth->h_source) || !neigh_is_host6(&nd.target))
		return;
	if (nd.type == NEIGH_NA && nd.option == NEIGH_TLLA) {
		said->addr = nd.target;
		said->flags = NEIGH_CLAIMS | (nd.flags & bpf_htonl(0x80000000) ? VTEP_NEIGH_ROUTER : 0);
		return;
	}
	source = (void *)&nd.ip.saddr;
	if (nd.type != NEIGH_NS || nd.option != NEIGH_SLLA || !neigh_is_host6(source))
		return;
	said->addr = *source;
	said->flags = NEIGH_CLAIMS;
	if (!mac_is_multicast(eth->h_dest) || nd.ip.daddr.in6_u.u6_addr8[0] != 0xff)
		return;
	said->target = nd.target;
	said->flags |= NEIGH_ASKS;
}

/* The head of a DHCP message behind UDP, and what is at its end: cookie and first option. */
struct neigh_dhcp {
	__u8 op, htype, hlen, hops;
	__u32 rest[3];
	__be32 yiaddr, siaddr, giaddr;
	__u8 chaddr[ETH_ALEN];
} __attribute__((packed));

#define NEIGH_DHCP_COOKIE	236
#define NEIGH_DHCP_ACK		0x350105U	/* DHCPMESSAGE, of length 1: DHCPACK; first, as servers have it */

static __always_inline void neigh_read_dhcp(struct __sk_buff *skb, __u32 at, struct neigh_said *said)
{
	struct neigh_dhcp dhcp;
	__be32 end[2] = {};
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} h;

	if (bpf_skb_load_bytes(skb, at, &h, sizeof(h)) || h.ip.ihl != 5 || h.ip.protocol != IPPROTO_UDP ||
	    (h.ip.frag_off & bpf_htons(0x3fff)) || h.udp.source != bpf_htons(67) || h.udp.dest != bpf_htons(68))
		return;
	at += sizeof(h);
	if (bpf_skb_load_bytes(skb, at, &dhcp, sizeof(dhcp)) || dhcp.op != 2 || dhcp.htype != NEIGH_ETHER ||
	    dhcp.hlen != ETH_ALEN || !neigh_is_host4(dhcp.yiaddr) ||
	    bpf_skb_load_bytes(skb, at + NEIGH_DHCP_COOKIE, end, 7) || end[0] != bpf_htonl(0x63825363) ||
	    bpf_ntohl(end[1]) >> 8 != NEIGH_DHCP_ACK)
		return;
	said->addr = neigh_from4(dhcp.yiaddr);
	neigh_mac_copy(said->mac, dhcp.chaddr);
	said->flags = NEIGH_TOLD;
}

/*
 * A binding that changes is doubtful for a while: two hosts that claim one address take turns, and are
 * never answered for. What another says of a host makes it doubtful, but does not change it.
 */
static __always_inline void neigh_claim(__u32 vni, __u32 now, const struct neigh_said *said)
{
	struct vtep_neigh_key key = { .vni = vni, .addr = said->addr };
	struct vtep_neigh fresh = { .seen = now, .changed = now - VTEP_NEIGH_SETTLE,
				    .flags = said->flags & VTEP_NEIGH_ROUTER };
	struct vtep_neigh *e = bpf_map_lookup_elem(&neigh, &key);

	neigh_mac_copy(fresh.mac, said->mac);
	if (!e) {
		bpf_map_update_elem(&neigh, &key, &fresh, BPF_NOEXIST);
	} else if (neigh_mac_equal(e->mac, said->mac)) {
		if (now - e->seen >= NEIGH_REFRESH)
			e->seen = now;
		if (said->flags & VTEP_NEIGH_ROUTER)
			e->flags |= VTEP_NEIGH_ROUTER;
	} else if (said->flags & NEIGH_TOLD) {
		e->changed = now;
	} else {
		fresh.changed = now;
		bpf_map_update_elem(&neigh, &key, &fresh, BPF_EXIST);
	}
}

/*
 * Reads the frame `at` bytes into the packet, and remembers what it claims. Its own function: the stack of
 * the walks has no room for the headers. It is not given the walk, of which the compiler would know nothing
 * afterwards.
 */
__noinline int vtep_neigh_snoop(struct __sk_buff *skb, __u32 vni, __u32 now, __u32 at, struct neigh_said *said)
{
	struct ethhdr eth;

	if (!said)
		return 0;
	said->flags = 0;
	if (bpf_skb_load_bytes(skb, at, &eth, sizeof(eth)))
		return 0;
	neigh_mac_copy(said->mac, eth.h_source);
	if (eth.h_proto == bpf_htons(ETH_P_ARP))
		neigh_read_arp(skb, at + ETH_HLEN, &eth, said);
	else if (eth.h_proto == bpf_htons(ETH_P_IPV6))
		neigh_read_nd(skb, at + ETH_HLEN, &eth, said);
	else if (eth.h_proto == bpf_htons(ETH_P_IP))
		neigh_read_dhcp(skb, at + ETH_HLEN, said);
	if (said->flags)
		neigh_claim(vni, now, said);
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maximum segment size that TCP's SYN and SYN-ACK announce, held down to what the overlay
 * carries: guests with a larger MTU then send nothing that is too large. As the TCPMSS target does
 * it (net/netfilter/xt_TCPMSS.c), but an option that is not there is not added.
 */
#ifndef BPF_MSS_H
#define BPF_MSS_H

#include <stddef.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include "pkt.h"

#define MSS_SYN		0x02		/* in the flags, byte 13 of the header */
#define MSS_FLAGS	13
#define MSS_OPTIONS	40		/* bytes at most */
#define MSS_FRAGMENT	0x3fff		/* more fragments, or not the first */

enum { MSS_END = 0, MSS_NOP = 1, MSS_KIND = 2, MSS_LEN = 4 };

/* A SYN in the packet. */
struct mss_syn {
	__u32 tcp;			/* where its TCP header begins */
	bool ip6;
};

/* What is behind an Ethernet header and up to two tags in the bytes; *proto: its EtherType. */
static __always_inline const void *mss_untag(const struct __sk_buff *skb, const struct ethhdr *eth, __be16 *proto)
{
	const __be16 *tag = (const void *)(eth + 1);	/* TCI, EtherType */
	int i;

	*proto = eth->h_proto;
	for (i = 0; i < 2; i++, tag += 2) {
		if (*proto != bpf_htons(ETH_P_8021Q) && *proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((const void *)(tag + 2) > pkt_end(skb))
			break;
		*proto = tag[1];
	}
	return tag;
}

/*
 * Is it one? `eth` points into the packet; headers that are not in its linear part are no SYN's.
 */
static __always_inline bool mss_find(const struct __sk_buff *skb, const struct ethhdr *eth, struct mss_syn *syn)
{
	const struct ipv6hdr *ip6;
	const struct iphdr *ip4;
	const __u8 *tcp;
	__be16 proto;
	__u64 at;

	ip4 = mss_untag(skb, eth, &proto);
	ip6 = (const void *)ip4;
	if (proto == bpf_htons(ETH_P_IP)) {
		if ((const void *)(ip4 + 1) > pkt_end(skb) || ip4->protocol != IPPROTO_TCP ||
		    (ip4->frag_off & bpf_htons(MSS_FRAGMENT)))
			return false;
		tcp = (const void *)ip4 + ip4->ihl * 4;
	} else if (proto == bpf_htons(ETH_P_IPV6)) {
		if ((const void *)(ip6 + 1) > pkt_end(skb) || ip6->nexthdr != IPPROTO_TCP)
			return false;
		tcp = (const void *)(ip6 + 1);
	} else {
		return false;
	}
	if ((const void *)tcp + sizeof(struct tcphdr) > pkt_end(skb) || !(tcp[MSS_FLAGS] & MSS_SYN))
		return false;
	at = (const void *)tcp - pkt_data(skb);
	barrier_var(at);	/* or half of a packet pointer is spilled: the verifier refuses */
	syn->tcp = at;
	syn->ip6 = proto == bpf_htons(ETH_P_IPV6);
	return true;
}

/* The value at `at`, byte by byte: it may lie on an odd offset, where a checksum sees it swapped. */
static __always_inline void mss_write(struct __sk_buff *skb, __u32 tcp, __u32 at, __u16 old, __u16 new)
{
	bool odd = (at - tcp) & 1;
	__be16 value = bpf_htons(new);

	if (!bpf_l4_csum_replace(skb, tcp + offsetof(struct tcphdr, check), odd ? old : bpf_htons(old),
				 odd ? new : bpf_htons(new), sizeof(value)))
		bpf_skb_store_bytes(skb, at, &value, sizeof(value), 0);
}

/*
 * mtu: of an IP packet in the overlay, bytes. Pointers into the packet are void after this. A program
 * of its own for the verifier, which wants plain numbers.
 */
__noinline int vtep_mss_hold(struct __sk_buff *skb, __u32 tcp, __u32 mtu, bool ip6)
{
	__u32 room = sizeof(struct tcphdr) + (ip6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
	__u32 i, end, at = tcp + sizeof(struct tcphdr);
	__u8 option[MSS_LEN];
	__u16 mss;

	if (bpf_skb_load_bytes(skb, tcp + 12, option, 1) || mtu <= room)
		return 0;
	end = tcp + (option[0] >> 4) * 4;
	for (i = 0; i < MSS_OPTIONS; i++) {
		if (at + MSS_LEN > end || bpf_skb_load_bytes(skb, at, option, MSS_LEN))
			return 0;
		if (option[0] == MSS_KIND && option[1] == MSS_LEN) {
			mss = (__u16)option[2] << 8 | option[3];
			if (mss > mtu - room)
				mss_write(skb, tcp, at + 2, mss, mtu - room);
			return 0;
		}
		if (option[0] == MSS_END)
			return 0;
		if (option[0] != MSS_NOP && option[1] < 2)
			return 0;
		at += option[0] == MSS_NOP ? 1 : option[1];
	}
	return 0;
}

static __always_inline void mss_clamp(struct __sk_buff *skb, const struct mss_syn *syn, __u32 mtu)
{
	vtep_mss_hold(skb, syn->tcp, mtu, syn->ip6);
}

#endif

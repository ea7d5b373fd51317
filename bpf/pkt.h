/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a packet: headers are bounds-checked once, as one struct. The pointers die with the next
 * helper that changes the head. MAC address tests as the bridge makes them.
 */
#ifndef BPF_PKT_H
#define BPF_PKT_H

#include <stdbool.h>
#include <linux/if_ether.h>
#include "maps.h"

/*
 * Packets are read and written in words although an Ethernet header leaves them on odd halves: the
 * kernel loads these programs only where such accesses are allowed, or the verifier says so.
 * (-fno-strict-aliasing.)
 */
static __always_inline void eth_copy(struct ethhdr *to, const struct ethhdr *from)
{
	__u32 *t = (void *)to;
	const __u32 *f = (const void *)from;

	t[0] = f[0];
	t[1] = f[1];
	t[2] = f[2];
	to->h_proto = *(const __be16 *)(f + 3);
}

/*
 * Volatile: the verifier knows a packet pointer only straight from the context, not from a copy in
 * 32 bits.
 */
static __always_inline void *pkt_data(const struct __sk_buff *skb)
{
	return (void *)(long)*(const volatile __u32 *)&skb->data;
}

static __always_inline void *pkt_end(const struct __sk_buff *skb)
{
	return (void *)(long)*(const volatile __u32 *)&skb->data_end;
}

/* The first `len` bytes in the linear part, or NULL: the packet is shorter than that. */
static __always_inline void *pkt_head(struct __sk_buff *skb, __u32 len)
{
	void *data = pkt_data(skb);

	if (data + len <= pkt_end(skb))
		return data;
	if (skb->len < len || bpf_skb_pull_data(skb, len))
		return NULL;
	data = pkt_data(skb);
	return data + len <= pkt_end(skb) ? data : NULL;
}

/* Bytes before the outer IP header, at the underlay's ingress. */
static __always_inline __u32 pkt_link(bool ether)
{
	return ether ? ETH_HLEN : 0;
}

/* MAC addresses in the packet, never on the stack: their halves are not aligned. */
static __always_inline __u32 mac_high(const __u8 *mac)
{
	return *(const __u32 *)mac;
}

static __always_inline __u16 mac_low(const __u8 *mac)
{
	return *(const __u16 *)(mac + 4);
}

static __always_inline bool mac_is_multicast(const __u8 *mac)
{
	return mac[0] & 1;
}

static __always_inline bool mac_is_broadcast(const __u8 *mac)
{
	return mac_high(mac) == 0xffffffff && mac_low(mac) == 0xffff;
}

/* is_valid_ether_addr() */
static __always_inline bool mac_is_valid_source(const __u8 *mac)
{
	return !mac_is_multicast(mac) && (mac_high(mac) | mac_low(mac));
}

/* 01:80:c2:00:00:0x, IEEE 802.1Q table 8-1: is_link_local_ether_addr() */
static __always_inline bool mac_is_reserved(const __u8 *mac)
{
	return mac_high(mac) == bpf_htonl(0x0180c200) && !(mac_low(mac) & bpf_htons(0xfff0));
}

#endif

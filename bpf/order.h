/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps a flow in order where super-packets take the kernel's decapsulation. That way ends in a
 * second, per-CPU NAPI (gro_cells), so a single segment decapsulated here at once would overtake
 * the super-packets before it. So each flow counts the segments that it has on the kernel's way,
 * super-packets and bulk: vtep_wg_rx hands over, vtep_vx_rx takes off what comes out, and while
 * there are any, singles follow. Segments and not packets, because gro_cells may merge packets
 * further.
 */
#ifndef BPF_ORDER_H
#define BPF_ORDER_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include "count.h"
#include "pkt.h"

/*
 * A segment this long has more of its flow behind it: gro_cells is where singles still become
 * super-packets.
 */
#define ORDER_BULK	1000		/* bytes of the outer packet */

/*
 * What the kernel dropped on the way is never taken off: this long after the last one that led the
 * way it does not count.
 */
#define ORDER_LOST	256		/* ticks */

/*
 * The sender's source port is its hash of the inner flow (RFC 7348 section 5): no need to look
 * inside.
 */
static __always_inline __u32 order_slot(const struct vtep_outer4 *h)
{
	return (bpf_ntohs(h->sport) ^ bpf_ntohl(h->saddr)) & (VTEP_FLOWS - 1);
}

static __always_inline __s32 order_segments(const struct __sk_buff *skb)
{
	return skb->gso_segs ?: 1;
}

/*
 * What GRO made is counted in segments. On Ethernet a neighbour's super-packet may come as its guest
 * made it, which nobody has counted, and whose transport header is the outer one: decapsulated
 * here, Linux 7.3 would look for a TCP header in front of the packet and die of it.
 */
static __always_inline bool order_is_super(const struct __sk_buff *skb, bool ether)
{
	return (ether && skb->gso_size) || skb->gso_segs > 1;
}

static __always_inline bool order_is_bulk(const struct __sk_buff *skb, const struct ethhdr *eth)
{
	const struct iphdr *ip4 = (const void *)(eth + 1);
	const struct ipv6hdr *ip6 = (const void *)(eth + 1);

	if (skb->len < ORDER_BULK || (const void *)(ip6 + 1) > pkt_end(skb))
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return ip4->protocol == IPPROTO_TCP;
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && ip6->nexthdr == IPPROTO_TCP;
}

/*
 * Does a firewall keep what is handed to the kernel? Then there is one way again, ours, although the
 * kernel's tunnel state stays on super-packets: dearer, because a tap gets them cut.
 */
static __always_inline bool order_firewalled(const struct walk *w)
{
	__u32 slot = w->vni_slot;
	struct vtep_vni *vni = bpf_map_lookup_elem(&vnis, &slot);

	return vni && (vni->flags & VTEP_VNI_FIREWALLED);
}

/* The mark that sends this packet the kernel's way, or 0: it is decapsulated here. */
static __always_inline __u32 order_by_kernel(const struct walk *w, const struct vtep_outer4 *h,
					    const struct ethhdr *eth)
{
	const struct __sk_buff *skb = w->skb;
	__u32 slot = order_slot(h);
	struct vtep_flow *flow;
	bool leads;

	if (!w->ether && vtep_decap_gso)		/* one way for all */
		return 0;
	flow = bpf_map_lookup_elem(&flows, &slot);
	if (!flow)
		return VTEP_PROOF;
	if (flow->segments && (__s32)(w->now - flow->led) > ORDER_LOST)
		flow->segments = 0;
	leads = order_is_super(skb, w->ether) || order_is_bulk(skb, eth);
	if (!leads && flow->segments <= 0)
		return 0;
	if (!w->ether && order_firewalled(w))
		return 0;
	if (leads)
		flow->led = w->now;
	__sync_fetch_and_add(&flow->segments, order_segments(skb));
	return VTEP_PROOF | VTEP_PROOF_COUNTED | slot;
}

/* It has come out on the other side. */
static __always_inline void order_arrived(const struct __sk_buff *skb, __u32 mark)
{
	__u32 slot = mark & VTEP_PROOF_FLOW;
	struct vtep_flow *flow;

	if (!(mark & VTEP_PROOF_COUNTED))
		return;
	flow = bpf_map_lookup_elem(&flows, &slot);
	if (flow)
		__sync_fetch_and_add(&flow->segments, -order_segments(skb));
}

#endif

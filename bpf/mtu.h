/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames larger than the overlay's MTU. WireGuard's device takes any size and lets the underlay
 * fragment: so what nobody forbids to fragment is carried that way (or dropped, by the VNI's policy),
 * and what must not be fragmented goes to the kernel's vxlan device, which answers the sender
 * (skb_tunnel_check_pmtu()). To a group address there is no answer (RFC 1122 section 3.2.2): such
 * frames are carried.
 */
#ifndef BPF_MTU_H
#define BPF_MTU_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include "count.h"
#include "pkt.h"

#define MTU_DF		0x4000
#define MTU_VLAN	4
#define MTU_MIN4	576		/* smaller ones are never told of: iptunnel_pmtud_check_icmp() */
#define MTU_MIN6	1280		/* iptunnel_pmtud_check_icmpv6() */

/*
 * A super-packet is known by gso_size: gso_segs is 0 when it comes from a tap.
 *
 * The longest segment of one, from its IP header on; `l4` is where that ends. */
static __always_inline __u32 mtu_segment(const struct __sk_buff *skb, const void *l3, const void *l4, __u8 protocol)
{
	const struct tcphdr *tcp = l4;
	__u32 headers = l4 - l3;

	if (protocol != IPPROTO_TCP)
		return headers + 8 + skb->gso_size;
	if ((const void *)(tcp + 1) > pkt_end(skb))
		return headers + sizeof(*tcp) + skb->gso_size;
	return headers + tcp->doff * 4 + skb->gso_size;
}

enum mtu_fate {
	MTU_FITS,
	MTU_CARRIED,			/* too large, and may be fragmented */
	MTU_ANSWERED			/* too large, and its sender is to be told */
};

/*
 * Of a frame that may be too large by the skb's length. A super-packet counts by its segments. `eth`
 * points into the packet, as does what follows.
 */
static __always_inline enum mtu_fate mtu_judge(const struct walk *w, const struct ethhdr *eth)
{
	const struct iphdr *ip4 = (const void *)(eth + 1);
	const struct ipv6hdr *ip6 = (const void *)(eth + 1);
	const struct __sk_buff *skb = w->skb;
	__u32 len = skb->len - ETH_HLEN;
	bool told = false;

	if (eth->h_proto == bpf_htons(ETH_P_IP) && (const void *)(ip4 + 1) <= pkt_end(skb)) {
		told = ip4->frag_off == bpf_htons(MTU_DF) && w->mtu >= MTU_MIN4;
		if (skb->gso_size)
			len = mtu_segment(skb, ip4, (const void *)ip4 + ip4->ihl * 4, ip4->protocol);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (const void *)(ip6 + 1) <= pkt_end(skb)) {
		told = w->mtu >= MTU_MIN6;
		if (skb->gso_size)
			len = mtu_segment(skb, ip6, ip6 + 1, ip6->nexthdr);
	}
	if (len <= w->mtu)
		return MTU_FITS;
	return told && !mac_is_multicast(eth->h_dest) ? MTU_ANSWERED : MTU_CARRIED;
}

/* br_dev_queue_push_xmit(), is_skb_forwardable(): would the bridge silently drop it at the vxlan device? */
static __always_inline bool mtu_stuck(const struct __sk_buff *skb, const struct vtep_vni *vni)
{
	return skb->len > vni->vx_mtu + ETH_HLEN + MTU_VLAN && !skb->gso_size;
}

static __always_inline bool mtu_fits(const struct walk *w)
{
	return w->skb->len <= w->mtu + ETH_HLEN;
}

#endif

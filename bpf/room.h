/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that changes a packet's head. What the kernel's helpers demand of a packet, and
 * what they leave behind in it, is known here and nowhere else.
 */
#ifndef BPF_ROOM_H
#define BPF_ROOM_H

#include <stddef.h>
#include <bpf/bpf_core_read.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include "pkt.h"

#define ROOM4	50	/* struct vtep_outer4 and the inner Ethernet header */

/*
 * The tunnel's L2 header is Ethernet alone (14). With the VXLAN header counted in (22), as the
 * kernel's own selftest does, GSO looks for the inner EtherType 8 bytes early and drops every
 * super-packet.
 */
#define ROOM4_ENCAP	(BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET |		\
			 BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP |		\
			 BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) | BPF_F_ADJ_ROOM_ENCAP_L2_ETH)

/*
 * Makes the kernel read skb->protocol anew from the bytes. No helper sets it, but the VLAN ones do
 * on the way: the second push writes the first tag into the packet, the first pop takes it out and
 * looks at what follows.
 */
static __always_inline int room_reread_protocol(struct __sk_buff *skb)
{
	int err;

	err = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1);
	err = err ?: bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 1);
	err = err ?: bpf_skb_vlan_pop(skb);
	return err ?: bpf_skb_vlan_pop(skb);
}

/* EtherType in the bytes, then skb->protocol after it. */
static __always_inline int room_set_protocol(struct __sk_buff *skb, __be16 proto)
{
	int err = bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &proto, sizeof(proto), 0);

	return err ?: room_reread_protocol(skb);
}

/*
 * Room for the outer headers in front of an untagged frame whose Ethernet header is `inner`. 0, or
 * -errno with the packet as it was: -EALREADY when it is encapsulated already.
 * bpf_skb_adjust_room() takes IP only, so anything else (ARP, LLC, …) is called IPv4 until the
 * outer header has made that true.
 */
static __always_inline int room_make4(struct __sk_buff *skb, const struct ethhdr *inner)
{
	bool other = skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6);
	int err;

	if (other) {
		err = room_set_protocol(skb, bpf_htons(ETH_P_IP));
		if (err)
			return err;
	}
	err = bpf_skb_adjust_room(skb, ROOM4, BPF_ADJ_ROOM_MAC, ROOM4_ENCAP);
	if (err && other)
		room_set_protocol(skb, inner->h_proto);
	return err;
}

/*
 * A frame that this host sent still has its route, whose MTU is the bridge's: WireGuard would pad
 * the packet against that instead of its own and could make it too long for the underlay. A tunnel
 * key takes the route's place.
 */
static __always_inline void room_forget_route(struct __sk_buff *skb)
{
	struct bpf_tunnel_key none = {};

	bpf_skb_set_tunnel_key(skb, &none, sizeof(none), BPF_F_ZERO_CSUM_TX);
}

/* What of the kernel's packet no program context shows. */
struct sk_buff {
	__u8 encapsulation : 1;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;

/*
 * Did GRO look into the tunnel when it made this super-packet? While no vxlan device is up, and
 * rx-udp-gro-forwarding is on, it merges the outer datagrams as such. Taken out of those, the first
 * inner frame would swallow the others, with a transport header in front of it: Linux 7.3 looks for
 * that in the bytes (qdisc_pkt_len_segs_init()) and dies of it.
 * Only to be asked where vtep_skb_state is set.
 */
static __always_inline bool room_is_tunnel(struct __sk_buff *skb)
{
	struct sk_buff *k = bpf_cast_to_kern_ctx(skb);

	return BPF_CORE_READ_BITFIELD(k, encapsulation);
}

/*
 * Takes the outer headers and the inner Ethernet one off a packet at the underlay's ingress and
 * puts `inner`, its copy of the inner Ethernet header, in front: over the outer one, or where the
 * device has no MAC header as a new one, which a redirect to an Ethernet device demands. Not 0:
 * -errno, and *touched tells whether the packet is still whole.
 */
static __always_inline int room_take4(struct __sk_buff *skb, const struct ethhdr *inner, bool ether, bool *touched)
{
	bool ip6 = inner->h_proto == bpf_htons(ETH_P_IPV6);
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	struct ethhdr *eth;
	int err;

	if (skb->gso_segs > 1)
		flags |= vtep_decap_gso;
	if (ip6)
		flags |= vtep_decap_l3;
	*touched = false;
	err = bpf_skb_adjust_room(skb, -(__s32)ROOM4, BPF_ADJ_ROOM_MAC, flags);
	if (err)
		return err;
	*touched = true;
	if (ether)		/* what the NIC has verified was the outer packet: vxlan_rcv() takes it back, too */
		bpf_csum_level(skb, BPF_CSUM_LEVEL_DEC);
	else
		err = bpf_skb_change_head(skb, ETH_HLEN, 0);
	if (err)
		return err;
	eth = pkt_data(skb);
	if ((void *)(eth + 1) > pkt_end(skb))
		return -EINVAL;
	eth_copy(eth, inner);
	if (inner->h_proto != bpf_htons(ETH_P_IP) && !(ip6 && vtep_decap_l3))
		err = room_reread_protocol(skb);
	return err;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the underlay: whatever is not VXLAN for us passes untouched; what is gets judged, learned from
 * and taken out.
 */
#ifndef BPF_WALK_WG_RX_H
#define BPF_WALK_WG_RX_H

#include <linux/if_packet.h>
#include "decap.h"
#include "fdb.h"
#include "mss.h"
#include "neigh.h"
#include "order.h"
#include "port.h"
#include "recent.h"
#include "relay.h"
#include "room.h"

/* The kernel's vxlan device takes it out: with our proof, so that vtep_vx_rx lets it in. */
static __always_inline int wg_rx_by_kernel(const struct walk *w, __u32 proof, bool bridge,
					   enum vtep_reason reason)
{
	w->skb->mark = bridge ? proof | VTEP_PROOF_BRIDGE : proof;
	return walk_pass(w, reason);
}

/* port 0: the bridge, by the vxlan device's ingress. */
static __always_inline int wg_rx_take(const struct walk *w, const struct ethhdr *inner, __u32 port)
{
	__u32 slot = w->vni_slot;
	struct vtep_vni *vni;
	bool touched;
	int err;

	err = room_take4(w->skb, inner, w->ether, &touched);
	if (err && touched)
		return walk_drop(w, VTEP_R_HELPER);
	if (err)
		return wg_rx_by_kernel(w, VTEP_PROOF, !port, VTEP_R_ROOM);
	if (port)
		return walk_sent(w, VTEP_R_DELIVERED, w->skb->len, bpf_redirect(port, 0));
	vni = bpf_map_lookup_elem(&vnis, &slot);
	if (!vni || !vni->vx_ifindex)
		return walk_drop(w, VTEP_R_GONE);
	w->skb->mark = VTEP_PROOF | VTEP_PROOF_BRIDGE;
	return walk_sent(w, VTEP_R_BRIDGED, w->skb->len, bpf_redirect(vni->vx_ifindex, BPF_F_INGRESS));
}

/* Outer headers that decap_classify() found to be ours, or NULL. */
static __always_inline struct vtep_outer4 *wg_rx_head(struct __sk_buff *skb, bool ether)
{
	void *h = pkt_head(skb, pkt_link(ether) + ROOM4);

	return h ? h + pkt_link(ether) : NULL;
}

/* A SYN from a peer that does not clamp. The headers again, or NULL. */
static __always_inline const struct vtep_outer4 *wg_rx_clamp(const struct walk *w, const struct mss_syn *syn)
{
	__u32 slot = w->vni_slot;
	struct vtep_vni *vni = bpf_map_lookup_elem(&vnis, &slot);

	if (vni)
		mss_clamp(w->skb, syn, vni->overlay_mtu);
	return wg_rx_head(w->skb, w->ether);
}

/* The way of a frame that may go to `port`, or to the bridge: the kernel's or ours. */
static __always_inline int wg_rx_send(const struct walk *w, const struct vtep_outer4 *h, const struct ethhdr *eth,
				      __u32 port, bool changed)
{
	struct ethhdr inner __attribute__((aligned(4)));
	struct mss_syn syn;
	__u32 proof;

	if (mss_find(w->skb, eth, &syn)) {
		h = wg_rx_clamp(w, &syn);
		if (!h)
			return walk_drop(w, VTEP_R_HELPER);
		eth = (const void *)(h + 1);
	}

	if (w->ether && decap_unverified(w->skb, h))
		return wg_rx_by_kernel(w, VTEP_PROOF, changed, VTEP_R_UNVERIFIED);
	proof = order_by_kernel(w, h, eth);
	if (proof)
		return wg_rx_by_kernel(w, proof, changed, order_is_super(w->skb, w->ether) ? VTEP_R_SUPER :
				       w->skb->len >= ORDER_BULK ? VTEP_R_BULK : VTEP_R_IN_ORDER);
	if (vtep_skb_state && w->skb->gso_segs > 1 && !room_is_tunnel(w->skb))
		return wg_rx_by_kernel(w, VTEP_PROOF, changed, VTEP_R_ROOM);
	eth_copy(&inner, eth);
	return wg_rx_take(w, &inner, port);
}

static __always_inline struct recent_key wg_rx_key(const struct vtep_outer4 *h)
{
	return recent_key((const void *)(h + 1), bpf_ntohl(h->vx_vni) >> 8, h->saddr);
}

static __always_inline __u64 wg_rx_go_on(const struct walk *w, __u64 how, __u32 with)
{
	return how | (__u64)w->vni_slot << DECIDED_SHIFT | with;
}

/*
 * The long way, of good outer headers: a verdict, or the VNI's slot with DECIDED_SEND and the port or 0
 * for the bridge, or with DECIDED_RELAY and the VTEP's slot. `ether` is known when compiled, here and
 * there: once the walk's address is handed on, w->ether would not be.
 */
static __always_inline __u64 wg_rx_decide(struct __sk_buff *skb, const bool ether)
{
	struct walk as = { .skb = skb, .hook = VTEP_HOOK_WG_RX, .now = tick_now() }, *w = &as;
	struct vtep_fdb_where where = { .flags = VTEP_FDB_REMOTE };
	struct vtep_outer4 *h = wg_rx_head(skb, ether);
	struct neigh_said said = {};
	enum fdb_learned learned;
	enum vtep_reason reason;
	struct recent_key key;
	struct ethhdr *eth;
	__u32 port = 0, from;
	bool drop;

	if (!h)
		return decided(walk_drop(w, VTEP_R_RUNT));
	eth = (void *)(h + 1);
	key = wg_rx_key(h);
	reason = decap_sender(w, h, &where.slot, &drop);
	if (reason != VTEP_REASON_MAX)
		return decided(drop ? walk_drop(w, reason) : walk_pass(w, reason));
	if (!mac_is_valid_source(eth->h_source))
		return decided(walk_drop(w, VTEP_R_SRC_INVALID));
	if (mac_is_reserved(eth->h_dest) && !port_group_forwards(w->vni_flags, eth->h_dest))
		return decided(walk_drop(w, VTEP_R_RESERVED_MAC));
	learned = fdb_learn(w, eth->h_source, where, w->vni_flags & VTEP_VNI_LEARNING);
	if (learned == FDB_OWN)
		return decided(walk_drop(w, VTEP_R_SRC_OWN));
	if (learned == FDB_ELSEWHERE)
		return decided(walk_drop(w, VTEP_R_SRC_STATIC));
	if (learned == FDB_HELD)
		return decided(walk_drop(w, VTEP_R_HELD));
	if (w->vni_flags & VTEP_VNI_SUPPRESS)
		vtep_neigh_snoop(skb, w->vni, w->now, pkt_link(ether) + sizeof(*h), &said);
	from = where.slot;
	if (!mac_is_multicast(eth->h_dest) && fdb_find(w, eth->h_dest, &where)) {
		if (where.flags & VTEP_FDB_REMOTE) {
			if (!relay_wanted(w, ether) || where.slot == from)
				return decided(walk_drop(w, VTEP_R_SPLIT_HORIZON));
			if (learned == FDB_KNOWN)
				recent_store(&key, w, where.slot | RECENT_RELAY);
			return wg_rx_go_on(w, DECIDED_RELAY, where.slot);
		}
		if (learned != FDB_CHANGED)
			port = port_open(w, where.slot, eth->h_proto);
		if (port && learned == FDB_KNOWN)
			recent_store(&key, w, where.slot);
	} else if (relay_wanted(w, ether) && vtep_relay_flood(skb, w->vni_slot, from)) {
		return decided(walk_drop(w, VTEP_R_HELPER));
	}
	return wg_rx_go_on(w, learned == FDB_CHANGED ? DECIDED_SEND | DECIDED_CHANGED : DECIDED_SEND, port);
}

__noinline __u64 vtep_wg_decide(struct __sk_buff *skb)
{
	return wg_rx_decide(skb, false);
}

__noinline __u64 vtep_eth_decide(struct __sk_buff *skb)
{
	return wg_rx_decide(skb, true);
}

/* What this CPU decided for the pair a moment ago, else 0; as the long way tells it. */
static __always_inline __u64 wg_rx_recent(struct walk *w, const struct vtep_outer4 *h, const bool ether)
{
	const struct ethhdr *eth = (const void *)(h + 1);
	struct recent_key key = wg_rx_key(h);
	const struct recent *recent;
	__u32 port;

	w->now = tick_now();
	recent = recent_find(&key, w->now);
	if (!recent)
		return 0;
	w->vni_slot = recent->vni_slot;
	port = port_open(w, recent->slot, eth->h_proto);
	if (port)
		return DECIDED_SEND | port;
	return !ether && recent->slot & RECENT_RELAY ? DECIDED_RELAY | (recent->slot & ~RECENT_RELAY) : 0;
}

/*
 * May it be ours? On Ethernet neither what was sent to another station, which a NIC in promiscuous
 * mode hears, nor what a VLAN device is to take.
 */
static __always_inline bool wg_rx_ours(const struct __sk_buff *skb, bool ether)
{
	return skb->protocol == bpf_htons(ETH_P_IP) &&
	       (!ether || (skb->pkt_type == PACKET_HOST && !skb->vlan_present));
}

static __always_inline int walk_wg_rx(struct __sk_buff *skb, const bool ether)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_WG_RX, .ether = ether };
	enum decap_kind kind = DECAP_NOT_OURS;
	struct vtep_outer4 *h;
	__u64 decision;

	if (wg_rx_ours(skb, ether))
		kind = decap_classify(skb, ether);
	if (kind == DECAP_NOT_OURS)
		return walk_pass(&w, VTEP_R_NOT_OURS);
	if (kind == DECAP_MALFORMED)
		return walk_drop(&w, VTEP_R_MALFORMED);
	if (kind == DECAP_FRAGMENT)
		return walk_drop(&w, VTEP_R_FRAGMENT);
	h = wg_rx_head(skb, ether);
	if (!h)
		return walk_drop(&w, VTEP_R_RUNT);
	if (!decap_sound(skb, h, ether))
		return walk_drop(&w, VTEP_R_MALFORMED);
	if (h->vx_flags != bpf_htonl(VTEP_VX_FLAG_I) || (h->vx_vni & bpf_htonl(0xff)))
		return walk_drop(&w, VTEP_R_VX_FLAGS);
	decision = wg_rx_recent(&w, h, ether);
	if (!decision) {
		decision = ether ? vtep_eth_decide(skb) : vtep_wg_decide(skb);
		if (!(decision & (DECIDED_SEND | DECIDED_RELAY)))
			return decision;
		w.vni_slot = decision >> DECIDED_SHIFT;
		h = wg_rx_head(skb, ether);
		if (!h)
			return walk_drop(&w, VTEP_R_HELPER);
	}
	if (!ether && decision & DECIDED_RELAY)
		return vtep_relay_send(skb, w.vni_slot, decision);
	return wg_rx_send(&w, h, (const void *)(h + 1), decision, decision & DECIDED_CHANGED);
}

#endif

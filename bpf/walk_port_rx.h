/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a bridge port: learn where the source is; a known remote destination leaves at once, the
 * rest is the bridge's.
 */
#ifndef BPF_WALK_PORT_RX_H
#define BPF_WALK_PORT_RX_H

#include "encap.h"
#include "port.h"
#include "recent.h"
#include "suppress.h"

/* Does the bridge flood it to the vxlan device? br_flood(). */
static __always_inline bool port_rx_floods(const struct walk *w, const __u8 *mac)
{
	if (!mac_is_multicast(mac))
		return !(w->vni_flags & VTEP_VNI_NO_FLOOD);
	return !(w->vni_flags & (mac_is_broadcast(mac) ? VTEP_VNI_NO_BCAST : VTEP_VNI_NO_MCAST));
}

/*
 * The bridge's, but for a copy to the overlay of what it would not let through to the vxlan device for
 * its size.
 */
static __always_inline int port_rx_bridge(const struct walk *w, enum vtep_reason reason)
{
	__u32 slot = w->vni_slot;
	struct vtep_vni *vni;

	if (!mtu_fits(w)) {
		vni = bpf_map_lookup_elem(&vnis, &slot);
		if (vni && vni->vx_ifindex && mtu_stuck(w->skb, vni))
			bpf_clone_redirect(w->skb, vni->vx_ifindex, 0);
	}
	return walk_pass(w, reason);
}

static __always_inline int port_rx_flood(const struct walk *w, const struct ethhdr *eth, enum vtep_reason reason)
{
	return port_rx_floods(w, eth->h_dest) ? port_rx_bridge(w, reason) : walk_pass(w, reason);
}

/* The bridge is to see that its source is here. */
static __always_inline int port_rx_learned(const struct walk *w, const struct vtep_port *port, const struct ethhdr *eth)
{
	struct vtep_fdb_where where;

	if (mtu_fits(w) || (port->flags & (VTEP_PORT_FORWARDING | VTEP_PORT_LOCKED)) != VTEP_PORT_FORWARDING)
		return walk_pass(w, VTEP_R_LEARNED);
	if (mac_is_multicast(eth->h_dest) || !fdb_find(w, eth->h_dest, &where))
		return port_rx_flood(w, eth, VTEP_R_LEARNED);
	return where.flags & VTEP_FDB_REMOTE ? port_rx_bridge(w, VTEP_R_LEARNED) : walk_pass(w, VTEP_R_LEARNED);
}

/* Back to the port, as an answer; else the bridge's, as any broadcast. */
static __always_inline int port_rx_ask(const struct walk *w, const struct neigh_said *said)
{
	if (vtep_suppress_answer(w->skb, w->vni, w->now, said))
		return walk_sent(w, VTEP_R_SUPPRESSED, w->skb->len, bpf_redirect(w->skb->ifindex, 0));
	return walk_pass(w, VTEP_R_ASKED);
}

/* The frame's port; NULL: not (or no longer) ours. */
static __always_inline struct vtep_port *port_rx_begin(struct walk *w, __u32 *port_slot)
{
	struct vtep_iface *iface;

	w->now = tick_now();
	iface = port_walk(w);
	if (!iface)
		return NULL;
	*port_slot = iface->port_slot;
	return port_get(*port_slot);
}

/*
 * The long way: DECIDED_SEND and the VTEP's slot, or a verdict. The verifier takes it by itself, so
 * that the walk goes on in one way whatever was decided here; it begins anew, for there is not the
 * stack to hand over what the walk knows.
 */
__noinline __u64 vtep_port_decide(struct __sk_buff *skb)
{
	struct walk as = { .skb = skb, .hook = VTEP_HOOK_PORT_RX }, *w = &as;
	enum fdb_learned learned = FDB_KNOWN;
	struct vtep_fdb_where where = {};
	struct neigh_said said = {};
	struct recent_key key;
	struct vtep_port *port;
	struct ethhdr *eth;
	__u32 port_slot;

	port = port_rx_begin(w, &port_slot);
	if (!port)
		return decided(walk_pass(w, VTEP_R_GONE));
	eth = pkt_head(skb, sizeof(*eth));
	if (!eth)
		return decided(walk_drop(w, VTEP_R_RUNT));
	key = recent_key(eth, RECENT_TX | w->vni_slot, port_slot);
	where.slot = port_slot;
	if (!mac_is_valid_source(eth->h_source))
		return decided(walk_drop(w, VTEP_R_SRC_INVALID));
	if (mac_is_reserved(eth->h_dest))
		return decided(walk_pass(w, VTEP_R_LINK_LOCAL));
	if (skb->vlan_present && (port->flags & VTEP_PORT_VLANS))
		return decided(walk_pass(w, VTEP_R_VLAN));
	if (port->flags & VTEP_PORT_LEARNING)
		learned = fdb_learn(w, eth->h_source, where, true);
	if (learned == FDB_HELD)
		return decided(walk_drop(w, VTEP_R_HELD));
	if ((w->vni_flags & VTEP_VNI_SUPPRESS) && !skb->vlan_present && !(port->flags & VTEP_PORT_LOCKED))
		vtep_neigh_snoop(skb, w->vni, w->now, 0, &said);
	if (learned == FDB_CHANGED)
		return decided(port_rx_learned(w, port, eth));
	if (!(port->flags & VTEP_PORT_FORWARDING))
		return decided(walk_pass(w, VTEP_R_NOT_FORWARDING));
	if ((port->flags & VTEP_PORT_LOCKED) && !fdb_is_static(w, eth->h_source, port_slot))
		return decided(walk_pass(w, VTEP_R_LOCKED));
	if ((said.flags & NEIGH_ASKS) && port_rx_floods(w, eth->h_dest))
		return decided(port_rx_ask(w, &said));
	if (mac_is_multicast(eth->h_dest) || !fdb_find(w, eth->h_dest, &where))
		return decided(port_rx_flood(w, eth, VTEP_R_BUM));
	if (!(where.flags & VTEP_FDB_REMOTE))
		return decided(walk_pass(w, VTEP_R_LOCAL));
	if (skb->vlan_present)
		return decided(port_rx_bridge(w, VTEP_R_VLAN));
	if (learned == FDB_KNOWN)
		recent_store(&key, w, where.slot);
	return DECIDED_SEND | where.slot;
}

static __always_inline int walk_port_rx(struct __sk_buff *skb, const bool ether)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_PORT_RX, .ether = ether };
	const struct recent *recent;
	struct recent_key key;
	struct vtep_port *port;
	struct ethhdr *eth;
	__u64 decision;
	__u32 slot;

	port = port_rx_begin(&w, &slot);
	if (!port)
		return walk_pass(&w, VTEP_R_GONE);
	eth = pkt_head(skb, sizeof(*eth));
	if (!eth)
		return walk_drop(&w, VTEP_R_RUNT);
	key = recent_key(eth, RECENT_TX | w.vni_slot, slot);
	recent = recent_find(&key, w.now);
	if (recent && (port->flags & VTEP_PORT_FORWARDING) && !skb->vlan_present) {
		slot = recent->slot;
	} else {
		decision = vtep_port_decide(skb);
		if (!(decision & DECIDED_SEND))
			return decision;
		slot = decision;
		eth = pkt_head(skb, sizeof(*eth));
		if (!eth)
			return walk_drop(&w, VTEP_R_HELPER);
	}
	return encap_send(&w, eth, slot);
}

#endif

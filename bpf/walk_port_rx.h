/* SPDX-License-Identifier: GPL-2.0-only */
/* From a bridge port: learn where the source is; a known remote destination leaves at once, the rest is the bridge's. */
#ifndef BPF_WALK_PORT_RX_H
#define BPF_WALK_PORT_RX_H

#include "encap.h"
#include "fdb.h"
#include "port.h"

static __always_inline int walk_port_rx(struct __sk_buff *skb)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_PORT_RX, .now = tick_now() };
	struct vtep_iface *iface = port_walk(&w);
	struct vtep_fdb_where where = {};
	struct vtep_port *port;
	struct ethhdr *eth;

	port = iface ? port_get(iface->port_slot) : NULL;
	if (!port)
		return walk_pass(&w, VTEP_R_GONE);
	eth = pkt_head(skb, sizeof(*eth));
	if (!eth)
		return walk_drop(&w, VTEP_R_RUNT);
	if (!mac_is_valid_source(eth->h_source))
		return walk_drop(&w, VTEP_R_SRC_INVALID);
	if (mac_is_reserved(eth->h_dest))
		return walk_pass(&w, VTEP_R_LINK_LOCAL);
	if (port->flags & VTEP_PORT_LEARNING) {
		where.slot = iface->port_slot;
		if (fdb_learn(&w, eth->h_source, where, true) == FDB_CHANGED)
			return walk_pass(&w, VTEP_R_LEARNED);
	}
	if (!(port->flags & VTEP_PORT_FORWARDING))
		return walk_pass(&w, VTEP_R_NOT_FORWARDING);
	if (mac_is_multicast(eth->h_dest))
		return walk_pass(&w, VTEP_R_BUM);
	if (!fdb_find(&w, eth->h_dest, &where))
		return walk_pass(&w, VTEP_R_BUM);
	if (!(where.flags & VTEP_FDB_REMOTE))
		return walk_pass(&w, VTEP_R_LOCAL);
	if (skb->vlan_present)
		return walk_pass(&w, VTEP_R_VLAN);
	return encap_send(&w, eth, where.slot);
}

#endif

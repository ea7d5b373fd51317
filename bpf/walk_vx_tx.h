/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bridge sends out of the vxlan device: to the MAC's VTEP, or to all of the flood list. */
#ifndef BPF_WALK_VX_TX_H
#define BPF_WALK_VX_TX_H

#include "fdb.h"
#include "flood.h"
#include "port.h"

/* On Ethernet the kernel's vxlan floods: a clone's redirect does not resolve the next hop. */
static __always_inline int walk_vx_tx(struct __sk_buff *skb, const bool ether)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_VX_TX, .ether = ether, .now = tick_now() };
	struct vtep_fdb_where where;
	struct mss_syn syn;
	struct ethhdr *eth;

	if (!port_walk(&w))
		return walk_drop(&w, VTEP_R_GONE);
	eth = pkt_head(skb, sizeof(*eth));
	if (!eth)
		return walk_drop(&w, VTEP_R_RUNT);
	if (mac_is_reserved(eth->h_dest) && !port_group_leaves(&w, eth->h_dest))
		return walk_drop(&w, VTEP_R_RESERVED_MAC);
	/*
	 * In the bytes too, from packet sockets: then the network header lies behind the tags, and
	 * room_make4() would cut there.
	 */
	if (skb->vlan_present || skb->protocol == bpf_htons(ETH_P_8021Q) ||
	    skb->protocol == bpf_htons(ETH_P_8021AD)) {
		if (mss_find(skb, eth, &syn))
			mss_clamp(skb, &syn, w.mtu);
		return encap_by_kernel(&w, VTEP_R_VLAN);
	}
	if (mac_is_multicast(eth->h_dest) || !fdb_find(&w, eth->h_dest, &where))
		return ether ? encap_by_kernel(&w, VTEP_R_BUM) : flood_send(&w, eth);
	if (!(where.flags & VTEP_FDB_REMOTE))
		return walk_drop(&w, VTEP_R_STAYS);
	return encap_send(&w, eth, where.slot);
}

#endif

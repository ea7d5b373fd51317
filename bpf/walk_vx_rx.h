/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the vxlan device receives: from vtep_wg_rx for the bridge, or decapsulated by the kernel.
 * The kernel's socket listens on every address, the overlay must not: only what carries
 * vtep_wg_rx's proof gets in.
 */
#ifndef BPF_WALK_VX_RX_H
#define BPF_WALK_VX_RX_H

#include "fdb.h"
#include "order.h"
#include "port.h"

/*
 * Has the sender been told already? The vxlan device answers a frame to an unknown MAC once for each
 * VTEP, all on this CPU and one after another.
 */
static __always_inline bool vx_rx_answered(__u32 mark)
{
	__u32 zero = 0;
	struct answer *answer = bpf_map_lookup_elem(&answers, &zero);
	bool again = answer && answer->given == mark;

	if (answer)
		answer->given = mark;
	return again;
}

static __always_inline int walk_vx_rx(struct __sk_buff *skb)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_VX_RX, .now = tick_now() };
	__u32 mark = skb->mark, port;
	struct vtep_fdb_where where;
	struct ethhdr *eth;

	if ((mark & VTEP_PROOF_MASK) == VTEP_PROOF)
		order_arrived(skb, mark);
	if (!port_walk(&w))
		return walk_drop(&w, VTEP_R_GONE);
	if ((mark & VTEP_PROOF_MASK) != VTEP_PROOF)
		return walk_drop(&w, VTEP_R_UNPROVED);
	skb->mark = 0;
	if ((mark & VTEP_PROOF_ANSWER) && vx_rx_answered(mark))
		return walk_drop(&w, VTEP_R_ANSWERED);
	eth = pkt_head(skb, sizeof(*eth));
	if (!eth)
		return walk_drop(&w, VTEP_R_RUNT);
	if ((mark & VTEP_PROOF_BRIDGE) || mac_is_multicast(eth->h_dest) || !fdb_find(&w, eth->h_dest, &where))
		return walk_pass(&w, VTEP_R_TO_BRIDGE);
	if (where.flags & VTEP_FDB_REMOTE)
		return walk_drop(&w, VTEP_R_SPLIT_HORIZON);
	port = port_open(&w, where.slot, skb->vlan_present ? bpf_htons(ETH_P_8021Q) : 0);
	if (!port)
		return walk_pass(&w, VTEP_R_TO_BRIDGE);
	return walk_sent(&w, VTEP_R_FORWARDED, skb->len, bpf_redirect(port, 0));
}

#endif

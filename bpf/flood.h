/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ingress replication: one copy of a frame to each VTEP of the VNI's flood list (RFC 7348 section
 * 4.2 without multicast).
 */
#ifndef BPF_FLOOD_H
#define BPF_FLOOD_H

#include "encap.h"

#define FLOOD_ANSWERS	0x04		/* what differs between the vxlan device's own MAC address and that of answers */

struct flood_run {
	struct __sk_buff *skb;
	void *list;
	struct encap *encap;
};

static __always_inline struct vtep_remote *flood_remote(void *list, __u32 index)
{
	__u32 *slot = bpf_map_lookup_elem(list, &index);

	return slot ? encap_remote(*slot) : NULL;
}

/*
 * All but the last: a clone each. The helper unshares the head again, so the next header can be
 * written.
 */
static long flood_copy(__u32 i, void *data)
{
	struct flood_run *run = data;
	struct vtep_remote *r = flood_remote(run->list, i + 1);

	if (r && !encap_write(run->skb, run->encap, r))
		bpf_clone_redirect(run->skb, r->ifindex, 0);
	return 0;
}

/*
 * Too large, not to be fragmented, and for a MAC address that nobody knows. The answer would come from
 * that address, and the bridge would believe it to be here: so the frame goes to one of our own making.
 * The vxlan device answers once for each VTEP of the flood list: vtep_vx_rx takes the first, by the
 * number in the mark.
 */
static __always_inline int flood_refuse(const struct walk *w)
{
	__u32 slot = w->vni_slot, zero = 0, mac[2] = {};
	struct vtep_vni *vni = bpf_map_lookup_elem(&vnis, &slot);
	struct answer *answer = bpf_map_lookup_elem(&answers, &zero);

	if (!vni || !answer)
		return walk_drop(w, VTEP_R_GONE);
	__builtin_memcpy(mac, vni->vx_mac, sizeof(vni->vx_mac));
	*(__u8 *)mac ^= FLOOD_ANSWERS;
	if (bpf_skb_store_bytes(w->skb, offsetof(struct ethhdr, h_dest), mac, sizeof(vni->vx_mac), 0))
		return walk_drop(w, VTEP_R_HELPER);
	return encap_refuse(w, VTEP_PROOF | VTEP_PROOF_BRIDGE | VTEP_PROOF_ANSWER |
			    (++answer->asked & VTEP_PROOF_FLOW));
}

/* `inner` points into the packet. Counted once, however many copies. */
static __always_inline int flood_send(const struct walk *w, const struct ethhdr *inner)
{
	__u32 slot = w->vni_slot, zero = 0, *n, copies, bytes = w->skb->len;
	void *list = bpf_map_lookup_elem(&flood, &slot);
	struct vtep_remote *r;
	struct encap e;
	int err;

	if (!list)
		return walk_drop(w, VTEP_R_NO_FLOOD);
	n = bpf_map_lookup_elem(list, &zero);
	if (!n || !*n)
		return walk_drop(w, VTEP_R_NO_FLOOD);
	copies = *n;
	if (!mtu_fits(w)) {
		enum mtu_fate fate = mtu_judge(w, inner);

		if (fate == MTU_ANSWERED)
			return flood_refuse(w);
		if (fate == MTU_CARRIED && (w->vni_flags & VTEP_VNI_OVERSIZE_DROP))
			return walk_drop(w, VTEP_R_OVERSIZE_DROPPED);
	}
	err = encap_begin(w, &e, inner);
	if (err)
		return encap_refused(w, err);
	if (copies > 1) {
		struct flood_run run = { .skb = w->skb, .list = list, .encap = &e };

		bpf_loop(copies - 1, flood_copy, &run, 0);
	}
	r = flood_remote(list, copies);
	if (!r)
		return walk_drop(w, VTEP_R_NO_TUNNEL);
	if (encap_write(w->skb, &e, r))
		return walk_drop(w, VTEP_R_HELPER);
	return walk_sent(w, VTEP_R_FLOODED, bytes, bpf_redirect(r->ifindex, 0));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ingress replication: one copy of a frame to each VTEP of the VNI's flood list (RFC 7348 section
 * 4.2 without multicast).
 */
#ifndef BPF_FLOOD_H
#define BPF_FLOOD_H

#include "encap.h"

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
 * `inner` points into the packet. Counted once, however many copies. Too large ones are carried: an
 * answer would come from a MAC address that nobody has seen, and the bridge would believe it to be here.
 */
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

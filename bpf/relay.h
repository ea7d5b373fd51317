/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hub: what one spoke sends to another goes on from here, in its tunnel's packet, of which only the
 * addresses change; never back to the VTEP that it came from. Each relay takes some off the outer
 * TTL, so that what hubs pass to each other in a circle ends after four of them.
 */
#ifndef BPF_RELAY_H
#define BPF_RELAY_H

#include <stddef.h>
#include "encap.h"
#include "flood.h"

#define RELAY_HOP	16		/* of 64 */

struct relay_run {
	struct __sk_buff *skb;
	void *list;
	__u32 from;			/* slot in vteps */
};

static __always_inline bool relay_wanted(const struct walk *w, bool ether)
{
	return !ether && w->vni_flags & VTEP_VNI_RELAY;
}

/* The rest of the header's sum. `h` without options, its check 0. */
static __always_inline __be16 relay_check(const struct vtep_outer4 *h)
{
	const __u16 *word = (const void *)h;
	__u32 sum = 0;

	for (int i = 0; i < (int)(sizeof(struct iphdr) / 2); i++)
		sum += word[i];
	return encap_fold(sum);
}

/* The UDP checksum covers the addresses, and what GRO left of it does, too: the helper knows which. */
static __always_inline int relay_sum(struct __sk_buff *skb, __be32 from, __be32 to)
{
	return bpf_l4_csum_replace(skb, offsetof(struct vtep_outer4, udp_check), from, to,
				   BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | sizeof(to));
}

/* From us to r. Pointers into the packet are void. */
static __always_inline int relay_write(struct __sk_buff *skb, const struct vtep_remote *r)
{
	__be32 saddr = r->outer.saddr, daddr = r->outer.daddr;
	struct vtep_outer4 *h = pkt_head(skb, ROOM4);

	if (!h)
		return -1;
	if (h->udp_check && (relay_sum(skb, h->saddr, saddr) || !(h = pkt_head(skb, ROOM4)) ||
			     relay_sum(skb, h->daddr, daddr) || !(h = pkt_head(skb, ROOM4))))
		return -1;
	h->saddr = saddr;
	h->daddr = daddr;
	h->id = (__be16)bpf_get_prandom_u32();
	h->frag_off = 0;		/* as encap_write() has it */
	h->check = 0;
	h->check = relay_check(h);
	return 0;
}

/* Functions of their own, also for the verifier: the walk of those that relay nothing is as if they were not there. */
__noinline int vtep_relay_send(struct __sk_buff *skb, __u32 vni_slot, __u32 slot)
{
	struct walk w = { .skb = skb, .hook = VTEP_HOOK_WG_RX, .vni_slot = vni_slot };
	struct vtep_outer4 *h = pkt_head(skb, ROOM4);
	struct vtep_remote *r = encap_remote(slot);
	__u32 bytes = skb->len - sizeof(*h);

	if (!h)
		return walk_drop(&w, VTEP_R_HELPER);
	if (h->ttl <= RELAY_HOP)
		return walk_drop(&w, VTEP_R_RELAY_LOOP);
	if (!r)
		return walk_drop(&w, VTEP_R_NO_TUNNEL);
	h->ttl -= RELAY_HOP;
	if (relay_write(skb, r))
		return walk_drop(&w, VTEP_R_HELPER);
	return walk_sent(&w, VTEP_R_RELAYED, bytes, bpf_redirect(r->ifindex, 0));
}

static long relay_copy(__u32 i, void *data)
{
	struct relay_run *run = data;
	__u32 index = i + 1, *slot = bpf_map_lookup_elem(run->list, &index);
	struct vtep_remote *r;

	if (!slot || *slot == run->from)
		return 0;
	r = encap_remote(*slot);
	if (r && !relay_write(run->skb, r))
		bpf_clone_redirect(run->skb, r->ifindex, 0);
	return 0;
}

/*
 * A copy to each of the flood list but `from`; then the packet is as it came. Not an exit: the bridge
 * gets it, too. 0, or -1: it is not as it came.
 */
__noinline int vtep_relay_flood(struct __sk_buff *skb, __u32 vni_slot, __u32 from)
{
	struct relay_run run = { .skb = skb, .from = from };
	struct vtep_outer4 as_came, *h = pkt_head(skb, ROOM4);
	__u32 zero = 0, *n;

	if (!h)
		return -1;
	if (h->ttl <= RELAY_HOP)
		return 0;
	run.list = bpf_map_lookup_elem(&flood, &vni_slot);
	n = run.list ? bpf_map_lookup_elem(run.list, &zero) : NULL;
	if (!n)
		return 0;
	as_came = *h;
	h->ttl -= RELAY_HOP;
	bpf_loop(*n, relay_copy, &run, 0);
	h = pkt_head(skb, ROOM4);
	if (!h)
		return -1;
	*h = as_came;
	return 0;
}

#endif

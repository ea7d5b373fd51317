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

static __always_inline bool relay_wanted(const struct walk *w)
{
	return !w->ether && w->vni_flags & VTEP_VNI_RELAY;
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

/* Functions of their own: the walk of those that relay nothing is compiled as if they were not there. */
static __noinline int relay_send(const struct walk *w, struct vtep_outer4 *h, __u32 slot)
{
	struct vtep_remote *r = encap_remote(slot);
	__u32 bytes = w->skb->len - sizeof(*h);

	if (h->ttl <= RELAY_HOP)
		return walk_drop(w, VTEP_R_RELAY_LOOP);
	if (!r)
		return walk_drop(w, VTEP_R_NO_TUNNEL);
	h->ttl -= RELAY_HOP;
	if (relay_write(w->skb, r))
		return walk_drop(w, VTEP_R_HELPER);
	return walk_sent(w, VTEP_R_RELAYED, bytes, bpf_redirect(r->ifindex, 0));
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
 * A copy to each of the flood list but `from`; then the packet is as it came. The headers again, or
 * NULL. Not an exit: the bridge gets it, too.
 */
static __noinline struct vtep_outer4 *relay_flood(const struct walk *w, struct vtep_outer4 *h, __u32 from)
{
	__u32 slot = w->vni_slot, zero = 0, *n;
	struct vtep_outer4 as_came = *h;
	struct relay_run run = { .skb = w->skb, .from = from };

	if (h->ttl <= RELAY_HOP)
		return h;
	run.list = bpf_map_lookup_elem(&flood, &slot);
	n = run.list ? bpf_map_lookup_elem(run.list, &zero) : NULL;
	if (!n)
		return h;
	h->ttl -= RELAY_HOP;
	bpf_loop(*n, relay_copy, &run, 0);
	h = pkt_head(w->skb, ROOM4);
	if (h)
		*h = as_came;
	return h;
}

#endif

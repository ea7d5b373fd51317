/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this CPU has decided for the same two MACs a moment ago, so that a busy pair costs one look
 * here instead of one for the sender, one for the source and one for the destination. Only
 * decisions that read nothing but fdb and members are remembered, and any change of those voids
 * them all (the epoch); after half a second the long way is gone again, which refreshes the
 * source's time stamp and sees to ageing.
 */
#ifndef BPF_RECENT_H
#define BPF_RECENT_H

#include "fdb.h"

#define RECENT_TICKS	FDB_REFRESH
#define RECENT_RELAY	0x80000000U	/* in `slot`: of vteps, not of ports */
#define RECENT_TX	0x80000000U	/* in `place`: no VNI has that bit */

/*
 * A frame of this walk: where it is (VNI, or RECENT_TX and the VNI's slot), whom it came from (VTEP
 * or port slot).
 */
struct recent_key {
	__u64 epoch;
	__u32 mac[3];
	__u32 place;
	__u32 from;
};

static __always_inline struct recent_key recent_key(const struct ethhdr *eth, __u32 place, __u32 from)
{
	const __u32 *mac = (const void *)eth;
	struct vtep_gauge *g = gauge_get();

	return (struct recent_key){ .epoch = g ? *(volatile __u64 *)&g->epoch : 0, .mac = { mac[0], mac[1], mac[2] },
				    .place = place, .from = from };
}

static __always_inline struct recent *recent_entry(const struct recent_key *k)
{
	__u32 slot = (k->mac[0] ^ k->mac[1] * 5 ^ k->mac[2] * 3 ^ k->from ^ k->place) * 0x9e3779b1U >>
		     (32 - RECENT_BITS);

	return bpf_map_lookup_elem(&recents, &slot);
}

/* What was decided, or NULL. */
static __always_inline const struct recent *recent_find(const struct recent_key *k, __u32 now)
{
	const struct recent *r = recent_entry(k);

	if (!r || r->epoch != k->epoch || r->mac[0] != k->mac[0] || r->mac[1] != k->mac[1] ||
	    r->mac[2] != k->mac[2] || r->place != k->place || r->from != k->from ||
	    now - r->tick >= RECENT_TICKS)
		return NULL;
	return r;
}

/*
 * The key was taken before the maps were read: a change in between leaves an entry that is void
 * already.
 */
static __always_inline void recent_store(const struct recent_key *k, const struct walk *w, __u32 slot)
{
	struct recent *r = recent_entry(k);

	if (!r)
		return;
	r->epoch = k->epoch;
	r->tick = w->now;
	r->mac[0] = k->mac[0];
	r->mac[1] = k->mac[1];
	r->mac[2] = k->mac[2];
	r->place = k->place;
	r->from = k->from;
	r->vni_slot = w->vni_slot;
	r->slot = slot;
}

#endif

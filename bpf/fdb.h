/* SPDX-License-Identifier: GPL-2.0-only */
/* The forwarding database: where a MAC is, and learning it from the source of a frame. */
#ifndef BPF_FDB_H
#define BPF_FDB_H

#include "count.h"
#include "pkt.h"

/*
 * A busy entry's time stamp is written only twice a second: a write per packet would bounce its
 * cache line.
 */
#define FDB_REFRESH	512		/* ticks */

enum fdb_learned {
	FDB_KNOWN,			/* where we thought it was; or learning is off */
	FDB_CHANGED,			/* new, moved, or back after its age: the bridge should see this frame */
	FDB_ELSEWHERE,			/* configured to be elsewhere: not touched */
	FDB_OWN,			/* this host's own address */
	FDB_FULL			/* no room: not learned */
};

static __always_inline __u32 tick_now(void)
{
	return bpf_ktime_get_coarse_ns() >> VTEP_TICK_SHIFT;
}

static __always_inline struct vtep_fdb_key fdb_key(__u32 vni, const __u8 *mac)
{
	struct vtep_fdb_key key = { .vni = vni };

	*(__u32 *)key.mac = mac_high(mac);
	*(__u16 *)(key.mac + 4) = mac_low(mac);
	return key;
}

/* Signed: another CPU may have stamped it after `now` was read. */
static __always_inline bool fdb_aged(const struct walk *w, const struct vtep_fdb *e)
{
	return w->ageing && !(e->where.flags & VTEP_FDB_STATIC_ENTRY) &&
	       (__s32)(w->now - e->seen) > (__s32)w->ageing;
}

/*
 * Where to send to `mac`: a copy in *where; false when unknown or aged out, or when all that is known
 * is that it sticks to the tunnel's side.
 */
static __always_inline bool fdb_find(const struct walk *w, const __u8 *mac, struct vtep_fdb_where *where)
{
	struct vtep_fdb_key key = fdb_key(w->vni, mac);
	struct vtep_fdb *e = bpf_map_lookup_elem(&fdb, &key);

	if (!e || fdb_aged(w, e))
		return false;
	*(__u64 *)where = e->word;
	return where->slot != VTEP_NO_SLOT || !(where->flags & VTEP_FDB_REMOTE);
}

/* Is it configured to be there? Only then may it send by a locked port. */
static __always_inline bool fdb_is_static(const struct walk *w, const __u8 *mac, __u32 port_slot)
{
	struct vtep_fdb_key key = fdb_key(w->vni, mac);
	struct vtep_fdb *e = bpf_map_lookup_elem(&fdb, &key);

	return e && e->where.slot == port_slot && e->where.flags == VTEP_FDB_STATIC_ENTRY;
}

static __always_inline struct vtep_gauge *gauge_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gauge, &zero);
}

/* vtepd mirrors what it is told into the kernel's FDBs; what it misses its sweep finds. */
static __noinline int fdb_tell(__u32 type, const struct vtep_fdb_key *key, __u64 from, __u64 to)
{
	struct vtep_event *event;
	struct vtep_gauge *g;

	if (!key)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		g = gauge_get();
		if (g)
			__sync_fetch_and_add(&g->events_lost, 1);
		return 0;
	}
	event->type = type;
	event->key = *key;
	*(__u64 *)&event->from = from;
	*(__u64 *)&event->to = to;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline enum fdb_learned fdb_add(const struct walk *w, const struct vtep_fdb_key *key,
						__u64 word)
{
	struct vtep_fdb fresh = { .word = word, .seen = w->now, .changed = w->now };
	struct vtep_gauge *g = gauge_get();

	if (!g)
		return FDB_FULL;
	if ((__s64)g->learned >= vtep_learned_max || bpf_map_update_elem(&fdb, key, &fresh, BPF_NOEXIST)) {
		__sync_fetch_and_add(&g->full, 1);
		return FDB_FULL;
	}
	__sync_fetch_and_add(&g->learned, 1);
	__sync_fetch_and_add(&g->epoch, 1);
	fdb_tell(VTEP_EVENT_LEARNED, key, 0, word);
	return FDB_CHANGED;
}

/*
 * Not in place: the element may have been deleted since it was looked up, and be another MAC's by
 * now.
 */
static __always_inline enum fdb_learned fdb_move(const struct walk *w, const struct vtep_fdb_key *key,
						 __u64 old, __u64 word)
{
	struct vtep_fdb fresh = { .word = word, .seen = w->now, .changed = w->now };
	struct vtep_gauge *g = gauge_get();

	if (!g || bpf_map_update_elem(&fdb, key, &fresh, BPF_EXIST))
		return FDB_CHANGED;
	__sync_fetch_and_add(&g->epoch, 1);
	fdb_tell(VTEP_EVENT_MOVED, key, old, word);
	return FDB_CHANGED;
}

/*
 * Where `mac` is, judged against `where` its frame came from: br_fdb_update() and vxlan_snoop() in
 * one. With `learn` off nothing is written, but what is configured still counts.
 */
static __always_inline enum fdb_learned fdb_learn(const struct walk *w, const __u8 *mac,
						  struct vtep_fdb_where where, bool learn)
{
	struct vtep_fdb_key key = fdb_key(w->vni, mac);
	struct vtep_fdb *e = bpf_map_lookup_elem(&fdb, &key);
	struct vtep_fdb old, here = { .where = where };
	bool aged;

	if (!e)
		return learn ? fdb_add(w, &key, here.word) : FDB_KNOWN;
	old.word = e->word;
	if (old.where.slot == where.slot && !((old.where.flags ^ where.flags) & VTEP_FDB_REMOTE)) {
		aged = fdb_aged(w, e);
		if (learn && w->now - e->seen >= FDB_REFRESH)
			e->seen = w->now;
		return aged ? FDB_CHANGED : FDB_KNOWN;
	}
	if (old.where.flags & VTEP_FDB_STATIC_ENTRY) {
		if (old.where.slot != VTEP_NO_SLOT)
			return FDB_ELSEWHERE;
		if (!(old.where.flags & VTEP_FDB_REMOTE))
			return FDB_OWN;
		return where.flags & VTEP_FDB_REMOTE ? FDB_KNOWN : FDB_ELSEWHERE;
	}
	return learn ? fdb_move(w, &key, old.word, here.word) : FDB_KNOWN;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The forwarding database: where a MAC is, and learning it from the source of a frame. */
#ifndef BPF_FDB_H
#define BPF_FDB_H

#include "count.h"
#include "holddown.h"
#include "pkt.h"
#include "quota.h"

/*
 * A busy entry's time stamp is written only twice a second: a write per packet would bounce its
 * cache line.
 */
#define FDB_REFRESH	512		/* ticks */

/*
 * vtepd refreshes what the bridge would forget; but a bridge that counts what it learns must learn it
 * itself, or it would count wrong: one frame of each MAC in so many ticks, as a power of two.
 */
#define FDB_SHOW	16

enum fdb_learned {
	FDB_KNOWN,			/* where we thought it was; or learning is off */
	FDB_CHANGED,			/* new, moved, or back after its age: the bridge should see this frame */
	FDB_ELSEWHERE,			/* configured to be elsewhere: not touched */
	FDB_HELD,			/* moved too often, and held elsewhere */
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

/* vtepd mirrors what it is told into the kernel's FDBs; what it misses its sweep finds. */
__noinline int vtep_fdb_tell(__u32 type, const struct vtep_fdb_key *key, __u64 from, __u64 to)
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

/* These two are functions of their own: the long ways' stack has no room for what they need. */
static __noinline enum fdb_learned fdb_add(const struct walk *w, const struct vtep_fdb_key *key, __u64 word)
{
	struct vtep_fdb fresh = { .word = word, .seen = w->now, .changed = w->now, .member = w->member };
	struct vtep_fdb member = { .where = { .slot = w->member } };
	struct quota q;

	if (!quota_open(w, &q, word, w->member))
		return FDB_FULL;
	if (!quota_admits(&q)) {
		if (quota_refuse(w, &q))
			vtep_fdb_tell(VTEP_EVENT_REFUSED, key, member.word, word);
		return FDB_FULL;
	}
	if (bpf_map_update_elem(&fdb, key, &fresh, BPF_NOEXIST)) {
		__sync_fetch_and_add(&q.gauge->full, 1);
		return FDB_FULL;
	}
	quota_take(&q);
	__sync_fetch_and_add(&q.gauge->epoch, 1);
	vtep_fdb_tell(VTEP_EVENT_LEARNED, key, 0, word);
	return FDB_CHANGED;
}

/*
 * Not in place: the element may have been deleted since it was looked up, and be another MAC's by
 * now.
 */
static __noinline enum fdb_learned fdb_move(const struct walk *w, const struct vtep_fdb_key *key,
					    const struct vtep_fdb *old, __u64 word)
{
	struct vtep_fdb fresh = { .word = word, .seen = w->now, .changed = w->now, .member = w->member };
	struct quota q;
	bool held;

	if (!quota_open(w, &q, word, w->member))
		return FDB_FULL;
	if (quota_spent(&q)) {
		quota_refuse(w, &q);
		return FDB_FULL;
	}
	held = holddown_judge(w, old, &fresh);
	if (held) {
		q.holder = quota_holder(fresh.word, fresh.member);
		if (!q.holder)
			return FDB_FULL;
	}
	if (bpf_map_update_elem(&fdb, key, &fresh, BPF_EXIST))
		return held ? FDB_HELD : FDB_CHANGED;
	quota_move(&q, old);
	__sync_fetch_and_add(&q.gauge->epoch, 1);
	if (!held) {
		vtep_fdb_tell(VTEP_EVENT_MOVED, key, old->word, word);
		return FDB_CHANGED;
	}
	__sync_fetch_and_add(&q.gauge->held, 1);
	vtep_fdb_tell(VTEP_EVENT_HELD, key, word, fresh.word);
	return FDB_HELD;
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
		if (learn && w->now - e->seen >= FDB_REFRESH) {
			if (w->vni_flags & VTEP_VNI_SHOWN && (w->now ^ e->seen) >> FDB_SHOW)
				aged = true;
			e->seen = w->now;
		}
		return aged ? FDB_CHANGED : FDB_KNOWN;
	}
	if (old.where.flags & VTEP_FDB_STATIC_ENTRY) {
		if (old.where.slot != VTEP_NO_SLOT)
			return FDB_ELSEWHERE;
		if (!(old.where.flags & VTEP_FDB_REMOTE))
			return FDB_OWN;
		return where.flags & VTEP_FDB_REMOTE ? FDB_KNOWN : FDB_ELSEWHERE;
	}
	if (!learn)
		return FDB_KNOWN;
	if (old.where.flags & VTEP_FDB_HELD && !fdb_aged(w, e) && holddown_lasts(w, e))
		return FDB_HELD;
	old = *e;
	return fdb_move(w, &key, &old, here.word);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One MAC in two places, or a loop: after so many moves in so long a time (RFC 7432 section 15.1: 5
 * in 180 s) it stays where it was before the first of them, and frames that it sends from elsewhere
 * are dropped, which ends a loop too. Moves between two local ports begin the time, but don't
 * count: the bridge takes them as they come.
 */
#ifndef BPF_HOLDDOWN_H
#define BPF_HOLDDOWN_H

#include "count.h"

static __always_inline struct vtep_meta *holddown_meta(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&meta, &zero);
}

/* Is it still held? */
static __always_inline bool holddown_lasts(const struct walk *w, const struct vtep_fdb *e)
{
	struct vtep_meta *m = holddown_meta();

	return m && m->hold_window && w->now - e->changed < m->hold_time;
}

/* Finds out the member's holder of a home behind a VTEP; a port must still be there. */
static __always_inline bool holddown_home(const struct walk *w, struct vtep_fdb *e)
{
	__u32 slot = e->home & ~VTEP_HOME_REMOTE;
	struct vtep_member_key key = { .vni = w->vni };
	struct vtep_remote *r;
	struct vtep_member *m;
	struct vtep_port *p;

	if (!(e->home & VTEP_HOME_REMOTE)) {
		p = bpf_map_lookup_elem(&ports, &slot);
		e->where = (struct vtep_fdb_where){ .slot = slot, .flags = VTEP_FDB_HELD };
		return p && p->ifindex;
	}
	r = bpf_map_lookup_elem(&vteps, &slot);
	if (!r)
		return false;
	key.addr = r->addr;
	m = bpf_map_lookup_elem(&members, &key);
	e->where = (struct vtep_fdb_where){ .slot = slot, .flags = VTEP_FDB_REMOTE | VTEP_FDB_HELD };
	e->member = m ? m->holder : 0;
	return m && m->vtep == slot;
}

/*
 * `fresh` is the entry after the move that is asked for, `old` the one before: counts it. True: it
 * was one too many, and *fresh is the entry to write, held.
 */
static __always_inline bool holddown_judge(const struct walk *w, const struct vtep_fdb *old, struct vtep_fdb *fresh)
{
	__u32 began = old->moves & ~VTEP_MOVES, n = old->moves & VTEP_MOVES;
	struct vtep_meta *m = holddown_meta();

	if (!m || !m->hold_window)
		return false;
	fresh->home = old->home;
	if (!old->moves || w->now - began >= m->hold_window) {
		began = w->now & ~VTEP_MOVES;
		n = 0;
		fresh->home = old->where.slot | (old->where.flags & VTEP_FDB_REMOTE ? VTEP_HOME_REMOTE : 0);
	}
	if ((old->where.flags | fresh->where.flags) & VTEP_FDB_REMOTE && n < VTEP_MOVES)
		n++;
	fresh->moves = began | n;
	if (n < m->hold_moves)
		return false;
	if (!holddown_home(w, fresh)) {
		fresh->where = old->where;
		fresh->where.flags |= VTEP_FDB_HELD;
		fresh->member = old->member;
	}
	fresh->moves = 0;
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may have how many entries of the FDB, asked only when one is added or moved. A holder is a
 * port, or a VTEP in one VNI. Two tables fill: the instance's, and the VNI's if it has a limit. In
 * each the last sixteenth is kept for holders that have less than an equal share of it; who has
 * more finds no room there. When nothing is left, vtepd takes the oldest of the biggest holder out
 * for one who has less.
 */
#ifndef BPF_QUOTA_H
#define BPF_QUOTA_H

#include "count.h"

#define QUOTA_KEPT	16		/* a sixteenth */
#define QUOTA_ASK	64		/* ticks between two questions to vtepd: it makes room for many at once */

struct quota {
	struct vtep_gauge *gauge;
	struct vtep_holder *vni, *holder;
};

static __always_inline struct vtep_gauge *gauge_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gauge, &zero);
}

static __always_inline struct vtep_holder *quota_holder(__u64 word, __u16 member)
{
	struct vtep_fdb_where where = *(struct vtep_fdb_where *)&word;
	__u32 slot = where.flags & VTEP_FDB_REMOTE ? VTEP_MAX_PORTS + member : where.slot;

	return bpf_map_lookup_elem(&holders, &slot);
}

/* Of the holder of entries at `word`. False: there is none, nothing may be learned there. */
static __always_inline bool quota_open(const struct walk *w, struct quota *q, __u64 word, __u16 member)
{
	__u32 vni = VTEP_MAX_PORTS + VTEP_MAX_COUNTED + w->vni_slot;

	q->gauge = gauge_get();
	q->vni = bpf_map_lookup_elem(&holders, &vni);
	q->holder = quota_holder(word, member);
	return q->gauge && q->vni && q->holder;
}

static __always_inline bool quota_below_share(__u32 limit, __u32 holders, __s32 mine)
{
	__u32 share = limit / (holders + (mine <= 0) ?: 1);

	return mine < (__s32)(share ?: 1);
}

static __always_inline bool quota_room(__u32 limit, __s64 learned, __u32 holders, __s32 mine)
{
	if (learned < limit - limit / QUOTA_KEPT)
		return true;
	return learned < limit && quota_below_share(limit, holders, mine);
}

/* Of its own limit, which moves don't get around either. */
static __always_inline bool quota_spent(const struct quota *q)
{
	return q->holder->limit && q->holder->learned >= (__s32)q->holder->limit;
}

static __always_inline bool quota_admits(const struct quota *q)
{
	__s32 mine = q->holder->learned;

	return !quota_spent(q) && quota_room(vtep_learned_max, q->gauge->learned, q->gauge->holders, mine) &&
	       (!q->vni->limit || quota_room(q->vni->limit, q->vni->learned, q->vni->holders, mine));
}

/* Counts the refusal. True: vtepd should be told, who may take another's entry for it. */
static __always_inline bool quota_refuse(const struct walk *w, const struct quota *q)
{
	__s32 mine = q->holder->learned;

	__sync_fetch_and_add(&q->gauge->full, 1);
	__sync_fetch_and_add(&q->holder->refused, 1);
	__sync_fetch_and_add(&q->vni->refused, 1);
	if (quota_spent(q) || !quota_below_share(vtep_learned_max, q->gauge->holders, mine) ||
	    (q->vni->limit && !quota_below_share(q->vni->limit, q->vni->holders, mine)) ||
	    w->now - (__u32)q->gauge->asked < QUOTA_ASK)
		return false;
	q->gauge->asked = w->now;
	return true;
}

static __always_inline void quota_take(const struct quota *q)
{
	__sync_fetch_and_add(&q->gauge->learned, 1);
	__sync_fetch_and_add(&q->vni->learned, 1);
	if (__sync_fetch_and_add(&q->holder->learned, 1))
		return;
	__sync_fetch_and_add(&q->gauge->holders, 1);
	__sync_fetch_and_add(&q->vni->holders, 1);
}

/* From the holder of `old` to that of q. */
static __always_inline void quota_move(const struct quota *q, const struct vtep_fdb *old)
{
	struct vtep_holder *from = quota_holder(old->word, old->member);

	if (!from || from == q->holder)
		return;
	if (__sync_fetch_and_add(&from->learned, -1) == 1) {
		__sync_fetch_and_add(&q->gauge->holders, -1);
		__sync_fetch_and_add(&q->vni->holders, -1);
	}
	if (__sync_fetch_and_add(&q->holder->learned, 1))
		return;
	__sync_fetch_and_add(&q->gauge->holders, 1);
	__sync_fetch_and_add(&q->vni->holders, 1);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Ageing and refreshing, and what nobody notifies of. */
#include "binding.h"
#include "daemon.h"
#include "fdb.h"
#include "mirror.h"
#include "napi.h"
#include "quota.h"
#include "sweep.h"
#include "sync.h"

struct sweep {
	struct daemon *d;
	__u32 now;
	bool refresh;			/* this time the kernel's FDBs are refreshed */
	__u32 period;			/* ticks since the last refresh */
	struct quota_count *count;
};

/* Those of a VNI that is gone or does not suppress any more, too. */
static int sweep_binding(const struct vtep_neigh_key *key, const struct vtep_neigh *e, void *data)
{
	struct sweep *w = data;
	const struct segment *s = daemon_segment_by_vni(w->d, key->vni);

	if (!s || !(s->told.flags & VTEP_VNI_SUPPRESS) || (__s32)(w->now - e->seen) > (__s32)fdb_ticks(BINDING_AGEING))
		binding_del(&w->d->in, key);
	return 0;
}

static int sweep_one(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct sweep *w = data;
	struct segment *s = daemon_segment_by_vni(w->d, key->vni);
	__s32 age = w->now - e->seen, ageing = s ? (__s32)fdb_ticks(segment_hold(w->d, s)) : 0;

	if (s && (e->where.flags & VTEP_FDB_STATIC_ENTRY))
		return 0;
	/*
	 * A frame moved it in the moment that it was configured: the next sync reads what BPF has,
	 * and mends it.
	 */
	if (s && sync_has_static(s, key->mac)) {
		s->synced = false;
		s->dirty = true;
	}
	if (!s || (ageing && age > ageing)) {
		if (!fdb_del(&w->d->in, key) && s)
			mirror_remove(w->d, s, key, e->where);
		return 0;
	}
	quota_count_one(w->count, w->d, key, e);
	if (w->refresh && age <= (__s32)w->period)
		mirror_refresh(w->d, s, key, e->where);
	return 0;
}

/*
 * The shortest of the ageing times that the mirrored entries live under, in seconds; 0: none ages.
 */
static __u32 shortest_ageing(const struct daemon *d)
{
	__u32 shortest = 0, own;
	int i;

	for (i = 0; i < d->n_segments; i++) {
		const struct segment *s = &d->segments[i];

		own = segment_hold(d, s);
		if (own && (!shortest || own < shortest))
			shortest = own;
		if (s->vx.vx_ageing && (!shortest || s->vx.vx_ageing < shortest))
			shortest = s->vx.vx_ageing;
		if (s->br.br_ageing && (!shortest || s->br.br_ageing < shortest))
			shortest = s->br.br_ageing;
	}
	return shortest;
}

__u32 sweep_period(const struct daemon *d)
{
	__u32 shortest = shortest_ageing(d);
	__u32 period = !shortest || shortest > 30 ? 5000 : shortest < 3 ? 500 : shortest * 1000 / 6;

	if (d->model.peer_timeout && d->model.peer_timeout * 100 < period)
		period = d->model.peer_timeout * 100;
	return period;
}

int sweep_run(struct daemon *d)
{
	struct sweep w = { .d = d, .now = fdb_tick() };
	__u32 shortest = shortest_ageing(d);
	int i, err;

	/* Thrice in a life: one refresh may be lost to the limit without the entry dying. */
	w.period = w.now - d->refreshed;
	w.refresh = shortest && w.period >= fdb_ticks(shortest) / 3;
	if (w.refresh) {
		d->refreshed = w.now;
		napi_follow(d);
		for (i = 0; i < d->n_segments; i++)
			d->segments[i].mirrored = 0;
	}
	binding_each(&d->in, sweep_binding, &w);
	w.count = quota_count_begin(d);
	err = fdb_each(&d->in, sweep_one, &w);
	nl_flush(&d->nl);
	if (err)
		quota_count_drop(w.count);
	else
		quota_count_end(d, w.count);
	quota_say(d);
	return err;
}

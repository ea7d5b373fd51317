// SPDX-License-Identifier: GPL-2.0-only
/* Making room in a full table: from the biggest holder, what was silent for longest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "addr.h"
#include "daemon.h"
#include "fdb.h"
#include "log.h"
#include "mirror.h"
#include "nl.h"
#include "quota.h"

#define KEPT	16			/* as QUOTA_KEPT of bpf/quota.h */

/* The table that is full: a VNI's, or with s NULL the instance's. */
struct table {
	struct daemon *d;
	struct segment *s;
	__u32 limit, learned, holders;
};

static struct table table_of(struct daemon *d, struct segment *s)
{
	const struct vtep_holder *vni = s ? &d->in.holders[fdb_holder_vni(s->slot)] : NULL;

	if (vni)
		return (struct table){ d, s, vni->limit, vni->learned, vni->holders };
	return (struct table){ d, NULL, d->in.meta.fdb_max - VTEP_FDB_STATIC(d->in.meta.fdb_max), d->in.gauge->learned,
			       d->in.gauge->holders };
}

/* The biggest holder, and what is found of it. */
struct biggest {
	const struct table *t;
	__u32 *n;			/* of each holder, in this table */
	__u32 holder;
	struct victim {
		__u32 seen;
		struct vtep_fdb_key key;
		struct vtep_fdb_where where;
	} *victims;
	size_t n_victims;
	__u32 now;
};

static bool counts(const struct biggest *b, const struct vtep_fdb_key *key, const struct vtep_fdb *e)
{
	return !(e->where.flags & VTEP_FDB_STATIC_ENTRY) && (!b->t->s || key->vni == b->t->s->vni);
}

static int count_one(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct biggest *b = data;

	if (counts(b, key, e) && ++b->n[fdb_holder(e)] > b->n[b->holder])
		b->holder = fdb_holder(e);
	return 0;
}

static int collect_one(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct biggest *b = data;
	struct victim *more;

	if (!counts(b, key, e) || fdb_holder(e) != b->holder)
		return 0;
	more = nl_room(b->victims, b->n_victims, sizeof(*more));
	if (!more)
		return -ENOMEM;
	b->victims = more;
	more[b->n_victims++] = (struct victim){ b->now - e->seen, *key, e->where };
	return 0;
}

/* `seen` is an age here: the oldest first. */
static int older(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;
	__s32 age = (__s32)y->seen - (__s32)x->seen;

	return age < 0 ? -1 : age > 0;
}

/* Up to n of the biggest holder's, of which it keeps `keep`. How many went. */
static size_t evict(const struct table *t, size_t n, size_t keep)
{
	struct biggest b = { .t = t, .now = fdb_tick() };
	struct daemon *d = t->d;
	size_t i, went = 0;

	b.n = calloc(VTEP_MAX_PORTS + VTEP_MAX_COUNTED, sizeof(*b.n));
	if (b.n && !fdb_each(&d->in, count_one, &b) && !fdb_each(&d->in, collect_one, &b) && b.n_victims > keep) {
		qsort(b.victims, b.n_victims, sizeof(*b.victims), older);
		for (i = 0; i < n && i < b.n_victims - keep; i++) {
			const struct victim *v = &b.victims[i];
			struct segment *s = daemon_segment_by_vni(d, v->key.vni);

			if (fdb_del(&d->in, &v->key))
				continue;
			went++;
			if (s)
				mirror_remove(d, s, &v->key, v->where);
		}
	}
	free(b.victims);
	free(b.n);
	return went;
}

/* Once a minute: who fills a table is not to fill the log as well. */
static void say(const struct table *t, size_t went)
{
	static __u32 said;
	__u32 now = fdb_tick();

	if (said && now - said < fdb_ticks(60))
		return;
	said = now ?: 1;
	if (t->s)
		log_notice("vni %u: full: %zu of the oldest MACs of its biggest port or VTEP made room", t->s->vni, went);
	else
		log_notice("%s: full: %zu of the oldest MACs of the biggest port or VTEP made room",
			   t->d->model.ifname, went);
}

/* Down to where only those with less than their share are let in, and one more for the newcomer. */
static void make_room(const struct table *t)
{
	size_t share = t->limit / (t->holders + 1);

	if (t->limit && t->learned >= t->limit)
		say(t, evict(t, t->learned - t->limit + t->limit / KEPT + 1, share ?: 1));
}

bool quota_make_room(struct daemon *d, struct segment *s, const struct vtep_event *event)
{
	struct table vni = table_of(d, s), all;

	make_room(&vni);
	all = table_of(d, NULL);
	make_room(&all);
	return !fdb_learn(&d->in, &event->key, event->to, event->from.slot);
}

struct quota_count {
	__u64 epoch, total;
	__u32 *n;			/* of each holder, VNIs' as well */
	__u32 *vni;			/* slot, of each port and member that has entries */
};

void quota_count_drop(struct quota_count *c)
{
	if (!c)
		return;
	free(c->n);
	free(c->vni);
	free(c);
}

struct quota_count *quota_count_begin(const struct daemon *d)
{
	struct quota_count *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->epoch = __atomic_load_n(&d->in.gauge->epoch, __ATOMIC_ACQUIRE);
	c->n = calloc(VTEP_HOLDERS(d->in.meta.vni_max), sizeof(*c->n));
	c->vni = calloc(VTEP_MAX_PORTS + VTEP_MAX_COUNTED, sizeof(*c->vni));
	if (c->n && c->vni)
		return c;
	quota_count_drop(c);
	return NULL;
}

void quota_count_one(struct quota_count *c, const struct daemon *d, const struct vtep_fdb_key *key,
		     const struct vtep_fdb *e)
{
	const struct segment *s;

	if (!c || (e->where.flags & VTEP_FDB_STATIC_ENTRY))
		return;
	s = daemon_segment_by_vni((struct daemon *)d, key->vni);
	c->total++;
	c->n[fdb_holder(e)]++;
	if (!s)
		return;
	c->n[fdb_holder_vni(s->slot)]++;
	c->vni[fdb_holder(e)] = s->slot;
}

static __u64 changes(const struct daemon *d, const struct quota_count *c)
{
	return __atomic_load_n(&d->in.gauge->epoch, __ATOMIC_ACQUIRE) - c->epoch;
}

/*
 * Each change since the walk began may have moved a count by one, unseen: what is further off than
 * that is wrong.
 */
static __s32 certain(const struct daemon *d, const struct quota_count *c, __s64 is, __s64 found)
{
	__s64 off = found - is, unseen = changes(d, c);

	return off > unseen ? off - unseen : off < -unseen ? off + unseen : 0;
}

static void mend_holders(struct daemon *d, const struct quota_count *c)
{
	__u32 *of_vni = calloc(d->in.meta.vni_max, sizeof(*of_vni)), i, all = 0;

	for (i = 0; of_vni && i < VTEP_MAX_PORTS + VTEP_MAX_COUNTED; i++)
		if (c->n[i]) {
			all++;
			of_vni[c->vni[i]]++;
		}
	for (i = 0; of_vni && i < d->in.meta.vni_max && !changes(d, c); i++)
		d->in.holders[fdb_holder_vni(i)].holders = of_vni[i];
	if (of_vni && !changes(d, c))
		d->in.gauge->holders = all;
	free(of_vni);
}

void quota_count_end(struct daemon *d, struct quota_count *c)
{
	__s64 learned;
	__u32 i;

	if (!c)
		return;
	for (i = 0; i < VTEP_HOLDERS(d->in.meta.vni_max); i++) {
		__s32 *is = &d->in.holders[i].learned, n = __atomic_load_n(is, __ATOMIC_RELAXED);

		if (n != (__s32)c->n[i])
			__atomic_fetch_add(is, certain(d, c, n, c->n[i]), __ATOMIC_RELAXED);
	}
	learned = __atomic_load_n(&d->in.gauge->learned, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->in.gauge->learned, (__s64)certain(d, c, learned, c->total), __ATOMIC_RELAXED);
	mend_holders(d, c);
	quota_count_drop(c);
}

/* A port or a VTEP that its own limit has refused a MAC since the last look. */
static void say_limit(struct daemon *d, __u32 i, const char *what, const char *name)
{
	struct vtep_holder *h = &d->in.holders[i];

	if (!h->limit || h->learned < (__s32)h->limit) {
		d->limit_said[i] = false;
	} else if (!d->limit_said[i] && h->refused) {
		d->limit_said[i] = true;
		log_warning("%s %s: its %u MACs are learned: frames of others are flooded", what, name, h->limit);
		log_hint("%s = more, in its section of the file", *what == 'p' ? "PortMaxMACs" : "MaxMACs");
	}
}

static int say_member(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	char text[ADDR_STRLEN];

	say_limit(data, VTEP_MAX_PORTS + m->holder % VTEP_MAX_COUNTED, "VTEP", addr_format(&key->addr, text));
	return 0;
}

void quota_say(struct daemon *d)
{
	char name[IFNAMSIZ];
	__u32 i;

	if (!d->limit_said)
		d->limit_said = calloc(VTEP_MAX_PORTS + VTEP_MAX_COUNTED, sizeof(*d->limit_said));
	if (!d->limit_said || !d->in.gauge->full)
		return;
	for (i = 0; d->ports && i < VTEP_MAX_PORTS; i++)
		if (d->ports[i].ifindex && if_indextoname(d->ports[i].ifindex, name))
			say_limit(d, i, "port", name);
	instance_each_member(&d->in, say_member, d);
}

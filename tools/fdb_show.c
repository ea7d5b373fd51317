/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl fdb show, fdb get: which MAC is where, behind which peer, since when. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>

#include "fdb.h"
#include "fdb_entry.h"
#include "kernel_fdb.h"
#include "verbs.h"

struct listing {
	struct session *s;
	const struct args *args;
	const struct session_vni *only;	/* NULL: all VNIs */
	const struct wg_peer *peer;	/* NULL: all peers */
	bool exact;			/* one MAC was asked for: it is shown whatever it is */
	__u32 now;
	struct fdb_entry *entries;
	size_t n;
};

static enum fdb_type where_type(struct vtep_fdb_where where)
{
	bool fixed = where.flags & VTEP_FDB_STATIC_ENTRY;

	if (where.flags & VTEP_FDB_REMOTE)
		return fixed ? TYPE_STATIC : TYPE_DYNAMIC;
	if (where.slot == VTEP_NO_SLOT)
		return TYPE_HOST;
	return fixed ? TYPE_LOCAL_STATIC : TYPE_LOCAL;
}

static bool entry_wanted(const struct listing *l, const struct fdb_entry *e)
{
	const struct args *args = l->args;
	bool details = l->s->opt->details;
	enum side side = args->side;

	if ((l->only && e->vni != l->only) || (e->aged && !details))
		return false;
	if (e->type == TYPE_HOST && !details && !l->exact)
		return false;
	if (args->given & ARG_MAC && memcmp(e->mac, args->mac, sizeof(e->mac)))
		return false;
	if (args->given & ARG_ADDR && !(e->vtep && addr_equal(&e->vtep->addr, &args->addr)))
		return false;
	if (l->peer && !(e->vtep && e->vtep->peer == l->peer))
		return false;
	if (args->dev && strcmp(args->dev, e->dev) && strcmp(args->dev, l->s->in.meta.ifname))
		return false;
	if (side == SIDE_ANY)
		return true;
	if (e->type == TYPE_FLOOD)
		return false;
	if (side == SIDE_HELD)
		return e->held;
	if (side == SIDE_STATIC)
		return e->type == TYPE_STATIC || e->type == TYPE_LOCAL_STATIC;
	return fdb_types[e->type].remote == (side == SIDE_REMOTE);
}

static int listing_add(struct listing *l, const struct fdb_entry *e)
{
	struct fdb_entry *entries;

	if (!entry_wanted(l, e))
		return 0;
	entries = nl_room(l->entries, l->n, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	l->entries = entries;
	entries[l->n++] = *e;
	return 0;
}

static int entry_collect(const struct vtep_fdb_key *key, const struct vtep_fdb *fdb, void *data)
{
	struct listing *l = data;
	struct fdb_entry e = { .vni = session_vni(l->s, key->vni), .type = where_type(fdb->where) };

	if (!e.vni)			/* given up; vtepd is about to delete it */
		return 0;
	memcpy(e.mac, key->mac, sizeof(e.mac));
	if (fdb_types[e.type].remote) {
		e.vtep = session_vtep(l->s, fdb->where.slot);
		e.dev = e.vni->vx;
	} else if (e.type == TYPE_HOST) {
		e.dev = *e.vni->br ? e.vni->br : e.vni->vx;
	} else {
		e.port = session_port(l->s, fdb->where.slot);
		e.dev = e.port ? e.port->name : "";
	}
	e.timed = fdb_types[e.type].learned;
	if (e.timed) {
		e.age = fdb_age_ms(l->now, fdb->seen);
		e.changed = fdb_age_ms(l->now, fdb->changed);
		e.held = fdb_held_ms(&l->s->in.meta, fdb, l->now);
		e.aged = e.vni->ageing && e.age > fdb_age_ms(e.vni->vni.ageing, 0);
	}
	return listing_add(l, &e);
}

static int flood_collect(struct listing *l, const struct session_vni *vni)
{
	__u32 *slots;
	int i, err = 0, n;

	n = instance_flood(&l->s->in, vni->slot, &slots);
	if (n < 0)
		return n;
	for (i = 0; i < n && !err; i++) {
		struct fdb_entry e = { .vni = vni, .type = TYPE_FLOOD, .dev = vni->vx };

		e.vtep = session_vtep(l->s, slots[i]);
		err = listing_add(l, &e);
	}
	free(slots);
	return err;
}

static const struct session_port *port_find(const struct session *s, int ifindex)
{
	__u32 i;

	for (i = 0; i < VTEP_MAX_PORTS; i++)
		if (s->ports[i].ifindex == ifindex)
			return &s->ports[i];
	return NULL;
}

/* With --accel off nothing is learned in BPF: what the kernel learned is what forwards. */
static int learned_collect(struct listing *l, const struct session_vni *vni)
{
	struct kernel_fdb fdb;
	size_t i;
	int err;

	err = kernel_fdb_read(l->s, vni, &fdb);
	if (err)
		return err;
	for (i = 0; i < fdb.n && !err; i++) {
		const struct neigh *n = &fdb.entries[i];
		struct fdb_entry e = { .vni = vni, .type = TYPE_DYNAMIC, .dev = vni->vx };

		memcpy(e.mac, n->mac, sizeof(e.mac));
		if (!kernel_fdb_learned(vni, n))
			continue;
		if (n->has_dst) {
			e.vtep = session_vtep_at(l->s, &n->dst);
		} else {
			e.type = TYPE_LOCAL;
			e.port = port_find(l->s, n->ifindex);
			e.dev = e.port ? e.port->name : "";
		}
		err = listing_add(l, &e);
	}
	free(fdb.entries);
	return err;
}

static int where_compare(const struct fdb_entry *x, const struct fdb_entry *y)
{
	static const struct vtep_addr none;

	if (fdb_types[x->type].remote)
		return memcmp(x->vtep ? &x->vtep->addr : &none, y->vtep ? &y->vtep->addr : &none,
			      sizeof(none));
	return strverscmp(x->dev, y->dev);
}

/* VNI; then local ones by port, remote ones by VTEP, flood entries; then MAC. */
static int entry_compare(const void *a, const void *b)
{
	const struct fdb_entry *x = a, *y = b;
	int order = (x->vni > y->vni) - (x->vni < y->vni);

	if (!order)
		order = fdb_types[x->type].remote - fdb_types[y->type].remote;
	if (!order)
		order = (x->type == TYPE_FLOOD) - (y->type == TYPE_FLOOD);
	if (!order)
		order = where_compare(x, y);
	return order ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

static int listing_collect(struct listing *l)
{
	size_t i;
	int err;

	err = fdb_each(&l->s->in, entry_collect, l);
	for (i = 0; i < l->s->n_vnis && !err; i++)
		err = flood_collect(l, &l->s->vnis[i]);
	for (i = 0; i < l->s->n_vnis && !err && l->s->in.meta.flags & VTEP_META_OFF; i++)
		err = learned_collect(l, &l->s->vnis[i]);
	if (!err && l->n)
		qsort(l->entries, l->n, sizeof(*l->entries), entry_compare);
	return err;
}

/* *n: how many were found. */
static int listing_print(struct session *s, const struct args *args, bool exact, size_t *n)
{
	struct listing l = { .s = s, .args = args, .exact = exact, .now = fdb_tick() };
	int err, code;
	size_t i;

	code = session_vni_arg(s, args, true, &l.only) ?: session_peer_arg(s, args, &l.peer);
	if (code)
		return code;
	err = listing_collect(&l);
	for (i = 0; i < l.n && !err; i++)
		fdb_entry_print(s, &l.entries[i]);
	free(l.entries);
	*n = l.n;
	return err ? session_refused(s, err, "read the fdb of %s", s->in.meta.ifname) : EXIT_DONE;
}

int fdb_show(struct session *s, const struct args *args)
{
	size_t n;

	return session_dev_arg(s, args) ?: listing_print(s, args, false, &n);
}

int fdb_lookup(struct session *s, const struct args *args)
{
	char mac[MAC_STRLEN];
	size_t n;
	int code = listing_print(s, args, true, &n);

	if (code || n)
		return code;
	mac_format(args->mac, mac);
	if (args->given & ARG_VNI)
		error_say("no fdb entry for %s in vni %u", mac, args->vni);
	else
		error_say("no fdb entry for %s", mac);
	error_hint("vtepctl fdb show");
	return EXIT_NOT_FOUND;
}

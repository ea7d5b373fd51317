/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl fdb flush: forgets what was learned, in BPF and in the kernel. Configuration stays. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>

#include "fdb.h"
#include "kernel_fdb.h"
#include "verbs.h"

struct flush {
	struct session *s;
	const struct args *args;
	const struct session_vni *only;	/* NULL: all */
	const struct wg_peer *peer;	/* NULL: all */
	__u32 now;
	struct vtep_fdb_key *keys;	/* deleted, sorted later */
	size_t n;
	size_t deleted;
};

static int key_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vtep_fdb_key));
}

static bool dev_wanted(const struct flush *f, const char *name)
{
	const char *dev = f->args->dev;

	return !dev || !strcmp(dev, name) || !strcmp(dev, f->s->in.meta.ifname);
}

/* By the VTEP that is behind it, NULL: unknown. */
static bool vtep_wanted(const struct flush *f, const struct session_vtep *vtep)
{
	if (f->args->given & ARG_ADDR && !(vtep && addr_equal(&vtep->addr, &f->args->addr)))
		return false;
	return !f->peer || (vtep && vtep->peer == f->peer);
}

static bool mac_wanted(const struct flush *f, const __u8 mac[6])
{
	return !(f->args->given & ARG_MAC) || !memcmp(mac, f->args->mac, sizeof(f->args->mac));
}

static bool learned_wanted(const struct flush *f, const struct vtep_fdb_key *key, const struct vtep_fdb *e)
{
	const struct session_vni *v = session_vni(f->s, key->vni);
	bool remote = e->where.flags & VTEP_FDB_REMOTE;
	const struct session_port *port;

	if (e->where.flags & VTEP_FDB_STATIC_ENTRY || (f->only && v != f->only) || !mac_wanted(f, key->mac))
		return false;
	if (f->args->side == SIDE_HELD && !fdb_held_ms(&f->s->in.meta, e, f->now))
		return false;
	if ((f->args->side == SIDE_LOCAL && remote) || (f->args->side == SIDE_REMOTE && !remote))
		return false;
	if (remote)
		return vtep_wanted(f, session_vtep(f->s, e->where.slot)) && dev_wanted(f, v ? v->vx : "");
	port = session_port(f->s, e->where.slot);
	return !(f->args->given & ARG_ADDR) && !f->peer && dev_wanted(f, port ? port->name : "");
}

static int key_add(struct flush *f, const struct vtep_fdb_key *key)
{
	struct vtep_fdb_key *keys = nl_room(f->keys, f->n, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	f->keys = keys;
	keys[f->n++] = *key;
	return 0;
}

static int learned_flush(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct flush *f = data;
	int err;

	if (!learned_wanted(f, key, e))
		return 0;
	err = key_add(f, key);
	if (err)
		return err;
	err = fdb_del(&f->s->in, key);
	f->deleted += !err;
	return err == -ENOENT ? 0 : err;	/* gone by itself meanwhile */
}

static bool is_listed(const struct flush *f, const struct session_vni *v, const __u8 mac[6])
{
	struct vtep_fdb_key key = { .vni = v->vni.vni };

	memcpy(key.mac, mac, sizeof(key.mac));
	return f->n && bsearch(&key, f->keys, f->n, sizeof(key), key_compare);
}

/* By what it says itself, and the bridge's entries of MACs that are forgotten for their VTEP. */
static bool mirror_wanted(const struct flush *f, const struct session_vni *v, const struct neigh *n)
{
	bool at_vx = n->ifindex == (int)v->vni.vx_ifindex;
	enum side side = f->args->side;
	char name[IFNAMSIZ];

	if (neigh_is_config(n) || !mac_wanted(f, n->mac))
		return false;
	if (at_vx)
		strcpy(name, v->vx);
	else if (!if_indextoname(n->ifindex, name))
		return false;
	if (!dev_wanted(f, name) || (side == SIDE_LOCAL && at_vx) || (side == SIDE_REMOTE && !at_vx))
		return false;
	if (side == SIDE_HELD)
		return is_listed(f, v, n->mac);
	if (n->has_dst)
		return vtep_wanted(f, session_vtep_at(f->s, &n->dst));
	return (!(f->args->given & ARG_ADDR) && !f->peer) || is_listed(f, v, n->mac);
}

/* A MAC may have aged out of BPF and still be in a mirror. */
static int mirror_collect(struct flush *f, const struct session_vni *v,
			  const struct kernel_fdb *fdb)
{
	struct vtep_fdb_key key = { .vni = v->vni.vni };
	size_t i;
	int err = 0;

	for (i = 0; i < fdb->n && !err; i++) {
		if (!fdb->entries[i].has_dst || !mirror_wanted(f, v, &fdb->entries[i]))
			continue;
		memcpy(key.mac, fdb->entries[i].mac, sizeof(key.mac));
		err = key_add(f, &key);
	}
	if (f->n)
		qsort(f->keys, f->n, sizeof(*f->keys), key_compare);
	return err;
}

static int mirror_flush(struct flush *f, const struct session_vni *v)
{
	struct kernel_fdb fdb;
	size_t i;
	int err;

	err = kernel_fdb_read(f->s, v, &fdb);
	if (err)
		return err == -ENODEV ? 0 : err;
	err = mirror_collect(f, v, &fdb);
	for (i = 0; i < fdb.n && !err; i++) {
		if (!mirror_wanted(f, v, &fdb.entries[i]))
			continue;
		err = neigh_del(&f->s->nl, &fdb.entries[i]);
		/* With --accel off this is no mirror but all there is. */
		if (f->s->in.meta.flags & VTEP_META_OFF)
			f->deleted += !err && kernel_fdb_learned(v, &fdb.entries[i]);
		if (err == -ENOENT)
			err = 0;
	}
	free(fdb.entries);
	return err;
}

static int flushed_print(const struct flush *f)
{
	json_t *answer;

	if (!f->s->opt->json) {
		printf("%zu learned %s flushed\n", f->deleted,
		       f->deleted == 1 ? "entry" : "entries");
		return 0;
	}
	answer = json_pack("{sI}", "flushed", (json_int_t)f->deleted);
	if (!answer)
		return -ENOMEM;
	output_json(f->s->opt, answer);
	json_decref(answer);
	return 0;
}

/* What is configured is taken back one by one. */
static int refuse_static(void)
{
	error_say("what is configured is not flushed");
	error_hint("vtepctl fdb del MAC");
	return EXIT_USAGE;
}

int fdb_flush(struct session *s, const struct args *args)
{
	struct flush f = { .s = s, .args = args, .now = fdb_tick() };
	int code, err;
	size_t i;

	if (args->side == SIDE_STATIC)
		return refuse_static();
	code = session_vni_arg(s, args, true, &f.only) ?: session_peer_arg(s, args, &f.peer) ?: session_dev_arg(s, args);
	if (code)
		return code;
	/* BPF first: what it still had, vtepd would mirror into the kernel again. */
	err = fdb_each(&s->in, learned_flush, &f);
	if (f.n)
		qsort(f.keys, f.n, sizeof(*f.keys), key_compare);
	for (i = 0; i < s->n_vnis && !err; i++)
		if (!f.only || f.only == &s->vnis[i])
			err = mirror_flush(&f, &s->vnis[i]);
	free(f.keys);
	if (!err)
		err = flushed_print(&f);
	return err ? session_refused(s, err, "flush the fdb of %s", s->in.meta.ifname) : EXIT_DONE;
}

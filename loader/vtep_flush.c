// SPDX-License-Identifier: GPL-2.0-only
/* BPF first: what it still had would be mirrored into the kernel again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr_list.h"
#include "daemon.h"
#include "fdb.h"
#include "neigh.h"
#include "snapshot.h"
#include "vtep_flush.h"

#define ONE_BY_ONE	8		/* segments: more of them are read by one dump */

/* Of the kernel, at a vxlan device, learned. */
struct entry {
	__u32 vni;
	struct neigh n;
};

struct flush {
	struct daemon *d;
	const bool *flushed;
	struct vtep_addr *vteps;	/* the same, sorted */
	size_t n_vteps;
	const struct segment *s;	/* the one that is read */
	struct vtep_fdb_key *keys;	/* what is forgotten */
	size_t n_keys;
	struct entry *entries;
	size_t n_entries;
};

static int key_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vtep_fdb_key));
}

static int key_add(struct flush *f, const struct vtep_fdb_key *key)
{
	struct vtep_fdb_key *more = nl_room(f->keys, f->n_keys, sizeof(*more));

	if (!more)
		return -ENOMEM;
	f->keys = more;
	more[f->n_keys++] = *key;
	return 0;
}

static void keys_sort(struct flush *f)
{
	size_t i, kept = 0;

	if (f->n_keys)
		qsort(f->keys, f->n_keys, sizeof(*f->keys), key_compare);
	for (i = 0; i < f->n_keys; i++)
		if (!kept || key_compare(&f->keys[kept - 1], &f->keys[i]))
			f->keys[kept++] = f->keys[i];
	f->n_keys = kept;
}

static int take_learned(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct flush *f = data;

	if (!(e->where.flags & VTEP_FDB_REMOTE) || e->where.flags & VTEP_FDB_STATIC_ENTRY ||
	    e->where.slot >= VTEP_MAX_VTEPS || !f->flushed[e->where.slot])
		return 0;
	return fdb_del(&f->d->in, key) ? 0 : key_add(f, key);
}

/* Also MACs that have aged out of BPF, or with --accel off were never there. */
static int take_entry(const struct neigh *n, void *data)
{
	struct flush *f = data;
	struct vtep_fdb_key key = { .vni = f->s->vni };
	struct entry *more;

	if (n->ifindex != f->s->vx.ifindex || neigh_is_config(n) ||
	    (!n->master && !(n->has_dst && addr_list_has(f->vteps, f->n_vteps, &n->dst))))
		return 0;
	more = nl_room(f->entries, f->n_entries, sizeof(*more));
	if (!more)
		return -ENOMEM;
	f->entries = more;
	more[f->n_entries++] = (struct entry){ f->s->vni, *n };
	memcpy(key.mac, n->mac, sizeof(key.mac));
	return n->master ? 0 : key_add(f, &key);
}

/* The bridge does not know VTEPs: what it has at the vxlan device goes by its MAC. */
static void delete_entries(struct flush *f)
{
	struct vtep_fdb_key key = { 0 };
	size_t i;

	for (i = 0; f->n_keys && i < f->n_entries; i++) {
		key.vni = f->entries[i].vni;
		memcpy(key.mac, f->entries[i].n.mac, sizeof(key.mac));
		if (bsearch(&key, f->keys, f->n_keys, sizeof(key), key_compare))
			neigh_del(&f->d->nl, &f->entries[i].n);
	}
}

static int read_kernel(struct flush *f, const bool *segment)
{
	struct snapshot snapshot = {};
	int i, many = 0, err = 0;

	for (i = 0; i < f->d->n_segments; i++)
		many += segment[i];
	if (many > ONE_BY_ONE)
		err = snapshot_take(f->d, &snapshot);
	for (i = 0; i < f->d->n_segments && !err; i++) {
		if (!segment[i])
			continue;
		f->s = &f->d->segments[i];
		err = many > ONE_BY_ONE ? snapshot_each(&snapshot, i, take_entry, f) :
					  neigh_each(&f->d->nl, f->s->vx.ifindex, 0, take_entry, f);
		if (err == -ENODEV)
			err = 0;
	}
	snapshot_free(&snapshot);
	return err;
}

int vtep_flush(struct daemon *d, const bool *flushed, const bool *segment, size_t *n)
{
	struct flush f = { .d = d, .flushed = flushed };
	__u32 slot;
	int err = 0;

	for (slot = 0; slot < VTEP_MAX_VTEPS && !err; slot++)
		if (flushed[slot])
			err = addr_list_add(&f.vteps, &f.n_vteps, &d->vteps[slot].addr);
	f.n_vteps = addr_list_sort(f.vteps, f.n_vteps);
	err = err ?: fdb_each(&d->in, take_learned, &f);
	err = err ?: read_kernel(&f, segment);
	keys_sort(&f);
	delete_entries(&f);
	*n = f.n_keys;
	free(f.vteps);
	free(f.keys);
	free(f.entries);
	return err;
}

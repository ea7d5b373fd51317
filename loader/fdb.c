/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF forwarding database from user space. The programs write it at the same time, so what is
 * counted must be what was really there: an entry is looked up and deleted in one step, and
 * replaced only while it exists.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>

#include "fdb.h"
#include "instance.h"

#define FDB_BATCH	4096

__u32 fdb_tick(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (now.tv_sec * 1000000000ULL + now.tv_nsec) >> VTEP_TICK_SHIFT;
}

__u64 fdb_age_ms(__u32 now, __u32 tick)
{
	__s32 ticks = now - tick;

	return ticks < 0 ? 0 : ((__u64)ticks << VTEP_TICK_SHIFT) / 1000000;
}

__u64 fdb_held_ms(const struct vtep_meta *meta, const struct vtep_fdb *e, __u32 now)
{
	__u32 since = now - e->changed;

	if (!(e->where.flags & VTEP_FDB_HELD) || !meta->hold_window || since >= meta->hold_time)
		return 0;
	return (((__u64)meta->hold_time - since) << VTEP_TICK_SHIFT) / 1000000 + 1;
}

__u32 fdb_ticks(__u32 seconds)
{
	__u64 ticks = (seconds * 1000000000ULL) >> VTEP_TICK_SHIFT;

	return ticks > INT32_MAX ? INT32_MAX : ticks; /* ages are compared as signed differences */
}

struct fdb_batch {
	struct vtep_fdb_key *keys;
	struct vtep_fdb *values;
	__u32 size, n;
};

static void batch_free(struct fdb_batch *b)
{
	free(b->keys);
	free(b->values);
	*b = (struct fdb_batch){ 0 };
}

static int batch_alloc(struct fdb_batch *b, __u32 size)
{
	b->keys = calloc(size, sizeof(*b->keys));
	b->values = calloc(size, sizeof(*b->values));
	b->size = size;
	if (b->keys && b->values)
		return 0;
	batch_free(b);
	return -ENOMEM;
}

/* 0: there is more; -ENOENT: that was the last one. A bucket is never split: -ENOSPC is one larger
 * than the batch. */
static int batch_next(struct fdb_batch *b, int fd, __u32 *at, bool first)
{
	__u32 size;
	int err;

	for (;;) {
		b->n = b->size;
		err = bpf_map_lookup_batch(fd, first ? NULL : at, at, b->keys, b->values, &b->n,
					   NULL);
		if (err != -ENOSPC)
			return err;
		size = b->size * 2;
		batch_free(b);
		err = batch_alloc(b, size);
		if (err)
			return err;
	}
}

int fdb_each(const struct instance *in,
	     int (*cb)(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data),
	     void *data)
{
	struct fdb_batch b;
	bool first = true;
	__u32 at = 0, i;
	int more, err;

	err = batch_alloc(&b, FDB_BATCH);
	if (err)
		return err;
	do {
		more = batch_next(&b, in->fd_fdb, &at, first);
		if (more && more != -ENOENT) {
			err = more;
			break;
		}
		for (i = 0; i < b.n && !err; i++)
			err = cb(&b.keys[i], &b.values[i], data);
		first = false;
	} while (!more && !err);
	batch_free(&b);
	return err;
}

static struct vtep_fdb_key fdb_key(__u32 vni, const __u8 mac[6])
{
	struct vtep_fdb_key key = { .vni = vni };

	memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

int fdb_get(const struct instance *in, __u32 vni, const __u8 mac[6], struct vtep_fdb *out)
{
	struct vtep_fdb_key key = fdb_key(vni, mac);
	struct vtep_fdb e;
	int err = bpf_map_lookup_elem(in->fd_fdb, &key, &e);

	if (!err)
		*out = e;
	return err;
}

void fdb_void(const struct instance *in)
{
	__atomic_fetch_add(&in->gauge->epoch, 1, __ATOMIC_RELEASE);
}

__u32 fdb_holder(const struct vtep_fdb *e)
{
	return e->where.flags & VTEP_FDB_REMOTE ? VTEP_MAX_PORTS + e->member : e->where.slot;
}

__u32 fdb_holder_vni(__u32 vni_slot)
{
	return VTEP_MAX_PORTS + VTEP_MAX_COUNTED + vni_slot;
}

/* One entry more (1) or less (-1) of a learned one, as the programs count them: bpf/quota.h. */
static void count(const struct instance *in, const struct vtep_fdb_key *key, const struct vtep_fdb *e, int n)
{
	struct vtep_holder *holder = &in->holders[fdb_holder(e)], *vni = NULL;
	__s32 before;
	__u32 slot;

	if (e->where.flags & VTEP_FDB_STATIC_ENTRY)
		return;
	if (!instance_vni_slot(in, key->vni, &slot))
		vni = &in->holders[fdb_holder_vni(slot)];
	__atomic_fetch_add(&in->gauge->learned, n, __ATOMIC_RELAXED);
	before = __atomic_fetch_add(&holder->learned, n, __ATOMIC_RELAXED);
	if (vni)
		__atomic_fetch_add(&vni->learned, n, __ATOMIC_RELAXED);
	if (n > 0 ? before : before != 1)
		return;
	__atomic_fetch_add(&in->gauge->holders, n, __ATOMIC_RELAXED);
	if (vni)
		__atomic_fetch_add(&vni->holders, n, __ATOMIC_RELAXED);
}

int fdb_del(const struct instance *in, const struct vtep_fdb_key *key)
{
	struct vtep_fdb e;
	int err;

	if (in->readonly)
		return -EACCES;
	err = bpf_map_lookup_and_delete_elem(in->fd_fdb, key, &e);
	if (!err) {
		count(in, key, &e, -1);
		fdb_void(in);
	}
	return err;
}

int fdb_learn(const struct instance *in, const struct vtep_fdb_key *key, struct vtep_fdb_where where, __u16 member)
{
	__u32 now = fdb_tick();
	struct vtep_fdb e = { .where = where, .seen = now, .changed = now, .member = member };
	int err = bpf_map_update_elem(in->fd_fdb, key, &e, BPF_NOEXIST);

	if (!err) {
		count(in, key, &e, 1);
		fdb_void(in);
	}
	return err;
}

int fdb_set_static(const struct instance *in, const struct vtep_fdb_key *key,
		   struct vtep_fdb_where where)
{
	__u32 now = fdb_tick();
	struct vtep_fdb e = { .where = where, .seen = now, .changed = now }, old;
	int err;

	if (in->readonly)
		return -EACCES;
	e.where.flags |= VTEP_FDB_STATIC_ENTRY;
	/* Learned or deleted between two of these steps: once more. */
	do {
		err = bpf_map_update_elem(in->fd_fdb, key, &e, BPF_NOEXIST);
		if (err != -EEXIST) {
			fdb_void(in);
			return err;
		}
		err = bpf_map_lookup_elem(in->fd_fdb, key, &old);
		if (!err)
			err = bpf_map_update_elem(in->fd_fdb, key, &e, BPF_EXIST);
	} while (err == -ENOENT);
	if (!err)
		count(in, key, &old, -1);
	fdb_void(in);
	return err;
}

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

static void gauge_lower(const struct instance *in, const struct vtep_fdb *e)
{
	if (!(e->where.flags & VTEP_FDB_STATIC_ENTRY))
		__atomic_fetch_sub(&in->gauge->learned, 1, __ATOMIC_RELAXED);
}

int fdb_del(const struct instance *in, const struct vtep_fdb_key *key)
{
	struct vtep_fdb e;
	int err;

	if (in->readonly)
		return -EACCES;
	err = bpf_map_lookup_and_delete_elem(in->fd_fdb, key, &e);
	if (!err) {
		gauge_lower(in, &e);
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
		gauge_lower(in, &old);
	fdb_void(in);
	return err;
}

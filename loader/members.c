// SPDX-License-Identifier: GPL-2.0-only
/* VTEPs, members and flood lists: desired minus running, into the maps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "addr.h"
#include "addr_list.h"
#include "daemon.h"
#include "fdb.h"
#include "liveness.h"
#include "members.h"
#include "remotes.h"

static struct vtep_member_key member_key(const struct segment *s, const struct vtep_addr *addr)
{
	return (struct vtep_member_key){ .vni = s->vni, .addr = *addr };
}

static int member_get(struct daemon *d, struct segment *s, const struct vtep_addr *addr, struct vtep_member *m)
{
	struct vtep_member_key key = member_key(s, addr);

	return bpf_map_lookup_elem(d->in.fd_members, &key, m) ? -ENOENT : 0;
}

int members_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 *flags)
{
	struct vtep_member m;
	int err = member_get(d, s, addr, &m);

	if (!err)
		*flags = m.flags;
	return err;
}

static int change_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 set, __u32 clear)
{
	struct vtep_member_key key = member_key(s, addr);
	struct vtep_member m;
	int err = member_get(d, s, addr, &m);

	if (err)
		return err;
	m.flags = (m.flags | set) & ~clear;
	return bpf_map_update_elem(d->in.fd_members, &key, &m, BPF_EXIST) ? -errno : 0;
}

int members_add_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 flags)
{
	return change_flags(d, s, addr, flags, 0);
}

int members_clear_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 flags)
{
	return change_flags(d, s, addr, 0, flags);
}

int members_slot(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 *slot)
{
	struct vtep_member m;
	int err = member_get(d, s, addr, &m);

	if (!err)
		*slot = m.vtep;
	return err;
}

#define SHARED	(VTEP_MAX_COUNTED - 1)	/* holder of members beyond those that can be counted each */

/* Of its [Peer]: learned entries of this VTEP at most. */
static __u32 member_limit(const struct daemon *d, const struct vtep_addr *addr)
{
	const struct remote *r = d->n_remotes ? bsearch(addr, d->remotes, d->n_remotes, sizeof(*r), addr_list_compare) : NULL;

	return r && r->peer >= 0 ? d->model.wg.peers[r->peer].max_macs : 0;
}

static int holder_used(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	struct daemon *d = data;

	(void)key;
	d->holder_used[m->holder % VTEP_MAX_COUNTED] = true;
	return 0;
}

/* In turn, as slots are: one just freed rests before it counts for another. */
static int holder_take(struct daemon *d, __u32 *holder)
{
	__u32 i, at;
	int err;

	if (!d->holder_used) {
		d->holder_used = calloc(VTEP_MAX_COUNTED, sizeof(*d->holder_used));
		err = d->holder_used ? instance_each_member(&d->in, holder_used, d) : -ENOMEM;
		if (err)
			return err;
	}
	for (i = 0; i < SHARED && !d->holders_full; i++) {
		at = (d->next_holder + i) % SHARED;
		if (d->holder_used[at])
			continue;
		d->holder_used[at] = true;
		d->next_holder = (at + 1) % SHARED;
		d->in.holders[VTEP_MAX_PORTS + at] = (struct vtep_holder){};
		*holder = at;
		return 0;
	}
	d->holders_full = true;
	*holder = SHARED;
	return 0;
}

static void limit_set(struct daemon *d, const struct vtep_member *m, const struct vtep_addr *addr)
{
	if (m->holder < SHARED)
		d->in.holders[VTEP_MAX_PORTS + m->holder].limit = member_limit(d, addr);
}

static int member_add(struct daemon *d, struct segment *s, const struct vtep_addr *addr)
{
	struct vtep_member_key key = member_key(s, addr);
	struct vtep_member m = { .vni_slot = s->slot }, old;
	int err = remotes_slot(d, addr, &m.vtep) ?: holder_take(d, &m.holder);

	if (err)
		return err;
	limit_set(d, &m, addr);
	err = bpf_map_update_elem(d->in.fd_members, &key, &m, BPF_NOEXIST);
	if (!err) {
		remotes_hold(d, m.vtep);
		return 0;
	}
	d->holder_used[m.holder] = false;
	if (err != -EEXIST || member_get(d, s, addr, &old))
		return err;
	m.holder = old.holder;
	return bpf_map_update_elem(d->in.fd_members, &key, &m, BPF_EXIST);
}

void members_limit(struct daemon *d, struct segment *s)
{
	struct vtep_member m;
	size_t i;

	for (i = 0; i < s->n_members; i++)
		if (!member_get(d, s, &s->members[i], &m))
			limit_set(d, &m, &s->members[i]);
}

struct flush {
	struct daemon *d;
	__u32 vni;
	struct vtep_fdb_where where;
};

static int flush_one(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct flush *f = data;

	if (key->vni == f->vni && e->where.slot == f->where.slot &&
	    (e->where.flags & ~VTEP_FDB_HELD) == f->where.flags)
		fdb_del(&f->d->in, key);
	return 0;
}

int members_flush(struct daemon *d, struct segment *s, struct vtep_fdb_where where)
{
	struct flush f = { .d = d, .vni = s->vni, .where = where };

	return fdb_each(&d->in, flush_one, &f);
}

/* Its learned MACs are gone already if `flushed`. */
static int member_del(struct daemon *d, struct segment *s, const struct vtep_addr *addr, bool flushed)
{
	struct vtep_member_key key = member_key(s, addr);
	struct vtep_member m;
	int err = member_get(d, s, addr, &m);

	if (err)
		return 0;
	err = bpf_map_delete_elem(d->in.fd_members, &key);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (!flushed)
		err = members_flush(d, s, (struct vtep_fdb_where){ .slot = m.vtep, .flags = VTEP_FDB_REMOTE });
	if (d->holder_used)
		d->holder_used[m.holder % VTEP_MAX_COUNTED] = d->holders_full = false;
	remotes_release(d, m.vtep);
	return err;
}

static int flush_vni(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct flush *f = data;

	(void)e;
	if (key->vni == f->vni)
		fdb_del(&f->d->in, key);
	return 0;
}

void members_clear(struct daemon *d, struct segment *s)
{
	struct flush f = { .d = d, .vni = s->vni };
	size_t i;

	for (i = 0; i < s->n_members; i++)
		member_del(d, s, &s->members[i], true);
	s->n_members = 0;
	fdb_void(&d->in);
	fdb_each(&d->in, flush_vni, &f);
}

static int take_member(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	struct segment *s = data;
	struct vtep_addr *grown;

	(void)m;
	if (key->vni != s->vni)
		return 0;
	grown = realloc(s->members, (s->n_members + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->members = grown;
	grown[s->n_members++] = key->addr;
	return 0;
}

int members_read(struct daemon *d, struct segment *s)
{
	int err;

	s->n_members = 0;
	err = instance_each_member(&d->in, take_member, s);
	if (s->n_members)
		qsort(s->members, s->n_members, sizeof(*s->members), addr_list_compare);
	return err;
}

int members_set(struct daemon *d, struct segment *s, const struct vtep_addr *want, size_t n)
{
	struct vtep_addr *copy = malloc((n ?: 1) * sizeof(*copy));
	size_t i;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++)
		if (!addr_list_has(s->members, s->n_members, &want[i]))
			err = member_add(d, s, &want[i]);
	for (i = 0; i < s->n_members && !err; i++)
		if (!addr_list_has(want, n, &s->members[i]))
			err = member_del(d, s, &s->members[i], false);
	if (err) {
		free(copy);
		members_read(d, s);
		return err;
	}
	fdb_void(&d->in);
	if (n)
		memcpy(copy, want, n * sizeof(*copy));
	free(s->members);
	s->members = copy;
	s->n_members = n;
	return 0;
}

static int flood_replace(struct daemon *d, struct segment *s, const __u32 *slots, size_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	__u32 i, value;
	int fd, err = 0;

	if (!n)
		return bpf_map_delete_elem(d->in.fd_flood, &s->slot) && errno != ENOENT ? -errno : 0;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "flood_list", sizeof(__u32), sizeof(__u32), n + 1, &opts);
	if (fd < 0)
		return fd;
	for (i = 0; i <= n && !err; i++) {
		value = i ? slots[i - 1] : n;
		err = bpf_map_update_elem(fd, &i, &value, BPF_ANY);
	}
	err = err ?: bpf_map_update_elem(d->in.fd_flood, &s->slot, &fd, BPF_ANY);
	close(fd);
	return err;
}

int members_set_flood(struct daemon *d, struct segment *s, const struct vtep_addr *want, size_t n)
{
	__u32 *slots = calloc(n ?: 1, sizeof(*slots));
	size_t i, used = 0;
	int err;

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < n && used < VTEP_MAX_FLOOD; i++)
		if (!members_slot(d, s, &want[i], &slots[used]) && !liveness_dead(d, slots[used]))
			used++;
	if (s->synced && used == s->n_flood && (!used || !memcmp(slots, s->flood, used * sizeof(*slots)))) {
		free(slots);
		return 0;
	}
	err = flood_replace(d, s, slots, used);
	if (err) {
		free(slots);
		return err;
	}
	free(s->flood);
	s->flood = slots;
	s->n_flood = used;
	return 0;
}

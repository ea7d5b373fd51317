// SPDX-License-Identifier: GPL-2.0-only
/* Kernel FDBs -> BPF maps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include "addr.h"
#include "addr_list.h"
#include "daemon.h"
#include "datapath.h"
#include "fdb.h"
#include "log.h"
#include "members.h"
#include "model_peer.h"
#include "neigh.h"
#include "ports.h"
#include "predecessor.h"
#include "remotes.h"
#include "snapshot.h"
#include "sync.h"

#define ONE_BY_ONE	8		/* segments: more of them are read by one dump */

/* What the kernel's FDBs say. */
struct wanted {
	struct daemon *d;
	struct segment *s;
	struct vtep_addr *config;		/* VTEPs that the configuration puts into this VNI, sorted */
	struct vtep_addr *flood, *vteps, *seeded;
	size_t n_config, n_flood, n_vteps, n_seeded;
	struct segment_static *statics;
	struct vtep_addr *static_dst;		/* of each static: zero for local ones */
	size_t n_statics;
	int err;
};

static int add_addr(struct wanted *w, struct vtep_addr **list, size_t *n, const struct vtep_addr *addr)
{
	int err = addr_list_add(list, n, addr);

	if (err)
		w->err = err;
	return err;
}

static int add_static(struct wanted *w, const uint8_t mac[6], struct vtep_fdb_where where, const struct vtep_addr *dst)
{
	struct segment_static st = { .key = { .vni = w->s->vni }, .where = where };
	struct segment_static *grown;
	struct vtep_addr zero = {};

	grown = nl_room(w->statics, w->n_statics, sizeof(*grown));
	if (!grown)
		return w->err = -ENOMEM;
	w->statics = grown;
	if (add_addr(w, &w->static_dst, &w->n_statics, dst ?: &zero))
		return w->err;
	memcpy(st.key.mac, mac, sizeof(st.key.mac));
	grown[w->n_statics - 1] = st;
	return 0;
}

static bool mac_is_zero(const uint8_t mac[6])
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* The vxlan device's own FDB. IPv6 destinations wait until their VTEPs can be sent to. */
static int take_self(const struct neigh *n, void *data)
{
	struct vtep_fdb_where where = { .slot = VTEP_NO_SLOT, .flags = VTEP_FDB_REMOTE };
	struct wanted *w = data;

	if (n->ifindex != w->s->vx.ifindex || n->master || !n->has_dst || !neigh_is_config(n) || !addr_is4(&n->dst) || !addr_is_unicast(&n->dst) ||
	    (n->vni && n->vni != w->s->vni))
		return 0;
	if (add_addr(w, &w->vteps, &w->n_vteps, &n->dst))
		return w->err;
	if (mac_is_zero(n->mac))
		return add_addr(w, &w->flood, &w->n_flood, &n->dst);
	return n->mac[0] & 1 ? 0 : add_static(w, n->mac, where, &n->dst);
}

static bool has_static(const struct wanted *w, const uint8_t mac[6])
{
	size_t i;

	for (i = 0; i < w->n_statics; i++)
		if (!memcmp(w->statics[i].key.mac, mac, sizeof(w->statics[i].key.mac)))
			return true;
	return false;
}

/*
 * The bridge's FDB: this host's own addresses (permanent, on whatever device), and those configured
 * on ports. A sticky one at the vxlan device is behind some VTEP, which one is for its own FDB to say.
 */
static int take_bridge(const struct neigh *n, void *data)
{
	struct vtep_fdb_where where = { .slot = VTEP_NO_SLOT };
	struct wanted *w = data;

	if (n->master != w->s->br.ifindex || n->mac[0] & 1 || !neigh_is_config(n) ||
	    (w->s->vlan && n->vlan != w->s->vlan))
		return 0;
	if (n->ifindex == w->s->vx.ifindex && n->flags & NTF_STICKY) {
		where.flags = VTEP_FDB_REMOTE;
		return has_static(w, n->mac) ? 0 : add_static(w, n->mac, where, NULL);
	}
	if (!(n->state & NUD_PERMANENT) && (n->ifindex == w->s->vx.ifindex ||
					    ports_slot(w->d, n->ifindex, &where.slot)))
		return 0;
	return add_static(w, n->mac, where, NULL);
}

int sync_compare_statics(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vtep_fdb_key));
}

/* Those of peers that are in this VNI, and those that its Flood = names. */
static int collect_config(struct wanted *w)
{
	const struct model_vni *vni = w->s->want;
	const struct daemon *d = w->d;
	size_t i;

	for (i = 0; i < d->n_remotes && !w->err; i++) {
		const struct remote *r = &d->remotes[i];

		if (r->peer < 0 || model_peer_in(&d->model.wg.peers[r->peer], vni->vni))
			add_addr(w, &w->config, &w->n_config, &r->addr);
	}
	for (i = 0; vni->flood_given && i < vni->n_flood && !w->err; i++)
		if (!addr_equal(&vni->flood[i], &d->local))
			add_addr(w, &w->config, &w->n_config, &vni->flood[i]);
	w->n_config = addr_list_sort(w->config, w->n_config);
	return w->err;
}

/* Did somebody name VTEPs, or are they only what AllowedIPs suggest? */
static bool is_named(const struct daemon *d, const struct segment *s)
{
	size_t i;

	if (d->model.n_remotes || s->want->flood_given)
		return true;
	for (i = 0; i < d->model.wg.n_peers; i++)
		if (d->model.wg.peers[i].n_vteps || d->model.wg.peers[i].vnis_given)
			return true;
	return false;
}

/*
 * VTEPs of the configuration that this segment is to be seeded with: all, unless the device came
 * with a flood list of its own and none were named.
 */
static size_t config_remotes(struct daemon *d, struct segment *s, const struct wanted *w)
{
	__u32 flags;
	size_t i;

	if (is_named(d, s) || !(s->flags & VTEP_VNI_ADOPTED) || !w->n_flood)
		return w->n_config;
	for (i = 0; i < w->n_config; i++)
		if (!members_flags(d, s, &w->config[i], &flags) && (flags & VTEP_MEMBER_SEEDED))
			return w->n_config;
	return 0;
}

/*
 * Just as people write it, or their `bridge fdb del` would not find it: the kernel compares port,
 * VNI and `via` too.
 */
static struct neigh flood_entry(const struct segment *s, const struct vtep_addr *dst)
{
	return (struct neigh){ .ifindex = s->vx.ifindex, .state = NUD_PERMANENT, .flags = NTF_SELF,
			       .has_dst = true, .dst = *dst };
}

/* One remote of the configuration: into the kernel's flood list, once. Members exist already. */
static int seed(struct daemon *d, struct segment *s, struct wanted *w, const struct vtep_addr *addr)
{
	struct neigh n = flood_entry(s, addr);
	__u32 flags = 0;
	int err;

	members_flags(d, s, addr, &flags);
	if (flags & VTEP_MEMBER_SEEDED)
		return 0;
	flags = VTEP_MEMBER_SEEDED;
	if (!addr_list_has(w->flood, w->n_flood, addr)) {
		err = neigh_set(&d->nl, &n, NLM_F_CREATE | NLM_F_APPEND);
		if (err)
			return err;
		flags |= VTEP_MEMBER_OURS;
		err = add_addr(w, &w->seeded, &w->n_seeded, addr);
		if (err)
			return err;
	}
	return members_add_flags(d, s, addr, flags);
}

/*
 * Flood entries that were seeded for a VTEP which the configuration has left out since: they go
 * before the kernel's FDB is read, or it would be taken for a member.
 */
static void unseed(struct wanted *w)
{
	struct segment *s = w->s;
	struct neigh n;
	__u32 flags;
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		if ((addr_list_has(w->config, w->n_config, &s->members[i]) && model_vni_floods(s->want, &s->members[i])) ||
		    members_flags(w->d, s, &s->members[i], &flags) || !(flags & VTEP_MEMBER_SEEDED))
			continue;
		n = flood_entry(s, &s->members[i]);
		if (flags & VTEP_MEMBER_OURS)
			neigh_del(&w->d->nl, &n);
		members_clear_flags(w->d, s, &s->members[i], VTEP_MEMBER_SEEDED | VTEP_MEMBER_OURS);
	}
}

static int apply_members(struct wanted *w)
{
	struct segment *s = w->s;
	struct daemon *d = w->d;
	size_t i, n = config_remotes(d, s, w);
	int err = 0;

	for (i = 0; i < n; i++)
		if (add_addr(w, &w->vteps, &w->n_vteps, &w->config[i]))
			return w->err;
	w->n_vteps = addr_list_sort(w->vteps, w->n_vteps);
	w->n_flood = addr_list_sort(w->flood, w->n_flood);
	err = members_set(d, s, w->vteps, w->n_vteps);
	if (!s->synced)
		members_limit(d, s);
	for (i = 0; i < n && !err; i++)
		err = model_vni_floods(s->want, &w->config[i]) ? seed(d, s, w, &w->config[i]) : 0;
	for (i = 0; i < w->n_seeded && !err; i++)
		err = add_addr(w, &w->flood, &w->n_flood, &w->seeded[i]);
	w->n_flood = addr_list_sort(w->flood, w->n_flood);
	return err ?: members_set_flood(d, s, w->flood, w->n_flood);
}

/* Statics get their VTEP's slot now that every VTEP has one; two entries of a MAC: the first. */
static void resolve_statics(struct wanted *w)
{
	size_t i, kept = 0;

	for (i = 0; i < w->n_statics; i++) {
		struct segment_static st = w->statics[i];

		if ((st.where.flags & VTEP_FDB_REMOTE) && !addr_is_zero(&w->static_dst[i]) &&
		    members_slot(w->d, w->s, &w->static_dst[i], &st.where.slot))
			continue;
		st.where.flags |= VTEP_FDB_STATIC_ENTRY;
		w->statics[kept++] = st;
	}
	if (kept)
		qsort(w->statics, kept, sizeof(*w->statics), sync_compare_statics);
	w->n_statics = 0;
	for (i = 0; i < kept; i++)
		if (!w->n_statics || sync_compare_statics(&w->statics[w->n_statics - 1], &w->statics[i]))
			w->statics[w->n_statics++] = w->statics[i];
}

static const struct segment_static *find_static(const struct segment_static *list, size_t n,
						const struct vtep_fdb_key *key)
{
	return n ? bsearch(key, list, n, sizeof(*list), sync_compare_statics) : NULL;
}

bool sync_has_static(const struct segment *s, const __u8 mac[6])
{
	struct vtep_fdb_key key = { .vni = s->vni };

	memcpy(key.mac, mac, sizeof(key.mac));
	return find_static(s->statics, s->n_statics, &key);
}

static int apply_statics(struct wanted *w)
{
	const struct segment_static *old;
	struct segment *s = w->s;
	size_t i;
	int err = 0;

	resolve_statics(w);
	for (i = 0; i < s->n_statics; i++)
		if (!find_static(w->statics, w->n_statics, &s->statics[i].key))
			fdb_del(&w->d->in, &s->statics[i].key);
	for (i = 0; i < w->n_statics; i++) {
		old = find_static(s->statics, s->n_statics, &w->statics[i].key);
		if (old && !memcmp(&old->where, &w->statics[i].where, sizeof(old->where)))
			continue;
		err = fdb_set_static(&w->d->in, &w->statics[i].key, w->statics[i].where);
		if (err)
			break;
	}
	if (err == -E2BIG)
		log_warning("vni %u: no room for more static MACs: the rest is left to the kernel's vxlan", s->vni);
	free(s->statics);
	s->statics = w->statics;
	s->n_statics = i;			/* a rest that failed is tried again */
	w->statics = NULL;
	return err == -E2BIG ? 0 : err;
}

/* What the kernel's vxlan would send must go into the tunnel, every VTEP's. */
int sync_routes(struct daemon *d, struct segment *s)
{
	bool routed = true;
	int err = 0;
	size_t i;

	for (i = 0; i < s->n_members && routed && !err; i++)
		err = remotes_routed(d, &s->members[i], &routed);
	if (err || routed == !!(s->flags & VTEP_VNI_ROUTED))
		return err;
	s->flags ^= VTEP_VNI_ROUTED;
	return datapath_set_segment(d, s);
}

static int read_kernel(struct wanted *w, const struct snapshot *snapshot)
{
	struct segment *s = w->s;
	struct nl *nl = &w->d->nl;

	if (snapshot)
		return snapshot_each(snapshot, s - w->d->segments, take_self, w) ?:
		       snapshot_each(snapshot, s - w->d->segments, take_bridge, w);
	return neigh_each(nl, s->vx.ifindex, 0, take_self, w) ?: neigh_each(nl, 0, s->br.ifindex, take_bridge, w);
}

static int sync_one(struct daemon *d, struct segment *s, const struct snapshot *snapshot)
{
	struct wanted w = { .d = d, .s = s };
	int err = s->synced || s->found ? 0 : predecessor_read(d);

	s->dirty = false;
	err = err ?: collect_config(&w);
	if (!err)
		unseed(&w);
	err = err ?: read_kernel(&w, snapshot);
	err = err ?: apply_members(&w);
	err = err ?: sync_routes(d, s);
	err = err ?: apply_statics(&w);
	if (!err) {
		s->synced = true;
		s->found = false;
	}
	free(w.config);
	free(w.flood);
	free(w.vteps);
	free(w.seeded);
	free(w.statics);
	free(w.static_dst);
	return err;
}

int sync_segment(struct daemon *d, struct segment *s)
{
	return sync_one(d, s, NULL);
}

int sync_dirty(struct daemon *d)
{
	struct snapshot snapshot = {};
	int i, err = 0, n = 0;

	for (i = 0; i < d->n_segments; i++)
		n += d->segments[i].dirty && !d->segments[i].lost;
	if (n > ONE_BY_ONE)
		err = snapshot_take(d, &snapshot);
	for (i = 0; i < d->n_segments && !err; i++)
		if (d->segments[i].dirty && !d->segments[i].lost) {
			err = sync_one(d, &d->segments[i], n > ONE_BY_ONE ? &snapshot : NULL);
			d->segments[i].dirty = err;
		}
	snapshot_free(&snapshot);
	return err;
}

void sync_undo(struct daemon *d, struct segment *s)
{
	struct neigh n;
	__u32 flags;
	size_t i;

	for (i = 0; (s->flags & VTEP_VNI_ADOPTED) && i < s->n_members; i++)
		if (!members_flags(d, s, &s->members[i], &flags) && (flags & VTEP_MEMBER_OURS)) {
			n = flood_entry(s, &s->members[i]);
			neigh_del(&d->nl, &n);
		}
}

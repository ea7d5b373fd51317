// SPDX-License-Identifier: GPL-2.0-only
/* BPF's FDB -> the kernel's FDBs. */
#include <string.h>
#include <time.h>
#include <linux/neighbour.h>
#include "addr.h"
#include "daemon.h"
#include "fdb.h"
#include "log.h"
#include "mirror.h"
#include "neigh.h"

/*
 * True while this second's share of kernel updates lasts, and while nothing is known to have
 * changed in the kernel's FDBs: writing a learned entry over one that an operator has just
 * configured would undo that.
 */
static bool mirror_allowed(const struct segment *s)
{
	static time_t second;
	static unsigned int used;
	struct timespec now;

	if (s->dirty)
		return false;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec != second) {
		second = now.tv_sec;
		used = 0;
	}
	return used++ < MIRROR_BURST;
}

/* The entry of the vxlan device's FDB for a MAC behind a VTEP. False: the VTEP is gone. */
static bool vxlan_entry(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key,
			struct vtep_fdb_where where, struct neigh *n)
{
	struct vtep_remote r;

	if (instance_vtep(&d->in, where.slot, &r) || !r.ifindex)
		return false;
	*n = (struct neigh){ .ifindex = s->vx.ifindex, .state = NUD_REACHABLE, .flags = NTF_SELF,
			     .has_dst = true, .dst = r.addr };
	memcpy(n->mac, key->mac, sizeof(n->mac));
	return true;
}

/* NTF_USE: to the FDB it is as if a frame had come from there. */
static void vxlan_use(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where)
{
	struct neigh n;

	if (!vxlan_entry(d, s, key, where, &n))
		return;
	n.flags |= NTF_USE;
	neigh_set(&d->nl, &n, NLM_F_CREATE | NLM_F_REPLACE);
}

static void bridge_use(struct daemon *d, const struct vtep_fdb_key *key, int ifindex)
{
	struct neigh n = { .ifindex = ifindex, .state = NUD_REACHABLE, .flags = NTF_MASTER | NTF_USE };

	memcpy(n.mac, key->mac, sizeof(n.mac));
	neigh_set(&d->nl, &n, NLM_F_CREATE | NLM_F_REPLACE);
}

void mirror_refresh(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where)
{
	struct vtep_port p;

	if (!mirror_allowed(s))
		return;
	if (!(where.flags & VTEP_FDB_REMOTE)) {
		/* A locked port's entries are its operator's: not to be made again. */
		if (!instance_port(&d->in, where.slot, &p) && p.ifindex && !(p.flags & VTEP_PORT_LOCKED))
			bridge_use(d, key, p.ifindex);
	} else if (s->mirrored < MIRROR_MAX) {
		s->mirrored++;
		vxlan_use(d, s, key, where);
		bridge_use(d, key, s->vx.ifindex);
	}
}

void mirror_remove(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where)
{
	struct neigh n;

	if ((where.flags & VTEP_FDB_REMOTE) && vxlan_entry(d, s, key, where, &n))
		neigh_del(&d->nl, &n);
}

static void say_move(const struct segment *s, const struct vtep_event *event)
{
	char mac[MAC_STRLEN];

	log_info("vni %u: %s moved %s%s", s->vni, mac_format(event->key.mac, mac),
		 event->from.flags & VTEP_FDB_REMOTE ? "from a remote VTEP" : "from a local port",
		 event->to.flags & VTEP_FDB_REMOTE ? " to a remote VTEP" : " to a local port");
}

/* The bridge has seen the frame itself: the programs show it each new or moved source once. */
int mirror_event(void *ctx, void *data, size_t size)
{
	const struct vtep_event *event = data;
	struct daemon *d = ctx;
	struct segment *s;

	if (size < sizeof(*event))
		return 0;
	s = daemon_segment_by_vni(d, event->key.vni);
	if (!s)
		return 0;
	if (event->type == VTEP_EVENT_MOVED)
		say_move(s, event);
	if (!mirror_allowed(s))
		return 0;
	if (event->to.flags & VTEP_FDB_REMOTE) {
		if (s->mirrored >= MIRROR_MAX)
			return 0;
		s->mirrored += event->type == VTEP_EVENT_LEARNED;
		vxlan_use(d, s, &event->key, event->to);
	} else if (event->type == VTEP_EVENT_MOVED) {
		mirror_remove(d, s, &event->key, event->from);
	}
	return 0;
}

/*
 * What ages there is stale, and may be alive here. What goes from the bridge before its time was flushed, as in
 * a topology change: a MAC behind the tunnel may have come to a port.
 */
void mirror_forget(struct daemon *d, struct segment *s, const struct neigh *n)
{
	struct vtep_fdb_key key = { .vni = s->vni };
	struct vtep_remote r;
	struct vtep_fdb e;
	struct vtep_port p;
	bool same;

	if (n->state & NUD_STALE)
		return;
	memcpy(key.mac, n->mac, sizeof(key.mac));
	if (fdb_get(&d->in, key.vni, key.mac, &e) || (e.where.flags & VTEP_FDB_STATIC_ENTRY))
		return;
	if ((e.where.flags & VTEP_FDB_REMOTE) && n->master)
		same = n->ifindex == s->vx.ifindex;
	else if (e.where.flags & VTEP_FDB_REMOTE)
		same = n->has_dst && !instance_vtep(&d->in, e.where.slot, &r) && addr_equal(&r.addr, &n->dst);
	else
		same = n->master && !instance_port(&d->in, e.where.slot, &p) && p.ifindex == (__u32)n->ifindex;
	if (same && !fdb_del(&d->in, &key) && n->master)
		mirror_remove(d, s, &key, e.where);
}

// SPDX-License-Identifier: GPL-2.0-only
/* BPF's FDB -> the kernel's FDBs. */
#include <string.h>
#include <time.h>
#include <net/if.h>
#include <linux/neighbour.h>
#include "addr.h"
#include "daemon.h"
#include "fdb.h"
#include "log.h"
#include "mirror.h"
#include "neigh.h"
#include "nl.h"
#include "quota.h"
#include "ports.h"

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
	neigh_queue(&d->nl, &n, NLM_F_CREATE | NLM_F_REPLACE);
}

/* A bridge that counts what it learns learns it itself (VTEP_VNI_SHOWN): entries of ours it would not count. */
static void bridge_use(struct daemon *d, const struct segment *s, const struct vtep_fdb_key *key, int ifindex)
{
	struct neigh n = { .ifindex = ifindex, .vlan = s->vlan, .state = NUD_REACHABLE, .flags = NTF_MASTER | NTF_USE };

	if (s->br.br_max_learned)
		return;
	memcpy(n.mac, key->mac, sizeof(n.mac));
	neigh_queue(&d->nl, &n, NLM_F_CREATE | NLM_F_REPLACE);
}

void mirror_refresh(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where)
{
	struct vtep_port p;

	if (!mirror_allowed(s))
		return;
	if (!(where.flags & VTEP_FDB_REMOTE)) {
		/* A locked port's entries are its operator's: not to be made again. */
		if (!instance_port(&d->in, where.slot, &p) && p.ifindex && !(p.flags & VTEP_PORT_LOCKED))
			bridge_use(d, s, key, p.ifindex);
	} else if (s->mirrored < MIRROR_MAX) {
		s->mirrored++;
		vxlan_use(d, s, key, where);
		bridge_use(d, s, key, s->vx.ifindex);
	}
}

/* An entry that vtepd has removed, so that its notification is not taken for an operator's delete. */
struct mirror_own {
	__u32 vni;
	__u8 mac[6];
	bool heard;
	struct vtep_addr dst;		/* zero: whichever it had */
};

static void own_add(struct daemon *d, __u32 vni, const struct neigh *n)
{
	struct mirror_own *more = nl_room(d->own, d->n_own, sizeof(*more));

	if (!more)
		return;
	d->own = more;
	more[d->n_own] = (struct mirror_own){ .vni = vni, .dst = n->dst };
	memcpy(more[d->n_own++].mac, n->mac, sizeof(more->mac));
}

/* Notifications come in the order of the removals: mostly it is the first. */
static bool own_take(struct daemon *d, __u32 vni, const struct neigh *n)
{
	size_t i;

	for (i = d->first_own; i < d->n_own; i++) {
		struct mirror_own *own = &d->own[i];

		if (own->heard || own->vni != vni || memcmp(own->mac, n->mac, sizeof(own->mac)) ||
		    !(addr_is_zero(&own->dst) || addr_equal(&own->dst, &n->dst)))
			continue;
		own->heard = true;
		while (d->first_own < d->n_own && d->own[d->first_own].heard)
			d->first_own++;
		return true;
	}
	return false;
}

/* The kernel queues a notification before it answers the request: none is still to come. */
void mirror_heard(struct daemon *d)
{
	d->n_own = d->first_own = 0;
}

void mirror_remove(struct daemon *d, struct segment *s, const struct vtep_fdb_key *key, struct vtep_fdb_where where)
{
	struct neigh n;

	if ((where.flags & VTEP_FDB_REMOTE) && vxlan_entry(d, s, key, where, &n) && !neigh_del(&d->nl, &n))
		own_add(d, s->vni, &n);
}

/* "172.16.0.2", "vnet0" */
static const char *place(struct daemon *d, struct vtep_fdb_where where, char text[ADDR_STRLEN])
{
	struct vtep_remote r;
	struct vtep_port p;

	if (where.flags & VTEP_FDB_REMOTE)
		return instance_vtep(&d->in, where.slot, &r) ? "a VTEP that is gone" : addr_format(&r.addr, text);
	if (instance_port(&d->in, where.slot, &p) || !p.ifindex || !if_indextoname(p.ifindex, text))
		return "a port that is gone";
	return text;
}

/* Each MAC that is held down is said once a hold: the programs tell no more of it until then. */
static void say_move(struct daemon *d, const struct segment *s, const struct vtep_event *event)
{
	char mac[MAC_STRLEN], from[ADDR_STRLEN], to[ADDR_STRLEN];
	const struct model_hold *hold = &d->model.hold;

	mac_format(event->key.mac, mac);
	if (event->type == VTEP_EVENT_MOVED) {
		log_info("vni %u: %s moved from %s to %s", s->vni, mac, place(d, event->from, from),
			 place(d, event->to, to));
		return;
	}
	log_warning("vni %u: %s has moved %u times within %u s, now to %s: held at %s for %u s", s->vni, mac,
		    hold->moves, hold->window, place(d, event->from, from), place(d, event->to, to), hold->time);
	log_hint("a loop, or two hosts with one address; when mended: vtepctl fdb del %s vni %u", mac, s->vni);
}

/* It may be anywhere in the kernel's FDBs: there it is where the last frame but one came from. */
static void mirror_held(struct daemon *d, struct segment *s, const struct vtep_event *event)
{
	struct neigh n = { .ifindex = s->vx.ifindex, .state = NUD_REACHABLE, .flags = NTF_SELF };
	struct vtep_port p;

	if (event->to.flags & VTEP_FDB_REMOTE) {
		vxlan_use(d, s, &event->key, event->to);
		bridge_use(d, s, &event->key, s->vx.ifindex);
		return;
	}
	memcpy(n.mac, event->key.mac, sizeof(n.mac));
	if (!neigh_del(&d->nl, &n))
		own_add(d, s->vni, &n);
	if (!instance_port(&d->in, event->to.slot, &p) && p.ifindex)
		bridge_use(d, s, &event->key, p.ifindex);
}

/* The bridge has seen the frame itself: the programs show it each new or moved source once. */
static void mirror_learned(struct daemon *d, struct segment *s, const struct vtep_event *event)
{
	if (event->to.flags & VTEP_FDB_REMOTE) {
		if (s->mirrored >= MIRROR_MAX)
			return;
		s->mirrored += event->type == VTEP_EVENT_LEARNED;
		vxlan_use(d, s, &event->key, event->to);
	} else if (event->type == VTEP_EVENT_MOVED) {
		mirror_remove(d, s, &event->key, event->from);
	}
}

int mirror_event(void *ctx, void *data, size_t size)
{
	const struct vtep_event *told = data;
	struct vtep_event event;
	struct daemon *d = ctx;
	struct segment *s;

	if (size < sizeof(event))
		return 0;
	event = *told;
	s = daemon_segment_by_vni(d, event.key.vni);
	if (!s)
		return 0;
	if (event.type == VTEP_EVENT_REFUSED) {
		if (!quota_make_room(d, s, &event))
			return 0;
		event.type = VTEP_EVENT_LEARNED;
	}
	if (event.type != VTEP_EVENT_LEARNED)
		say_move(d, s, &event);
	if (!mirror_allowed(s))
		return 0;
	if (event.type == VTEP_EVENT_HELD)
		mirror_held(d, s, &event);
	else
		mirror_learned(d, s, &event);
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

	if (n->state & NUD_STALE || (!n->master && n->has_dst && own_take(d, s->vni, n)))
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

void mirror_tagged(struct daemon *d, struct segment *s, const struct neigh *n)
{
	struct vtep_fdb_key key = { .vni = s->vni };
	struct vtep_port p;
	struct vtep_fdb e;
	__u32 slot;

	memcpy(key.mac, n->mac, sizeof(key.mac));
	if (n->ifindex == s->vx.ifindex || fdb_get(&d->in, key.vni, key.mac, &e) ||
	    (e.where.flags & VTEP_FDB_STATIC_ENTRY))
		return;
	/* Its own programs have learned what came untagged. */
	if (!ports_slot(d, n->ifindex, &slot) && !instance_port(&d->in, slot, &p) && p.vni_slot == s->slot &&
	    (p.flags & VTEP_PORT_LEARNING))
		return;
	if (!fdb_del(&d->in, &key))
		mirror_remove(d, s, &key, e.where);
}

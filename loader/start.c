// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and stop: the order is a contract. Look first, then make; fill the maps, then attach; undo
 * in reverse.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include "addr.h"
#include "daemon.h"
#include "datapath.h"
#include "fdb.h"
#include "ifaces.h"
#include "lock.h"
#include "log.h"
#include "members.h"
#include "napi.h"
#include "ports.h"
#include "segment.h"
#include "sync.h"
#include "underlay.h"

static int check_alone(struct daemon *d)
{
	if (geteuid()) {
		log_err("needs root: it makes devices and loads BPF programs (CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON)");
		log_hint("sudo vtepd …");
		return EXIT_REFUSED;
	}
	if (d->model.check)		/* may look beside the one that runs */
		return 0;
	d->lock_fd = lock_take(d->model.ifname);
	if (d->lock_fd == -EWOULDBLOCK) {
		log_err("%s: another vtepd serves it in this network namespace", d->model.ifname);
		log_hint("vtepctl show        (stop that one first; all VNIs of a device are served by one vtepd)");
		return EXIT_REFUSED;
	}
	if (d->lock_fd < 0) {
		log_err("/run/vtepd: %s", strerror(-d->lock_fd));
		log_hint("ls -ld /run /run/vtepd");
		return EXIT_REFUSED;
	}
	return 0;
}

/* Everything that can be wrong before anything is changed. */
static int look(struct daemon *d)
{
	int i, err = nl_open(&d->nl, NETLINK_ROUTE);

	if (err) {
		log_err("cannot open netlink: %s", strerror(-err));
		return EXIT_REFUSED;
	}
	err = underlay_find(d);
	for (i = 0; i < d->model.n_vnis && !err; i++) {
		d->segments[i].want = &d->model.vnis[i];
		d->segments[i].vni = d->model.vnis[i].vni;
		d->n_segments = i + 1;
		err = segment_find(d, &d->segments[i]);
	}
	err = err ?: underlay_local(d);
	if (err)
		return err;
	err = underlay_read_remotes(d);
	if (err < 0) {
		log_err("%s: cannot read its peers: %s", d->model.ifname, strerror(-err));
		log_hint("wg show %s", d->model.ifname);
		return EXIT_REFUSED;
	}
	return 0;
}

static void report(const struct daemon *d)
{
	char local[ADDR_STRLEN];
	int i;

	addr_format(&d->local, local);
	log_notice("%s: VTEP %s, overlay MTU %u, %zu VTEPs known", d->model.ifname, local, d->overlay_mtu, d->n_remotes);
	for (i = 0; i < d->n_segments; i++)
		log_notice("vni %u: %s %s in %s %s", d->segments[i].vni,
			   d->segments[i].vx_missing ? "would make" : "would adopt", d->segments[i].vx.name,
			   d->segments[i].br_missing ? "new bridge" : "bridge", d->segments[i].br.name);
}

/*
 * Slot, and who made what, from a predecessor's map; a device that we find and did not make is
 * adopted.
 */
static int claim(struct daemon *d, struct segment *s)
{
	struct vtep_vni v;
	__u32 slot;

	s->flags = s->vx_missing ? 0 : VTEP_VNI_ADOPTED;
	s->fresh = true;
	if (instance_vni_slot(&d->in, s->vni, &slot) || instance_vni(&d->in, slot, &v))
		return 0;
	s->slot = slot;
	s->fresh = false;
	if (v.br_ifindex == (__u32)s->br.ifindex)
		s->flags |= v.flags & VTEP_VNI_BRIDGE_OURS;
	if (v.vx_ifindex == (__u32)s->vx.ifindex)
		s->flags = (v.flags & ~(VTEP_VNI_LEARNING | VTEP_VNI_BRIDGE_OURS)) |
			   (s->flags & VTEP_VNI_BRIDGE_OURS);
	else
		ifaces_del(&d->in, v.vx_ifindex);
	return 0;
}

/* Closed first: without its programs the device would send and take what it likes. */
static void unmake_segment(struct daemon *d, struct segment *s)
{
	if (!(s->flags & VTEP_VNI_ADOPTED))
		link_set_up(&d->nl, s->vx.ifindex, false);
	datapath_detach_segment(d, s);
	sync_undo(d, s);
	segment_undo(d, s);
}

/* A VNI that the process before served and we don't. */
static int drop_unwanted(__u32 slot, const struct vtep_vni *v, void *data)
{
	struct segment s = { .vni = v->vni, .slot = slot, .flags = v->flags };
	struct daemon *d = data;

	if (daemon_segment_by_vni(d, v->vni))
		return 0;
	if (link_get(&d->nl, v->vx_ifindex, &s.vx))
		s.vx.ifindex = v->vx_ifindex;
	if (link_get(&d->nl, v->br_ifindex, &s.br))
		s.br.ifindex = 0;
	members_read(d, &s);
	sync_undo(d, &s);
	members_set(d, &s, NULL, 0);
	unmake_segment(d, &s);
	free(s.members);
	log_notice("vni %u: no longer served", v->vni);
	return 0;
}

static int failed(const struct daemon *d, const char *what, int err)
{
	log_err("%s: cannot %s: %s%s%s", d->model.ifname, what, strerror(-err), *d->nl.error ? ": " : "", d->nl.error);
	log_hint("dmesg | tail        (%s)", d->taken_over ? "what was running goes on" :
		 "nothing was changed");
	return err;
}

/* The datapath is open. Stages that fail leave the rest to undo(). */
static int make(struct daemon *d)
{
	int i, err = 0;

	for (i = 0; i < d->n_segments && !err; i++) {
		claim(d, &d->segments[i]);
		err = segment_make(d, &d->segments[i]);
		if (err)
			return err;
		d->segments[i].made = true;
		err = datapath_set_segment(d, &d->segments[i]);
	}
	if (err)
		return failed(d, "write the segments' map", err);
	err = ports_sync(d);
	if (err)
		return failed(d, "read the bridges' ports", err);
	for (i = 0; i < d->n_segments && !err; i++)
		err = sync_segment(d, &d->segments[i]);
	if (err)
		return failed(d, "read the kernel's FDBs", err);
	for (i = 0; i < d->n_segments && !err; i++)
		err = datapath_attach_segment(d, &d->segments[i]);
	if (!err && d->model.accel != ACCEL_OFF && !d->ether)
		napi_begin(d);
	err = err ?: datapath_attach_tunnel(d);
	for (i = 0; i < d->n_segments && !err; i++)
		err = datapath_guard_segment(d, &d->segments[i]) ?: segment_up(d, &d->segments[i]);
	return err ?: instance_each_vni(&d->in, drop_unwanted, d);
}

/* A predecessor's programs go on as they are, and what it made: only what is new goes. */
static void undo_takeover(struct daemon *d)
{
	int i;

	for (i = d->n_segments - 1; i >= 0; i--)
		if (d->segments[i].made && d->segments[i].fresh)
			unmake_segment(d, &d->segments[i]);
	datapath_close(d, false);
}

static void undo(struct daemon *d)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].made && (d->segments[i].flags & VTEP_VNI_ADOPTED)) {
			segment_relearn(d, &d->segments[i]);
			datapath_unguard_segment(d, &d->segments[i]);
		}
	datapath_detach_tunnel(d);
	napi_end(d);
	ports_clear(d);
	for (i = d->n_segments - 1; i >= 0; i--) {
		if (!d->segments[i].made)
			continue;
		unmake_segment(d, &d->segments[i]);
	}
	datapath_close(d, true);
}

int daemon_start(struct daemon *d)
{
	int err;

	prctl(PR_SET_DUMPABLE, 0);
	err = check_alone(d) ?: look(d);
	if (err)
		return err;
	if (d->model.check) {
		report(d);
		underlay_warn(d);
		return 0;
	}
	if (datapath_open(d))
		return EXIT_REFUSED;
	if (make(d)) {
		if (d->taken_over)
			undo_takeover(d);
		else
			undo(d);
		return EXIT_REFUSED;
	}
	underlay_warn(d);
	return 0;
}

void daemon_stop(struct daemon *d)
{
	int i;

	undo(d);
	for (i = 0; i < d->n_segments; i++) {
		free(d->segments[i].statics);
		free(d->segments[i].members);
		free(d->segments[i].flood);
	}
	free(d->remotes);
	free(d->vteps);
	free(d->ports);
	free(d->port_seen);
	nl_close(&d->nl);
}

struct segment *daemon_segment_by_slot(struct daemon *d, __u32 slot)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].slot == slot)
			return &d->segments[i];
	return NULL;
}

struct segment *daemon_segment_by_vni(struct daemon *d, __u32 vni)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].vni == vni)
			return &d->segments[i];
	return NULL;
}

struct segment *daemon_segment_by_ifindex(struct daemon *d, int ifindex)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].vx.ifindex == ifindex || d->segments[i].br.ifindex == ifindex)
			return &d->segments[i];
	return NULL;
}

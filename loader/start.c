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
#include "lock.h"
#include "liveness.h"
#include "log.h"
#include "napi.h"
#include "ports.h"
#include "routing.h"
#include "segment.h"
#include "segment_ports.h"
#include "segments.h"
#include "sync.h"
#include "tunnel.h"
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
	lock_note(d->lock_fd, d->model.n_files ? d->model.files[0] : NULL);
	return 0;
}

static int read_remotes(struct daemon *d)
{
	int err = underlay_read_remotes(d, NULL);

	if (err >= 0)
		return 0;
	log_err("%s: cannot read its peers: %s", d->model.ifname, strerror(-err));
	log_hint("wg show %s", d->model.ifname);
	return EXIT_REFUSED;
}

/* Everything that can be wrong before anything is changed. */
static int look(struct daemon *d)
{
	int i, err = nl_open(&d->nl, NETLINK_ROUTE);

	if (err) {
		log_err("cannot open netlink: %s", strerror(-err));
		return EXIT_REFUSED;
	}
	err = tunnel_find(d);
	if (!err)
		err = d->tunnel.make ? underlay_room(d) : underlay_find(d);
	if (!err && segments_room(d, d->model.n_vnis))
		err = EXIT_REFUSED;
	for (i = 0; i < d->model.n_vnis && !err; i++) {
		d->segments[i].want = &d->model.vnis[i];
		d->segments[i].vni = d->model.vnis[i].vni;
		d->n_segments = i + 1;
	}
	err = err ?: segments_find(d, 0, d->n_segments);
	err = err ?: underlay_local(d);
	return err ?: read_remotes(d);
}

/* The tunnel first: all the rest stands on it. */
static int make_tunnel(struct daemon *d)
{
	int err = tunnel_make(d);

	if (!err && d->model.wg.given)
		err = underlay_find(d) ?: read_remotes(d);
	return err;
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
		segments_claim(d, &d->segments[i]);
		err = segment_make(d, &d->segments[i]);
		if (err)
			return err;
		d->segments[i].made = true;
		segment_ports(d, &d->segments[i]);
		err = datapath_set_segment(d, &d->segments[i]);
	}
	if (err)
		return failed(d, "write the segments' map", err);
	err = ports_sync(d);
	if (err)
		return failed(d, "read the bridges' ports", err);
	for (i = 0; i < d->n_segments; i++)
		d->segments[i].dirty = true;
	err = sync_dirty(d);
	if (err)
		return failed(d, "read the kernel's FDBs", err);
	for (i = 0; i < d->n_segments && !err; i++)
		err = datapath_attach_segment(d, &d->segments[i]);
	if (!err && d->model.accel != ACCEL_OFF && !d->ether)
		napi_begin(d);
	err = err ?: datapath_attach_tunnel(d);
	for (i = 0; i < d->n_segments && !err; i++)
		err = datapath_guard_segment(d, &d->segments[i]) ?: segment_up(d, &d->segments[i]);
	err = err ?: segments_drop_unwanted(d);
	return err ?: routing_routes(d);
}

/* A predecessor's programs go on as they are, and what it made: only what is new goes. */
static void undo_takeover(struct daemon *d)
{
	int i;

	for (i = d->n_segments - 1; i >= 0; i--)
		if (d->segments[i].made && d->segments[i].fresh)
			segments_unmake(d, &d->segments[i]);
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
	segment_ports_release_all(d);
	datapath_detach_tunnel(d);
	napi_end(d);
	ports_clear(d);
	segments_unmake_all(d);
	datapath_close(d, true);
}

bool daemon_left(const struct daemon *d)
{
	struct instance in;
	int err = instance_open(d->model.ifname, &in);

	if (!err)
		instance_close(&in);
	else if (err == -ENOENT)
		log_notice("%s: nothing is left of a vtepd", d->model.ifname);
	return err != -ENOENT;
}

int daemon_start(struct daemon *d)
{
	int err;

	prctl(PR_SET_DUMPABLE, 0);
	err = check_alone(d) ?: look(d);
	if (err)
		return err;
	if (d->model.check) {
		tunnel_report(d);
		report(d);
		if (!d->tunnel.make)
			underlay_warn(d);
		return 0;
	}
	err = make_tunnel(d);
	if (!err && datapath_open(d))
		err = EXIT_REFUSED;
	else if (!err && make(d)) {
		if (d->taken_over)
			undo_takeover(d);
		else
			undo(d);
		err = EXIT_REFUSED;
	}
	if (err) {
		tunnel_undo(d);
		return err;
	}
	tunnel_started(d);
	underlay_warn(d);
	return 0;
}

void daemon_stop(struct daemon *d)
{
	int i;

	if ((d->model.keep && !d->model.down) || d->again) {
		tunnel_leave(d);
	} else {
		tunnel_before_stop(d);
		undo(d);
		tunnel_stop(d);
	}
	for (i = 0; i < d->n_segments; i++)
		segments_free(&d->segments[i]);
	free(d->segments);
	index_free(&d->by_vni);
	index_free(&d->by_slot);
	index_free(&d->by_ifindex);
	free(d->holder_used);
	free(d->limit_said);
	free(d->own);
	free(d->remotes);
	free(d->vteps);
	free(d->vtep_slots);
	liveness_free(d);
	free(d->ports);
	free(d->port_seen);
	vlans_free(&d->vlans);
	nl_close(&d->nl);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The WireGuard device: made or taken over, and undone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "addresses.h"
#include "daemon.h"
#include "datapath.h"
#include "endpoints.h"
#include "firewall.h"
#include "log.h"
#include "routing.h"
#include "tunnel.h"
#include "tunnel_before.h"
#include "tunnel_hooks.h"
#include "tunnel_link.h"
#include "tunnel_wg.h"

int tunnel_find(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	struct instance in;
	int err;

	if (!d->model.wg.given)
		return 0;
	err = link_get_name(&d->nl, d->model.ifname, &d->wg);
	if (err && err != -ENODEV) {
		log_err("%s: %s", d->model.ifname, strerror(-err));
		log_hint("ip link show dev %s", d->model.ifname);
		return EXIT_REFUSED;
	}
	t->make = err;
	if (!t->make && d->wg.kind != LINK_WIREGUARD) {
		log_err("%s stands already and is not a WireGuard device", d->model.ifname);
		log_hint("ip -d link show dev %s        (another name for the file gives another device)", d->model.ifname);
		return EXIT_USAGE;
	}
	t->predecessor = !instance_open(d->model.ifname, &in);
	if (t->predecessor) {
		t->has_firewall = in.meta.flags & VTEP_META_FIREWALL;
		t->has_dns = in.meta.flags & VTEP_META_DNS;
		instance_close(&in);
	}
	err = endpoints_open(&d->model.wg, &t->endpoints);
	if (err) {
		log_err("%s: %s", d->model.ifname, strerror(-err));
		log_hint("free");
		return EXIT_REFUSED;
	}
	err = routing_choose(d, tunnel_running_mark(d));
	if (!err && t->make)
		d->wg = (struct link){ .kind = LINK_WIREGUARD, .mtu = tunnel_mtu(d) };
	return err;
}

void tunnel_report(struct daemon *d)
{
	unsigned int add, change, gone;

	if (!d->model.wg.given)
		return;
	if (d->tunnel.make)
		log_notice("%s: would make it, with %zu peers, MTU %u", d->model.ifname, d->model.wg.n_peers, d->wg.mtu);
	else if (!tunnel_compare(d, &add, &change, &gone))
		log_notice("%s: would take it over: %u peers to add, %u to change, %u to remove", d->model.ifname, add,
			   change, gone);
	routing_report(d);
}

static int make_failed(const struct daemon *d, int err)
{
	log_err("cannot make %s: %s%s%s", d->model.ifname, strerror(-err), *d->nl.error ? ": " : "", d->nl.error);
	log_hint(err == -EOPNOTSUPP ? "modprobe wireguard        (Linux 5.6 and later have it)" :
		 "ip link add %s type wireguard", d->model.ifname);
	return err;
}

/* Also of a device that is taken over; what it had for itself before is not asked. */
static int configure(struct daemon *d)
{
	int err = tunnel_configure(d) ?: routing_rules(d) ?:
		  addresses_set(d, d->wg.ifindex, d->model.ifname, d->model.wg.addresses, d->model.wg.n_addresses);

	if (!err)
		firewall_set(d);
	return err ?: tunnel_up(d) ?: routing_routes(d);
}

static int make(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	int err;

	t->hooked = true;
	err = tunnel_hooks(d, MODEL_PRE_UP);
	if (err)
		return err;
	err = link_wireguard_add(&d->nl, d->model.ifname, &d->wg.ifindex);
	if (err)
		return make_failed(d, err);
	t->made = true;
	err = link_get(&d->nl, d->wg.ifindex, &d->wg);
	err = err ? make_failed(d, err) : configure(d);
	if (err)
		return err;
	tunnel_dns_set(d);
	return tunnel_hooks(d, MODEL_POST_UP);
}

int tunnel_make(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	int err;

	if (!d->model.wg.given)
		return 0;
	err = resolver_open(&t->resolver);
	if (err) {
		log_err("%s: %s", d->model.ifname, strerror(-err));
		log_hint("ulimit -n");
		return EXIT_REFUSED;
	}
	t->questions = 1;
	err = t->make ? make(d) : tunnel_before_take(d) ?: configure(d);
	if (err)
		return EXIT_REFUSED;
	t->was_up = d->wg.flags & IFF_UP;
	if (!t->make && d->wg.ours)		/* PreUp and PostUp have been run by a predecessor */
		t->hooked = true;
	endpoints_tick(d, NULL);
	return 0;
}

void tunnel_note(struct daemon *d)
{
	d->in.meta.flags &= ~(VTEP_META_FIREWALL | VTEP_META_DNS);
	d->in.meta.flags |= d->tunnel.has_firewall ? VTEP_META_FIREWALL : 0;
	d->in.meta.flags |= d->tunnel.has_dns ? VTEP_META_DNS : 0;
}

int tunnel_reload(struct daemon *d)
{
	int err = routing_choose(d, tunnel_running_mark(d)) ? -EINVAL : 0;

	err = err ?: configure(d);
	if (!err && d->wg.ours)
		tunnel_dns_set(d);
	tunnel_note(d);
	datapath_write_meta(d);
	return err;
}

static void forget(struct daemon *d)
{
	endpoints_free(&d->model.wg, d->tunnel.endpoints);
	d->tunnel.endpoints = NULL;
	resolver_close(&d->tunnel.resolver);
	free(d->tunnel.firewall);
	d->tunnel.firewall = NULL;
}

void tunnel_leave(struct daemon *d)
{
	if (d->model.wg.given)
		forget(d);
}

/* Is it still what we knew? Its ifindex may be another device's by now. */
static bool same_device(struct daemon *d)
{
	struct link now;

	return d->wg.ifindex && !link_get(&d->nl, d->wg.ifindex, &now) && now.kind == LINK_WIREGUARD &&
	       now.ours && !strcmp(now.name, d->model.ifname);
}

void tunnel_before_stop(struct daemon *d)
{
	if (d->model.wg.given && d->tunnel.hooked)
		tunnel_hooks_all(d, MODEL_PRE_DOWN);
}

void tunnel_stop(struct daemon *d)
{
	bool hooked = d->tunnel.hooked, ours = same_device(d);

	if (!d->model.wg.given)
		return;
	tunnel_dns_unset(d);
	firewall_unset(d);
	routing_undo(d, ours);
	if (ours)
		link_del(&d->nl, d->wg.ifindex);
	else if (d->wg.ifindex)
		addresses_set(d, d->wg.ifindex, d->model.ifname, NULL, 0);
	if (hooked)
		tunnel_hooks_all(d, MODEL_POST_DOWN);
	d->tunnel.hooked = d->tunnel.made = false;
	forget(d);
}

void tunnel_undo(struct daemon *d)
{
	if (!d->model.wg.given)
		return;
	if (d->tunnel.predecessor && !d->tunnel.made) {
		forget(d);
	} else {
		tunnel_before_stop(d);
		tunnel_stop(d);
	}
	tunnel_before_restore(d);
	tunnel_before_free(d);
}

void tunnel_started(struct daemon *d)
{
	tunnel_before_free(d);
}

void tunnel_settle(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	bool up = d->wg.flags & IFF_UP;

	if (!d->model.wg.given)
		return;
	if (up && (!t->was_up || t->routes_dirty)) {
		tunnel_link_local(d);
		routing_routes(d);
	}
	t->was_up = up;
	t->routes_dirty = false;
}

// SPDX-License-Identifier: GPL-2.0-only
/* WireGuard as the underlay, or by --insecure Ethernet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <net/if_arp.h>
#include "addr.h"
#include "addr_list.h"
#include "daemon.h"
#include "log.h"
#include "members.h"
#include "model_peer.h"
#include "route.h"
#include "underlay.h"
#include "wg.h"

/* Outer IPv4, UDP, VXLAN and the inner Ethernet header, RFC 7348 section 5. */
#define OVERHEAD4	50
#define LEAST_MTU	576		/* of the overlay; encap.h relies on it */

/* Said at every start: who inherits such a node must find it in the journal. */
static int check_ether(struct daemon *d)
{
	const char *name = d->model.ifname;
	const struct link *l = &d->wg;

	if (!d->model.insecure || l->type != ARPHRD_ETHER) {
		log_err("%s: not a WireGuard device", name);
		log_hint("wg show interfaces        (frames leave unencrypted by any other: for Ethernet on a trusted network, --insecure)");
		return EXIT_USAGE;
	}
	if (l->kind != LINK_OTHER || l->is_bridge_port) {
		log_err("%s: a %s can't be the underlay", name, l->is_bridge_port ? "bridge port" :
			l->kind == LINK_BRIDGE ? "bridge" : l->kind == LINK_VRF ? "VRF" : "vxlan device");
		log_hint("--iface NIC --insecure        (the device that has the VTEP address: a NIC, bond or VLAN)");
		return EXIT_USAGE;
	}
	d->ether = true;
	log_warning("%s: Ethernet, NOT ENCRYPTED: whoever is on this network reads the guests' frames and can send them any",
		    name);
	return 0;
}

int underlay_set_mtu(struct daemon *d)
{
	if (d->wg.mtu < OVERHEAD4 + LEAST_MTU)
		return -EMSGSIZE;
	d->overlay_mtu = d->wg.mtu - OVERHEAD4;
	return 0;
}

int underlay_room(struct daemon *d)
{
	if (!underlay_set_mtu(d))
		return 0;
	log_err("%s: its MTU of %u leaves no room for VXLAN", d->model.ifname, d->wg.mtu);
	log_hint("ip link set dev %s mtu %d", d->model.ifname, d->ether ? 1500 : 1420);
	return EXIT_REFUSED;
}

int underlay_find(struct daemon *d)
{
	const char *name = d->model.ifname;
	int err = link_get_name(&d->nl, name, &d->wg);

	if (err) {
		log_err("%s: %s", name, err == -ENODEV ? "no such device" : strerror(-err));
		log_hint("wg-quick up %s        (or: ip link add %s type wireguard)", name, name);
		return err == -ENODEV ? EXIT_NOT_FOUND : EXIT_REFUSED;
	}
	if (d->wg.kind != LINK_WIREGUARD) {
		err = check_ether(d);
		if (err)
			return err;
	}
	return underlay_room(d);
}

/* Of this host, or of the device that is to be made. */
static bool is_local(struct daemon *d, const struct vtep_addr *addr)
{
	size_t i;

	for (i = 0; d->model.wg.given && i < d->model.wg.n_addresses; i++)
		if (addr_equal(&d->model.wg.addresses[i].addr, addr))
			return true;
	return route_is_local(&d->nl, addr);
}

/* The device's first: what the file says of it comes true only when it is made. */
static bool own_address(struct daemon *d, struct vtep_addr *out)
{
	const struct model_wg *wg = &d->model.wg;
	size_t i;

	for (i = 0; wg->given && i < wg->n_addresses; i++)
		if (addr_is4(&wg->addresses[i].addr) && addr_is_unicast(&wg->addresses[i].addr)) {
			*out = wg->addresses[i].addr;
			return true;
		}
	return d->wg.ifindex && !link_address(&d->nl, d->wg.ifindex, out) && addr_is4(out);
}

int underlay_local(struct daemon *d)
{
	const struct segment *s;
	int i;

	d->local = d->model.local;
	for (i = 0; i < d->n_segments && addr_is_zero(&d->local); i++) {
		s = &d->segments[i];
		if (!s->vx_missing && addr_is4(&s->vx.local) && is_local(d, &s->vx.local))
			d->local = s->vx.local;
	}
	if (!addr_is_zero(&d->local) || own_address(d, &d->local))
		return 0;
	log_err("%s has no IPv4 address, so this node's VTEP address is unknown", d->model.ifname);
	if (d->model.wg.given)
		log_hint("in [Interface]:  Address = 172.16.0.1/16        (or: LocalVTEP = IP)");
	else
		log_hint("ip address add %s dev %s        (or: --local IP)",
			 d->ether ? "10.0.0.1/24" : "172.16.0.1/16", d->model.ifname);
	return EXIT_USAGE;
}

struct remotes {
	struct daemon *d;
	struct remote *list;
	size_t n;
};

static int add(struct remotes *r, const struct vtep_addr *addr, int peer)
{
	struct remote *grown;

	if (!addr_is4(addr) || !addr_is_unicast(addr) || addr_equal(addr, &r->d->local))
		return 0;
	grown = nl_room(r->list, r->n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->list = grown;
	grown[r->n++] = (struct remote){ .addr = *addr, .peer = peer };
	return 0;
}

/* What is written: VTEP =, else the only host address of AllowedIPs. */
static int add_written(struct remotes *r)
{
	const struct model_wg *wg = &r->d->model.wg;
	struct vtep_addr addr;
	size_t i, k;
	int err = 0;

	for (i = 0; i < wg->n_peers && !err; i++) {
		for (k = 0; k < wg->peers[i].n_vteps && !err; k++)
			err = add(r, &wg->peers[i].vteps[k], i);
		if (!wg->peers[i].n_vteps && wg->given && !model_peer_host(&wg->peers[i], &addr))
			err = add(r, &addr, i);
	}
	return err;
}

/* What runs: also peers that came by wg(8) and are not in the file. */
static int add_running(struct remotes *r, const struct wg_device *now)
{
	struct wg_device *read = NULL;
	const struct wg_device *dev;
	struct vtep_addr addr;
	size_t i;
	int peer, err = now ? 0 : wg_get(r->d->model.ifname, &read);

	if (err)		/* not made yet */
		return r->d->model.wg.given && err == -ENODEV ? 0 : err;
	dev = now ?: read;
	for (i = 0; !err && i < dev->n_peers; i++) {
		peer = model_peer_find(&r->d->model, dev->peers[i].public_key);
		if (peer >= 0 && (r->d->model.wg.given || r->d->model.wg.peers[peer].n_vteps))
			continue;
		if (!wg_peer_host(&dev->peers[i], &addr))
			err = add(r, &addr, peer);
	}
	wg_free(read);
	return err;
}

/* By address; one that two peers name belongs to the first. */
static void sort_unique(struct remotes *r)
{
	size_t i, kept = 0;

	if (r->n)
		qsort(r->list, r->n, sizeof(*r->list), addr_list_compare);
	for (i = 0; i < r->n; i++)
		if (!kept || !addr_equal(&r->list[kept - 1].addr, &r->list[i].addr))
			r->list[kept++] = r->list[i];
	r->n = kept;
}

int underlay_read_remotes(struct daemon *d, const struct wg_device *now)
{
	struct remotes r = { .d = d };
	int i, err = 0;
	bool same;

	for (i = 0; i < d->model.n_remotes && !err; i++)
		err = add(&r, &d->model.remotes[i], -1);
	if (!d->model.n_remotes && !d->ether)
		err = add_written(&r) ?: add_running(&r, now);
	if (err) {
		free(r.list);
		return err;
	}
	sort_unique(&r);
	same = r.n == d->n_remotes && (!r.n || !memcmp(r.list, d->remotes, r.n * sizeof(*r.list)));
	free(d->remotes);
	d->remotes = r.list;
	d->n_remotes = r.n;
	return !same;
}

/* The VTEPs that we know of, and what WireGuard would do with each. */
struct census {
	struct daemon *d;
	struct wg_device *dev;
	struct wg_table *table;
	bool *has_vtep;			/* of each peer */
};

static void mark_peer(struct census *c, const struct vtep_addr *vtep)
{
	const struct wg_peer *peer = wg_table_route(c->table, vtep);

	if (peer)
		c->has_vtep[peer - c->dev->peers] = true;
}

static bool is_remote(const struct daemon *d, const struct vtep_addr *addr)
{
	return d->n_remotes && bsearch(addr, d->remotes, d->n_remotes, sizeof(*d->remotes), addr_list_compare);
}

static void mark_peers(struct census *c)
{
	struct daemon *d = c->d;
	size_t k;
	int i;

	for (k = 0; k < d->n_remotes; k++)
		mark_peer(c, &d->remotes[k].addr);
	for (i = 0; i < d->n_segments; i++)
		for (k = 0; k < d->segments[i].n_members; k++)
			if (!is_remote(d, &d->segments[i].members[k]))
				mark_peer(c, &d->segments[i].members[k]);
}

static void warn_peer(struct daemon *d, const struct wg_peer *peer)
{
	log_warning("%s: peer %.8s… is not allowed just one address, so its VTEP is unknown: no frame to or from it",
		    d->model.ifname, peer->key);
	log_hint("--remote IP for every peer, or: wg set %s peer %s allowed-ips IP/32", d->model.ifname,
		 peer->key);
}

/* On Ethernet nothing tells VTEPs but the operator. */
static void warn_ether(struct daemon *d)
{
	char text[ADDR_STRLEN];
	struct segment *s;
	int i, oif;
	size_t k;

	for (i = 0; i < d->n_segments; i++) {
		s = &d->segments[i];
		if (!d->n_remotes && !s->n_members) {
			log_warning("vni %u: no VTEP is known: no frame to or from anywhere", s->vni);
			log_hint("--remote IP for every other node");
		}
		for (k = 0; k < s->n_members; k++)
			if (route_device(&d->nl, &s->members[k], &oif, NULL) || oif != d->wg.ifindex) {
				addr_format(&s->members[k], text);
				log_warning("vni %u: the route to VTEP %s does not lead by %s", s->vni, text,
					    d->model.ifname);
				log_hint("ip route get %s        (broadcasts and unknown MACs are not sent until it does)", text);
			}
	}
}

static void warn_members(const struct census *c, const struct segment *s)
{
	const char *name = c->d->model.ifname;
	char text[ADDR_STRLEN];
	size_t k;

	for (k = 0; k < s->n_members; k++)
		if (!wg_table_route(c->table, &s->members[k])) {
			addr_format(&s->members[k], text);
			log_warning("vni %u: no peer of %s is allowed VTEP %s", s->vni, name, text);
			log_hint("wg set %s peer KEY allowed-ips +%s/32", name, text);
		}
}

static void warn_all(struct census *c)
{
	struct daemon *d = c->d;
	size_t k;
	int i;

	mark_peers(c);
	for (k = 0; k < c->dev->n_peers; k++)
		if (!c->has_vtep[k])
			warn_peer(d, &c->dev->peers[k]);
	if (!c->dev->n_peers) {
		log_warning("%s has no peers yet", d->model.ifname);
		log_hint("wg set %s peer KEY allowed-ips IP/32 endpoint HOST:PORT", d->model.ifname);
	}
	for (i = 0; i < d->n_segments; i++)
		warn_members(c, &d->segments[i]);
}

void underlay_warn(struct daemon *d)
{
	struct census c = { .d = d };

	if (d->ether)
		return warn_ether(d);
	if (wg_get(d->model.ifname, &c.dev))
		return;
	c.table = wg_table_new(c.dev);
	c.has_vtep = calloc(c.dev->n_peers + 1, sizeof(*c.has_vtep));
	if (c.table && c.has_vtep)
		warn_all(&c);
	free(c.has_vtep);
	wg_table_free(c.table);
	wg_free(c.dev);
}

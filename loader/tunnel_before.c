// SPDX-License-Identifier: GPL-2.0-only
/* What the device was before. Its peers are put back by the plan that a file's would be: desired minus running. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "addresses.h"
#include "daemon.h"
#include "ifaddr.h"
#include "log.h"
#include "tunnel_before.h"
#include "wg_plan.h"
#include "wg_set.h"

struct tunnel_before {
	struct wg_device *wg;
	struct model_prefix *addresses;	/* those that a predecessor made */
	size_t n_addresses;
	uint32_t mtu;
	bool up;
};

static int take_addresses(struct daemon *d, struct tunnel_before *b)
{
	struct ifaddr_entry *list = NULL;
	int i, n = ifaddr_list(&d->nl, d->wg.ifindex, &list);

	if (n < 0)
		return n;
	b->addresses = calloc(n + 1, sizeof(*b->addresses));
	for (i = 0; b->addresses && i < n; i++)
		if (list[i].proto == VTEP_PROTO)
			b->addresses[b->n_addresses++] = (struct model_prefix){ list[i].addr, list[i].len };
	free(list);
	return b->addresses ? 0 : -ENOMEM;
}

int tunnel_before_take(struct daemon *d)
{
	struct tunnel_before *b = calloc(1, sizeof(*b));
	int err = b ? 0 : -ENOMEM;

	d->tunnel.before = b;
	if (!err) {
		b->mtu = d->wg.mtu;
		b->up = d->wg.flags & IFF_UP;
		err = take_addresses(d, b) ?: wg_get_secret(d->model.ifname, &b->wg);
	}
	if (err) {
		log_err("%s: cannot read its configuration: %s", d->model.ifname, strerror(-err));
		log_hint("wg show %s", d->model.ifname);
	}
	return err;
}

static void peer_as_it_was(const struct wg_device *dev, size_t i, struct model_peer *out, struct wg_endpoint *at)
{
	const struct wg_peer *peer = &dev->peers[i];
	size_t k;

	memcpy(out->public_key, peer->public_key, WG_KEY_LEN);
	memcpy(out->preshared_key, dev->secrets->psks[i], WG_KEY_LEN);
	out->keepalive = peer->keepalive;
	out->allowed = calloc(peer->n_allowed + 1, sizeof(*out->allowed));
	for (k = 0; out->allowed && k < peer->n_allowed; k++)
		out->allowed[out->n_allowed++] = (struct model_prefix){ peer->allowed[k].addr, peer->allowed[k].prefix };
	*at = peer->at;
}

/* Peers that are out of memory here come back without AllowedIPs, which the caller can't mend either. */
static int restore_wg(const char *ifname, const struct wg_device *dev)
{
	struct model_wg wg = { .has_private_key = true, .has_listen_port = true, .listen_port = dev->listen_port,
			       .n_peers = dev->n_peers };
	struct wg_endpoint *at = calloc(dev->n_peers + 1, sizeof(*at));
	struct wg_wanted want = { .wg = &wg, .fwmark = dev->fwmark, .endpoints = at };
	struct wg_device *now = NULL;
	struct wg_plan plan;
	size_t i;
	int err;

	memcpy(wg.private_key, dev->secrets->private_key, WG_KEY_LEN);
	wg.peers = calloc(dev->n_peers + 1, sizeof(*wg.peers));
	err = wg.peers && at ? wg_get(ifname, &now) : -ENOMEM;
	for (i = 0; i < dev->n_peers && !err; i++)
		peer_as_it_was(dev, i, &wg.peers[i], &at[i]);
	err = err ?: wg_plan(&want, now, &plan);
	if (!err) {
		if (!wg_plan_empty(&plan))
			err = wg_apply(ifname, &plan, wg.private_key, NULL);
		wg_plan_free(&plan);
	}
	for (i = 0; wg.peers && i < dev->n_peers; i++)
		free(wg.peers[i].allowed);
	if (wg.peers)
		sodium_memzero(wg.peers, dev->n_peers * sizeof(*wg.peers));
	sodium_memzero(&wg.private_key, sizeof(wg.private_key));
	free(wg.peers);
	free(at);
	wg_free(now);
	return err;
}

void tunnel_before_restore(struct daemon *d)
{
	struct tunnel_before *b = d->tunnel.before;
	struct link now;
	int err;

	if (!b || !b->wg || link_get(&d->nl, d->wg.ifindex, &now) || now.kind != LINK_WIREGUARD)
		return;
	err = restore_wg(d->model.ifname, b->wg);
	addresses_set(d, d->wg.ifindex, d->model.ifname, b->addresses, b->n_addresses);
	if (now.mtu != b->mtu)
		err = err ?: link_set_mtu(&d->nl, d->wg.ifindex, b->mtu);
	if (!b->up && (now.flags & IFF_UP))
		err = err ?: link_set_up(&d->nl, d->wg.ifindex, false);
	if (!err)
		return;
	log_warning("%s: is not as it was before: %s", d->model.ifname, strerror(-err));
	log_hint("wg show %s", d->model.ifname);
}

void tunnel_before_free(struct daemon *d)
{
	struct tunnel_before *b = d->tunnel.before;

	if (!b)
		return;
	wg_free(b->wg);
	free(b->addresses);
	free(b);
	d->tunnel.before = NULL;
}

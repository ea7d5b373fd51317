// SPDX-License-Identifier: GPL-2.0-only
/* WireGuard's part of the tunnel. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "daemon.h"
#include "endpoints.h"
#include "log.h"
#include "tunnel.h"
#include "tunnel_wg.h"
#include "wg.h"
#include "wg_plan.h"
#include "wg_set.h"

#define NAMED	5			/* peers and prefixes that are named one by one */

const char *tunnel_peer_text(const struct model *m, const uint8_t *key, char *buf)
{
	char text[WG_KEY_TEXT];
	size_t i;

	sodium_bin2base64(text, sizeof(text), key, WG_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
	for (i = 0; i < m->wg.n_peers; i++)
		if (!memcmp(m->wg.peers[i].public_key, key, WG_KEY_LEN) && m->wg.peers[i].name) {
			snprintf(buf, TUNNEL_PEER_TEXT, "%.40s (%.8s…)", m->wg.peers[i].name, text);
			return buf;
		}
	snprintf(buf, TUNNEL_PEER_TEXT, "%.8s…", text);
	return buf;
}

uint32_t tunnel_running_mark(const struct daemon *d)
{
	struct wg_device *dev;
	uint32_t mark;

	if (wg_get(d->model.ifname, &dev))
		return 0;
	mark = dev->fwmark;
	wg_free(dev);
	return mark;
}

static void warn_steals(const struct daemon *d, const struct wg_plan *plan)
{
	char from[TUNNEL_PEER_TEXT], to[TUNNEL_PEER_TEXT], prefix[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < plan->n_steals && i < NAMED; i++) {
		const struct wg_steal *s = &plan->steals[i];

		log_warning("%s: %s/%u %s from peer %s to peer %s: %s", d->model.ifname,
			    addr_format(&s->ip.addr, prefix), s->ip.prefix, s->in_file ? "goes" : "has moved",
			    tunnel_peer_text(&d->model, s->from, from), tunnel_peer_text(&d->model, s->to, to),
			    s->in_file ? "both name it, and a prefix has one peer" : "it stood with the other one");
	}
	if (plan->n_steals > NAMED)
		log_warning("%s: and %zu prefixes more", d->model.ifname, plan->n_steals - NAMED);
}

static int plan_now(struct daemon *d, bool endpoints, struct wg_plan *plan)
{
	struct wg_wanted want = { .wg = &d->model.wg, .fwmark = d->tunnel.fwmark };
	struct wg_device *running;
	struct wg_endpoint *at = NULL;
	int err = wg_get(d->model.ifname, &running);

	if (err)
		return err;
	if (endpoints) {
		at = calloc(d->model.wg.n_peers + 1, sizeof(*at));
		if (!at) {
			wg_free(running);
			return -ENOMEM;
		}
		endpoints_wanted(d, running, at);
		want.endpoints = at;
	}
	err = wg_plan(&want, running, plan);
	free(at);
	wg_free(running);
	return err;
}

/* The kernel leaves out a peer that has the device's own key, and says nothing: set_peer(). */
static void verify(struct daemon *d)
{
	char label[TUNNEL_PEER_TEXT];
	struct wg_plan left;
	size_t i;

	if (plan_now(d, false, &left))
		return;
	for (i = 0; i < left.n_changes && i < NAMED; i++) {
		log_warning("%s: peer %s is not in the kernel as it was written", d->model.ifname,
			    tunnel_peer_text(&d->model, left.changes[i].public_key, label));
		log_hint("%s", left.changes[i].add ? "is it this node's own key?" : "does another program change it?");
	}
	if (left.set_private_key || left.set_listen_port || left.set_fwmark)
		log_warning("%s: its key, port or mark is not what was written", d->model.ifname);
	wg_plan_free(&left);
}

static int failed(const struct daemon *d, const char *what, int err)
{
	log_err("%s: cannot %s: %s", d->model.ifname, what, strerror(-err));
	if (err == -EADDRINUSE)
		log_hint("udp/%u is taken: ss -ulpn 'sport = %u'", d->model.wg.listen_port, d->model.wg.listen_port);
	else
		log_hint("wg show %s", d->model.ifname);
	return err;
}

/* The kernel has them; the next plan is made of files read anew. */
static void wipe(struct model_wg *wg)
{
	size_t i;

	sodium_memzero(wg->private_key, sizeof(wg->private_key));
	wg->has_private_key = false;
	for (i = 0; i < wg->n_peers; i++)
		sodium_memzero(wg->peers[i].preshared_key, sizeof(wg->peers[i].preshared_key));
}

int tunnel_configure(struct daemon *d)
{
	struct model_wg *wg = &d->model.wg;
	struct wg_plan plan;
	unsigned int messages = 0;
	int err = plan_now(d, true, &plan);

	if (err)
		return failed(d, "read its configuration", err);
	warn_steals(d, &plan);
	if (!wg_plan_empty(&plan))
		err = wg_apply(d->model.ifname, &plan, wg->private_key, &messages);
	log_debug("%s: %zu peers changed by %u messages", d->model.ifname, plan.n_changes, messages);
	wg_plan_free(&plan);
	if (!err && messages)
		verify(d);
	wipe(wg);
	return err ? failed(d, "configure it", err) : 0;
}

int tunnel_compare(struct daemon *d, unsigned int *add, unsigned int *change, unsigned int *remove)
{
	struct wg_plan plan;
	size_t i;
	int err = plan_now(d, true, &plan);

	if (err)
		return err;
	*add = *change = *remove = 0;
	for (i = 0; i < plan.n_changes; i++)
		(*(plan.changes[i].add ? add : plan.changes[i].remove ? remove : change))++;
	warn_steals(d, &plan);
	wg_plan_free(&plan);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Desired minus running, for a WireGuard device. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "nl.h"
#include "wg_plan.h"

/* A prefix and the peer that has it: index in the model or in the running device. */
struct claim {
	struct wg_allowed_ip ip;
	size_t peer;
};

struct claims {
	struct claim *list;		/* sorted by prefix, each prefix once */
	size_t n;
};

struct key_index {
	const uint8_t *key;
	size_t peer;
};

struct planner {
	const struct wg_wanted *want;
	const struct wg_device *running;
	struct claims wanted, held;
	struct key_index *wanted_keys, *held_keys;	/* sorted */
	struct wg_plan *out;
};

static int compare_ips(const struct wg_allowed_ip *a, const struct wg_allowed_ip *b)
{
	int diff = memcmp(&a->addr, &b->addr, sizeof(a->addr));

	return diff ?: a->prefix - b->prefix;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int diff = compare_ips(&x->ip, &y->ip);

	return diff ?: x->peer < y->peer ? -1 : x->peer > y->peer;
}

static int compare_prefix(const void *a, const void *b)
{
	return compare_ips(&((const struct claim *)a)->ip, &((const struct claim *)b)->ip);
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct key_index *)a)->key, ((const struct key_index *)b)->key, WG_KEY_LEN);
}

static const struct key_index *find_key(const struct key_index *index, size_t n, const uint8_t *key)
{
	struct key_index k = { .key = key };

	return n ? bsearch(&k, index, n, sizeof(*index), compare_keys) : NULL;
}

static const struct claim *find_claim(const struct claims *c, const struct wg_allowed_ip *ip)
{
	struct claim k = { .ip = *ip };

	return c->n ? bsearch(&k, c->list, c->n, sizeof(*c->list), compare_prefix) : NULL;
}

static int add_steal(struct wg_plan *out, const struct wg_steal *steal)
{
	struct wg_steal *grown = nl_room(out->steals, out->n_steals, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	out->steals = grown;
	grown[out->n_steals++] = *steal;
	return 0;
}

/* The kernel holds prefixes without host bits: wg_allowedips_insert_v4(). */
static struct wg_allowed_ip masked(const struct model_prefix *p)
{
	struct wg_allowed_ip ip = { .addr = p->addr, .prefix = p->len };

	addr_mask(&ip.addr, ip.prefix);
	return ip;
}

/* A prefix that several peers name belongs to the last of them. */
static int claims_wanted(struct planner *p)
{
	const struct model_wg *wg = p->want->wg;
	struct wg_steal steal = { .in_file = true };
	size_t i, j, n = 0;
	int err = 0;

	for (i = 0; i < wg->n_peers; i++)
		n += wg->peers[i].n_allowed;
	p->wanted.list = calloc(n + 1, sizeof(*p->wanted.list));
	if (!p->wanted.list)
		return -ENOMEM;
	for (i = 0, n = 0; i < wg->n_peers; i++)
		for (j = 0; j < wg->peers[i].n_allowed; j++, n++)
			p->wanted.list[n] = (struct claim){ masked(&wg->peers[i].allowed[j]), i };
	qsort(p->wanted.list, n, sizeof(*p->wanted.list), compare_claims);
	for (i = 0; i < n && !err; i++) {
		struct claim *last = p->wanted.n ? &p->wanted.list[p->wanted.n - 1] : NULL;
		struct claim *c = &p->wanted.list[i];

		if (!last || compare_ips(&last->ip, &c->ip)) {
			p->wanted.list[p->wanted.n++] = *c;
			continue;
		}
		if (last->peer != c->peer) {
			steal.ip = c->ip;
			memcpy(steal.from, wg->peers[last->peer].public_key, WG_KEY_LEN);
			memcpy(steal.to, wg->peers[c->peer].public_key, WG_KEY_LEN);
			err = add_steal(p->out, &steal);
			last->peer = c->peer;
		}
	}
	return err;
}

static int claims_held(struct planner *p)
{
	const struct wg_device *dev = p->running;
	size_t i, j, n = 0;

	for (i = 0; i < dev->n_peers; i++)
		n += dev->peers[i].n_allowed;
	p->held.list = calloc(n + 1, sizeof(*p->held.list));
	if (!p->held.list)
		return -ENOMEM;
	for (i = 0; i < dev->n_peers; i++)
		for (j = 0; j < dev->peers[i].n_allowed; j++)
			p->held.list[p->held.n++] = (struct claim){ dev->peers[i].allowed[j], i };
	qsort(p->held.list, p->held.n, sizeof(*p->held.list), compare_claims);
	return 0;
}

static int index_keys(struct planner *p)
{
	const struct model_wg *wg = p->want->wg;
	size_t i;

	p->wanted_keys = calloc(wg->n_peers + 1, sizeof(*p->wanted_keys));
	p->held_keys = calloc(p->running->n_peers + 1, sizeof(*p->held_keys));
	if (!p->wanted_keys || !p->held_keys)
		return -ENOMEM;
	for (i = 0; i < wg->n_peers; i++)
		p->wanted_keys[i] = (struct key_index){ wg->peers[i].public_key, i };
	for (i = 0; i < p->running->n_peers; i++)
		p->held_keys[i] = (struct key_index){ p->running->peers[i].public_key, i };
	qsort(p->wanted_keys, wg->n_peers, sizeof(*p->wanted_keys), compare_keys);
	qsort(p->held_keys, p->running->n_peers, sizeof(*p->held_keys), compare_keys);
	return 0;
}

static bool wins(const struct planner *p, size_t peer, const struct wg_allowed_ip *ip)
{
	const struct claim *c = find_claim(&p->wanted, ip);

	return c && c->peer == peer;
}

/* Prefixes of the model's peer that it really gets, once each: those not held by `held`, or all. */
static int collect(const struct planner *p, size_t peer, size_t held, bool all, struct wg_change *c)
{
	const struct model_peer *want = &p->want->wg->peers[peer];
	const struct claim *has;
	struct wg_allowed_ip ip;
	size_t i, k;

	c->n_allowed = 0;
	free(c->allowed);
	c->allowed = calloc(want->n_allowed + 1, sizeof(*c->allowed));
	if (!c->allowed)
		return -ENOMEM;
	for (i = 0; i < want->n_allowed; i++) {
		ip = masked(&want->allowed[i]);
		has = find_claim(&p->held, &ip);
		if (!wins(p, peer, &ip) || (!all && has && has->peer == held))
			continue;
		for (k = 0; k < c->n_allowed; k++)
			if (!compare_ips(&c->allowed[k], &ip))
				break;
		if (k == c->n_allowed)
			c->allowed[c->n_allowed++] = ip;
	}
	return 0;
}

/* What a running peer has and nobody is to have: only this needs the list to be replaced. */
static bool has_surplus(const struct planner *p, const struct wg_peer *held)
{
	size_t i;

	for (i = 0; i < held->n_allowed; i++)
		if (!find_claim(&p->wanted, &held->allowed[i]))
			return true;
	return false;
}

/* Those that peers which stay lose to this one. */
static int name_moved(struct planner *p, const struct wg_change *c, size_t held)
{
	struct wg_steal steal = {};
	const struct claim *has;
	const uint8_t *from;
	size_t i;
	int err = 0;

	for (i = 0; i < c->n_allowed && !err; i++) {
		has = find_claim(&p->held, &c->allowed[i]);
		if (!has || has->peer == held)
			continue;
		from = p->running->peers[has->peer].public_key;
		if (!find_key(p->wanted_keys, p->want->wg->n_peers, from))
			continue;
		steal.ip = c->allowed[i];
		memcpy(steal.from, from, WG_KEY_LEN);
		memcpy(steal.to, c->public_key, WG_KEY_LEN);
		err = add_steal(p->out, &steal);
	}
	return err;
}

static struct wg_change *change_room(struct wg_plan *out)
{
	struct wg_change *grown = nl_room(out->changes, out->n_changes, sizeof(*grown));

	if (!grown)
		return NULL;
	out->changes = grown;
	return memset(&grown[out->n_changes], 0, sizeof(*grown));
}

static void set_scalars(const struct model_peer *want, const struct wg_endpoint *at, const struct wg_peer *held,
			struct wg_change *c)
{
	memcpy(c->public_key, want->public_key, WG_KEY_LEN);
	c->psk = want->preshared_key;
	c->keepalive = want->keepalive;
	c->set_psk = wg_psk_mark(want->preshared_key) != held->psk_mark;
	c->set_keepalive = want->keepalive != held->keepalive;
	if (at && at->sa.sa_family && !wg_endpoint_equal(at, &held->at)) {
		c->set_endpoint = true;
		c->endpoint = *at;
	}
}

static int plan_peer(struct planner *p, size_t peer)
{
	static const struct wg_peer fresh;
	const struct model_peer *want = &p->want->wg->peers[peer];
	const struct key_index *k = find_key(p->held_keys, p->running->n_peers, want->public_key);
	const struct wg_peer *held = k ? &p->running->peers[k->peer] : &fresh;
	size_t at = k ? k->peer : (size_t)-1;
	struct wg_change *c = change_room(p->out);
	int err;

	if (!c)
		return -ENOMEM;
	set_scalars(want, p->want->endpoints ? &p->want->endpoints[peer] : NULL, held, c);
	c->add = !k;
	c->replace_allowed = has_surplus(p, held);
	err = collect(p, peer, at, false, c) ?: name_moved(p, c, at);
	if (!err && c->replace_allowed)
		err = collect(p, peer, at, true, c);
	if (!err && (c->add || c->set_psk || c->set_endpoint || c->set_keepalive || c->replace_allowed || c->n_allowed))
		p->out->n_changes++;
	else
		free(c->allowed);
	return err;
}

static int plan_removals(struct planner *p)
{
	struct wg_change *c;
	size_t i;

	for (i = 0; i < p->running->n_peers; i++) {
		if (find_key(p->wanted_keys, p->want->wg->n_peers, p->running->peers[i].public_key))
			continue;
		c = change_room(p->out);
		if (!c)
			return -ENOMEM;
		memcpy(c->public_key, p->running->peers[i].public_key, WG_KEY_LEN);
		c->remove = true;
		p->out->n_changes++;
	}
	return 0;
}

static void plan_device(struct planner *p)
{
	const struct model_wg *wg = p->want->wg;
	uint8_t public_key[WG_KEY_LEN];

	if (wg->has_private_key && !crypto_scalarmult_base(public_key, wg->private_key))
		p->out->set_private_key = memcmp(public_key, p->running->public_key, WG_KEY_LEN);
	p->out->listen_port = wg->listen_port;
	p->out->set_listen_port = wg->has_listen_port && wg->listen_port != p->running->listen_port;
	p->out->fwmark = p->want->fwmark;
	p->out->set_fwmark = p->want->fwmark != p->running->fwmark;
}

int wg_plan(const struct wg_wanted *want, const struct wg_device *running, struct wg_plan *out)
{
	static const struct wg_device none;
	struct planner p = { .want = want, .running = running ?: &none, .out = out };
	size_t i;
	int err;

	*out = (struct wg_plan){};
	plan_device(&p);
	err = claims_wanted(&p) ?: claims_held(&p) ?: index_keys(&p);
	for (i = 0; i < want->wg->n_peers && !err; i++)
		err = plan_peer(&p, i);
	err = err ?: plan_removals(&p);
	free(p.wanted.list);
	free(p.held.list);
	free(p.wanted_keys);
	free(p.held_keys);
	if (err)
		wg_plan_free(out);
	return err;
}

bool wg_plan_empty(const struct wg_plan *plan)
{
	return !plan->n_changes && !plan->set_private_key && !plan->set_listen_port && !plan->set_fwmark;
}

void wg_plan_free(struct wg_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_changes; i++)
		free(plan->changes[i].allowed);
	free(plan->changes);
	free(plan->steals);
	*plan = (struct wg_plan){};
}

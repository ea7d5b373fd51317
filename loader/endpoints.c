// SPDX-License-Identifier: GPL-2.0-only
/* Endpoints of peers. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "addr.h"
#include "daemon.h"
#include "endpoints.h"
#include "log.h"
#include "tunnel.h"
#include "wg.h"
#include "wg_plan.h"
#include "wg_set.h"

#define STALE		135		/* s since a handshake: REKEY_AFTER_TIME and some tries, as reresolve-dns.sh */
#define RETRY_FIRST	2		/* s */
#define RETRY_MOST	60
#define TICK		2

struct endpoint {
	char *host, *port;		/* NULL: none is written */
	bool numeric;
	bool asked;			/* a question is under way */
	bool fresh;			/* its text came with the last reload */
	bool failing;			/* said once */
	unsigned int wait;		/* s until the next try */
	time_t next;			/* CLOCK_MONOTONIC */
	uint64_t tx_bytes;		/* when last looked at */
	unsigned int n;
	struct wg_endpoint at[RESOLVER_ADDRESSES];
};

static time_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec;
}

/* "HOST:PORT" or "[IPv6]:PORT", as the parser let it pass. */
static int split(const char *text, struct endpoint *e)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? colon - text : 0;

	if (!len)
		return -EINVAL;
	if (*text == '[' && len > 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	e->host = strndup(text, len);
	e->port = strdup(colon + 1);
	return e->host && e->port ? 0 : -ENOMEM;
}

int endpoints_open(const struct model_wg *wg, struct endpoint **out)
{
	struct endpoint *list = calloc(wg->n_peers + 1, sizeof(*list));
	size_t i;
	int err = list ? 0 : -ENOMEM;

	for (i = 0; i < wg->n_peers && !err; i++) {
		if (!wg->peers[i].endpoint)
			continue;
		err = split(wg->peers[i].endpoint, &list[i]);
		list[i].fresh = true;
		list[i].wait = RETRY_FIRST;
		list[i].numeric = !err && !resolver_numeric(list[i].host, list[i].port, &list[i].at[0]);
		list[i].n = list[i].numeric;
	}
	if (err)
		endpoints_free(wg, list);
	else
		*out = list;
	return err;
}

void endpoints_free(const struct model_wg *wg, struct endpoint *list)
{
	size_t i;

	for (i = 0; list && i < wg->n_peers; i++) {
		free(list[i].host);
		free(list[i].port);
	}
	free(list);
}

void endpoints_inherit(const struct model_wg *wg, struct endpoint *list, const struct model_wg *old_wg,
		       const struct endpoint *old)
{
	size_t i, k;

	for (i = 0; i < wg->n_peers; i++) {
		for (k = 0; k < old_wg->n_peers; k++)
			if (!memcmp(wg->peers[i].public_key, old_wg->peers[k].public_key, MODEL_KEY_LEN))
				break;
		if (k == old_wg->n_peers || !list[i].host || !old_wg->peers[k].endpoint ||
		    strcmp(wg->peers[i].endpoint, old_wg->peers[k].endpoint))
			continue;
		list[i].fresh = false;
		list[i].n = old[k].n;
		memcpy(list[i].at, old[k].at, sizeof(list[i].at));
	}
}

static const struct wg_peer *find(const struct wg_device *dev, const uint8_t *key)
{
	size_t i;

	for (i = 0; dev && i < dev->n_peers; i++)
		if (!memcmp(dev->peers[i].public_key, key, WG_KEY_LEN))
			return &dev->peers[i];
	return NULL;
}

/* Handshakes are told in wall-clock time, which may have been set back. */
static bool talks(const struct wg_peer *peer)
{
	time_t age = now(CLOCK_REALTIME) - peer->last_handshake.tv_sec;

	return peer->at.sa.sa_family && peer->last_handshake.tv_sec && age < STALE && age > -STALE;
}

void endpoints_wanted(const struct daemon *d, const struct wg_device *running, struct wg_endpoint *out)
{
	const struct endpoint *list = d->tunnel.endpoints;
	const struct wg_peer *peer;
	size_t i;

	memset(out, 0, d->model.wg.n_peers * sizeof(*out));
	for (i = 0; i < d->model.wg.n_peers; i++) {
		if (!list[i].n)
			continue;
		peer = find(running, d->model.wg.peers[i].public_key);
		if (!peer || !peer->at.sa.sa_family || (list[i].fresh && d->tunnel.questions > 1) || !talks(peer))
			out[i] = list[i].at[0];
	}
}

/* One peer, its endpoint and nothing else. */
static int set(struct daemon *d, size_t i, const struct wg_endpoint *at)
{
	struct wg_change change = { .set_endpoint = true, .endpoint = *at };
	struct wg_plan plan = { .changes = &change, .n_changes = 1 };

	memcpy(change.public_key, d->model.wg.peers[i].public_key, WG_KEY_LEN);
	return wg_apply(d->model.ifname, &plan, NULL, NULL);
}

static void ask(struct daemon *d, size_t i)
{
	struct endpoint *e = &d->tunnel.endpoints[i];
	uint64_t id = (uint64_t)d->tunnel.questions << 32 | i;

	if (e->asked || now(CLOCK_MONOTONIC) < e->next)
		return;
	e->asked = !resolver_ask(&d->tunnel.resolver, id, e->host, e->port);
	d->tunnel.waiting |= !e->asked;
}

/*
 * Of several addresses the next one, if what was sent to the one before was never answered: a host
 * that has lost IPv6 is found by IPv4, and the other way round.
 */
static const struct wg_endpoint *choose(const struct endpoint *e, const struct wg_peer *peer)
{
	unsigned int i;

	for (i = 0; i < e->n; i++)
		if (wg_endpoint_equal(&e->at[i], &peer->at))
			return peer->tx_bytes > e->tx_bytes ? &e->at[(i + 1) % e->n] : &e->at[i];
	return &e->at[0];
}

static void mend(struct daemon *d, size_t i, const struct wg_peer *peer)
{
	struct endpoint *e = &d->tunnel.endpoints[i];
	char label[TUNNEL_PEER_TEXT];
	const struct wg_endpoint *at;
	int err;

	at = choose(e, peer);
	e->tx_bytes = peer->tx_bytes;
	if (wg_endpoint_equal(at, &peer->at))
		return;
	tunnel_peer_text(&d->model, peer->public_key, label);
	err = set(d, i, at);
	if (err)
		log_warning("%s: peer %s: cannot set its endpoint: %s", d->model.ifname, label, strerror(-err));
	else
		log_info("%s: peer %s: endpoint set to what %s is now", d->model.ifname, label, e->host);
}

/* Ticks may come by the half second; peers by the thousand. */
static bool is_due(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	time_t at = now(CLOCK_MONOTONIC);
	size_t i;

	if (!t->waiting && at < t->next_tick)
		return false;
	t->next_tick = at + TICK;
	for (i = 0; i < d->model.wg.n_peers; i++)
		if (t->endpoints[i].host)
			return true;
	return false;
}

/* Names that gave nothing are asked again, and those of peers that are silent. */
void endpoints_tick(struct daemon *d, const struct wg_device *now)
{
	struct endpoint *list = d->tunnel.endpoints;
	struct wg_device *read = NULL;
	const struct wg_peer *peer;
	size_t i;

	if (!d->model.wg.given || !list || !is_due(d) || (!now && wg_get(d->model.ifname, &read)))
		return;
	d->tunnel.waiting = false;
	for (i = 0; i < d->model.wg.n_peers; i++) {
		if (!list[i].host)
			continue;
		peer = find(now ?: read, d->model.wg.peers[i].public_key);
		if (!peer || talks(peer))
			continue;
		if (!list[i].numeric)
			ask(d, i);
		else
			mend(d, i, peer);
	}
	wg_free(read);
}

static void take_failure(struct daemon *d, size_t i, int error)
{
	struct endpoint *e = &d->tunnel.endpoints[i];
	char label[TUNNEL_PEER_TEXT];

	tunnel_peer_text(&d->model, d->model.wg.peers[i].public_key, label);
	if (!e->failing)
		log_warning("%s: peer %s: %s: %s; tried again until it is known", d->model.ifname, label, e->host,
			    gai_strerror(error));
	e->failing = true;
	e->next = now(CLOCK_MONOTONIC) + e->wait;
	e->wait = e->wait * 2 < RETRY_MOST ? e->wait * 2 : RETRY_MOST;
}

static void take_answer(struct daemon *d, const struct resolver_answer *answer)
{
	size_t i = answer->id & 0xffffffffU;
	struct endpoint *e = &d->tunnel.endpoints[i];
	const struct wg_peer *peer;
	struct wg_device *dev;

	if (answer->id >> 32 != d->tunnel.questions || i >= d->model.wg.n_peers)
		return;
	e->asked = false;
	if (answer->error) {
		take_failure(d, i, answer->error);
		return;
	}
	e->failing = false;
	e->wait = RETRY_FIRST;
	e->next = now(CLOCK_MONOTONIC) + RETRY_MOST / 2;
	e->n = answer->n;
	memcpy(e->at, answer->at, sizeof(e->at));
	if (wg_get(d->model.ifname, &dev))
		return;
	peer = find(dev, d->model.wg.peers[i].public_key);
	if (peer && (!talks(peer) || e->fresh))
		mend(d, i, peer);
	e->fresh = false;
	wg_free(dev);
}

void endpoints_read(struct daemon *d)
{
	struct resolver_answer answer;

	while (!resolver_read(&d->tunnel.resolver, &answer))
		take_answer(d, &answer);
	if (d->tunnel.waiting)
		endpoints_tick(d, NULL);
}

bool endpoints_address(const struct daemon *d, size_t peer, struct vtep_addr *out)
{
	const struct endpoint *e = &d->tunnel.endpoints[peer];

	if (!e->n)
		return false;
	if (e->at[0].sa.sa_family == AF_INET)
		*out = addr_from4(e->at[0].in.sin_addr.s_addr);
	else
		memcpy(out, &e->at[0].in6.sin6_addr, sizeof(*out));
	return true;
}

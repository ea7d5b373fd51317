// SPDX-License-Identifier: GPL-2.0-only
/* Peers of WireGuard: looked at, asked, left out and taken in again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <net/if.h>
#include "addr_list.h"
#include "daemon.h"
#include "liveness.h"
#include "log.h"
#include "question.h"
#include "silence.h"
#include "tunnel.h"
#include "vtep_flush.h"
#include "wg.h"

#define NAMED		5		/* peers that are named one by one */
#define SPREAD		8		/* of a timeout, the part over which the first questions are spread */

struct peer {
	uint8_t key[WG_KEY_LEN];	/* first: key_compare() */
	struct silence silence;
};

struct liveness {
	struct peer *peers;		/* sorted by key */
	size_t n;
	bool dead[VTEP_MAX_VTEPS];	/* by slot */
	bool some;			/* any of them */
	bool blocked;			/* said once */
};

/* The look under way. */
struct look {
	struct daemon *d;
	struct liveness *l;
	const struct wg_device *dev;
	uint64_t now;			/* ms */
	struct peer *peers;		/* in the order of dev's */
	enum silence_act *acts;
	__u32 *slots;			/* a VTEP of each; VTEP_NO_SLOT: it has none */
	int *of_slot;			/* the peer that each VTEP is behind; -1: none */
	int fd;
	unsigned int said[SILENCE_BACK + 1];
};

static int key_compare(const void *a, const void *b)
{
	return memcmp(a, b, WG_KEY_LEN);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static uint32_t timeout_of(const struct daemon *d, const struct wg_peer *peer)
{
	if (d->model.peer_timeout_given)
		return d->model.peer_timeout;
	return silence_timeout(peer->keepalive);
}

/* Those that were known, and new ones, each of which begins alive. True: somebody has to act. */
static bool look_at_all(struct look *k)
{
	const struct liveness *l = k->l;
	bool any = false;
	size_t i;

	for (i = 0; i < k->dev->n_peers; i++) {
		const struct wg_peer *peer = &k->dev->peers[i];
		uint32_t timeout = timeout_of(k->d, peer);
		const struct peer *old = NULL;
		struct peer *p = &k->peers[i];

		if (l->n)
			old = bsearch(peer->public_key, l->peers, l->n, sizeof(*old), key_compare);
		if (old)
			*p = *old;
		else
			p->silence.since = k->now;
		memcpy(p->key, peer->public_key, WG_KEY_LEN);
		p->silence.early = p->key[0] * (timeout * 1000ULL) / (256 * SPREAD);
		k->acts[i] = silence_look(&p->silence, peer->rx_bytes, &peer->last_handshake, k->now, timeout);
		any |= k->acts[i] != SILENCE_NONE;
	}
	return any;
}

/* A VTEP is behind the peer that WireGuard sends its packets to, whoever configured it. */
static int place_vteps(struct look *k)
{
	struct wg_table *table = wg_table_new(k->dev);
	const struct daemon *d = k->d;
	const struct wg_peer *peer;
	__u32 slot;
	size_t i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < k->dev->n_peers; i++)
		k->slots[i] = VTEP_NO_SLOT;
	for (slot = 0; slot < VTEP_MAX_VTEPS; slot++) {
		peer = d->vteps[slot].ifindex ? wg_table_route(table, &d->vteps[slot].addr) : NULL;
		k->of_slot[slot] = peer ? peer - k->dev->peers : -1;
		if (peer)
			k->slots[peer - k->dev->peers] = slot;
	}
	wg_table_free(table);
	return 0;
}

/* False: nobody can be asked, so nobody's silence tells. */
static bool ask(struct look *k, size_t i)
{
	if (k->fd == -1)
		k->fd = question_open(k->d->model.ifname, &k->d->local);
	return question_send(k->fd, &k->d->vteps[k->slots[i]].addr);
}

static void say_blocked(struct look *k)
{
	if (!k->l->blocked) {
		log_warning("%s: a firewall of this host keeps vtepd from asking silent peers: dead ones are not noticed",
			    k->d->model.ifname);
		log_hint("iptables -I OUTPUT -o %s -p udp --dport %u -j ACCEPT", k->d->model.ifname, QUESTION_PORT);
	}
	k->l->blocked = true;
}

static void say(struct look *k, size_t i)
{
	const struct daemon *d = k->d;
	char label[TUNNEL_PEER_TEXT];
	enum silence_act act = k->acts[i];

	if (k->said[act]++ >= NAMED)
		return;
	tunnel_peer_text(&d->model, k->peers[i].key, label);
	if (act == SILENCE_DEAD)
		log_warning("%s: peer %s: dead, nothing heard for %u s: its MACs are forgotten%s", d->model.ifname, label,
			    timeout_of(d, &k->dev->peers[i]),
			    d->model.accel == ACCEL_OFF ? "" : ", broadcasts go without it");
	else
		log_notice("%s: peer %s: back", d->model.ifname, label);
}

static void say_rest(const struct look *k)
{
	const char *name = k->d->model.ifname;

	if (k->said[SILENCE_DEAD] > NAMED)
		log_warning("%s: and %u peers more that are dead", name, k->said[SILENCE_DEAD] - NAMED);
	if (k->said[SILENCE_BACK] > NAMED)
		log_notice("%s: and %u peers more that are back", name, k->said[SILENCE_BACK] - NAMED);
}

static void act_on_all(struct look *k)
{
	size_t i;

	for (i = 0; i < k->dev->n_peers; i++) {
		if (k->acts[i] == SILENCE_NONE)
			continue;
		if (k->slots[i] == VTEP_NO_SLOT) {	/* no part in the overlay */
			silence_heard(&k->peers[i].silence, k->now);
		} else if (k->acts[i] != SILENCE_ASK) {
			say(k, i);
		} else if (!ask(k, i)) {
			say_blocked(k);
			silence_heard(&k->peers[i].silence, k->now);
		}
	}
	if (k->fd >= 0)
		close(k->fd);
	say_rest(k);
}

/* Segments that have any of these VTEPs: their flood lists are made again. */
static void mark_segments(struct daemon *d, const struct vtep_addr *vteps, size_t n, bool *marked)
{
	struct segment *s;
	size_t k;
	int i;

	for (i = 0; i < d->n_segments; i++) {
		s = &d->segments[i];
		for (k = 0; k < n && !marked[i]; k++)
			marked[i] = addr_list_has(s->members, s->n_members, &vteps[k]);
		s->dirty |= marked[i];
	}
}

/* What the looks say of peers, as what it means for VTEPs. flushed: those that are dead from now on. */
static int follow(struct look *k, bool *flushed, bool *marked)
{
	struct liveness *l = k->l;
	struct daemon *d = k->d;
	struct vtep_addr *changed = NULL;
	size_t n = 0, forgotten;
	bool dead, any = false;
	__u32 slot;
	int err = 0;

	l->some = false;
	for (slot = 0; slot < VTEP_MAX_VTEPS && !err; slot++) {
		dead = k->of_slot[slot] >= 0 && k->peers[k->of_slot[slot]].silence.dead;
		l->some |= dead;
		if (dead == l->dead[slot])
			continue;
		l->dead[slot] = dead;
		any |= flushed[slot] = dead;
		err = addr_list_add(&changed, &n, &d->vteps[slot].addr);
	}
	if (!err && n)
		mark_segments(d, changed, n, marked);
	if (!err && any)
		err = vtep_flush(d, flushed, marked, &forgotten);
	if (!err && any)
		log_debug("%s: %zu MACs forgotten", d->model.ifname, forgotten);
	free(changed);
	return err;
}

static int act(struct look *k)
{
	bool *flushed = calloc(VTEP_MAX_VTEPS, sizeof(*flushed)), *marked = calloc(k->d->n_segments + 1, sizeof(*marked));
	int err = -ENOMEM;

	k->slots = calloc(k->dev->n_peers + 1, sizeof(*k->slots));
	k->of_slot = calloc(VTEP_MAX_VTEPS, sizeof(*k->of_slot));
	if (k->slots && k->of_slot && flushed && marked)
		err = place_vteps(k);
	if (!err) {
		act_on_all(k);
		err = follow(k, flushed, marked);
	}
	free(k->slots);
	free(k->of_slot);
	free(flushed);
	free(marked);
	return err;
}

/* What they are now is what the next look starts from. */
static void keep(struct look *k)
{
	qsort(k->peers, k->dev->n_peers, sizeof(*k->peers), key_compare);
	free(k->l->peers);
	k->l->peers = k->peers;
	k->l->n = k->dev->n_peers;
}

void liveness_tick(struct daemon *d, const struct wg_device *now)
{
	struct look k = { .d = d, .dev = now, .now = now_ms(), .fd = -1 };
	int err = -ENOMEM;

	/* A device that is down hears nobody. */
	if (!now || !d->vteps || !(d->wg.flags & IFF_UP))
		return;
	if (!d->liveness)
		d->liveness = calloc(1, sizeof(*d->liveness));
	k.l = d->liveness;
	k.peers = calloc(now->n_peers + 1, sizeof(*k.peers));
	k.acts = calloc(now->n_peers + 1, sizeof(*k.acts));
	if (k.l && k.peers && k.acts) {
		err = look_at_all(&k) || k.l->some ? act(&k) : 0;
		keep(&k);
	} else {
		free(k.peers);
	}
	free(k.acts);
	if (err)
		log_warning("%s: cannot follow which peers are alive: %s", d->model.ifname, strerror(-err));
}

bool liveness_dead(const struct daemon *d, __u32 slot)
{
	return d->liveness && slot < VTEP_MAX_VTEPS && d->liveness->dead[slot];
}

void liveness_free(struct daemon *d)
{
	if (d->liveness)
		free(d->liveness->peers);
	free(d->liveness);
	d->liveness = NULL;
}

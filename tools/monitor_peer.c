/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers: up with a handshake, down when their last session has ended; endpoints that move. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"
#include "peer.h"

struct peer_seen {
	uint8_t key[WG_KEY_LEN];
	bool up;
	char endpoint[sizeof(((struct wg_peer *)0)->endpoint)];
};

static void peer_event(const struct monitor *m, const struct wg_peer *peer, const char *event, enum color color)
{
	struct session_vtep as_vtep = { .peer = peer };
	const char *name = session_name(m->s, peer);
	char text[SESSION_PEER];

	monitor_event(m, "peer", event, color,
		      json_pack("{ss so so sb}", "peer", peer->key, "name", name ? json_string(name) : json_null(),
				"endpoint", *peer->endpoint ? json_string(peer->endpoint) : json_null(),
				"up", peer_is_up(peer)),
		      "peer %s endpoint %s", session_peer(m->s, &as_vtep, text),
		      *peer->endpoint ? peer->endpoint : "unknown");
}

static const struct peer_seen *seen_find(const struct monitor *m, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < m->n_seen; i++)
		if (!memcmp(m->seen[i].key, key, WG_KEY_LEN))
			return &m->seen[i];
	return NULL;
}

static void peer_compare(const struct monitor *m, const struct wg_peer *peer)
{
	const struct peer_seen *was = seen_find(m, peer->public_key);
	bool up = peer_is_up(peer);

	if (!was)
		peer_event(m, peer, "new", COLOR_GREEN);
	if (up != (was && was->up))
		peer_event(m, peer, up ? "up" : "down", up ? COLOR_GREEN : COLOR_RED);
	else if (was && strcmp(was->endpoint, peer->endpoint))
		peer_event(m, peer, "moved", COLOR_YELLOW);
}

static bool has_peer(const struct wg_device *wg, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < wg->n_peers; i++)
		if (!memcmp(wg->peers[i].public_key, key, WG_KEY_LEN))
			return true;
	return false;
}

/* While the old device is the session's: its names and keys are those of the ones that went. */
static void gone_say(const struct monitor *m, const struct wg_device *now)
{
	size_t i;

	for (i = 0; m->s->wg && i < m->s->wg->n_peers; i++)
		if (!has_peer(now, m->s->wg->peers[i].public_key))
			peer_event(m, &m->s->wg->peers[i], "gone", COLOR_RED);
}

static int seen_take(struct monitor *m)
{
	const struct wg_device *wg = m->s->wg;
	struct peer_seen *seen = calloc(wg->n_peers + 1, sizeof(*seen));
	size_t i;

	if (!seen)
		return -ENOMEM;
	for (i = 0; i < wg->n_peers; i++) {
		memcpy(seen[i].key, wg->peers[i].public_key, WG_KEY_LEN);
		strcpy(seen[i].endpoint, wg->peers[i].endpoint);
		seen[i].up = peer_is_up(&wg->peers[i]);
	}
	free(m->seen);
	m->seen = seen;
	m->n_seen = wg->n_peers;
	return 0;
}

int monitor_peers_poll(struct monitor *m, bool silent)
{
	struct wg_device *wg;
	size_t i;
	int err = wg_get(m->s->in.meta.ifname, &wg);

	if (err)
		return err == -ENODEV ? -ENOENT : err;
	if (!silent)
		gone_say(m, wg);
	session_wg_set(m->s, wg);
	for (i = 0; i < wg->n_peers && !silent; i++)
		peer_compare(m, &wg->peers[i]);
	return seen_take(m);
}

void monitor_peers_stop(struct monitor *m)
{
	free(m->seen);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers of a session: what they are called, and which one is meant. */
#include <stdio.h>
#include <string.h>

#include "session.h"

const char *session_name(const struct session *s, const struct wg_peer *peer)
{
	return s->names && peer ? s->names[peer - s->wg->peers] : NULL;
}

int session_peer_arg(const struct session *s, const struct args *args, const struct wg_peer **out)
{
	const struct wg_peer *peer, *found = NULL;
	size_t i, n = 0, len = args->peer ? strlen(args->peer) : 0;

	*out = NULL;
	if (!args->peer)
		return 0;
	for (i = 0; s->wg && i < s->wg->n_peers; i++) {
		const char *name;

		peer = &s->wg->peers[i];
		name = session_name(s, peer);
		if (name && !strcmp(name, args->peer)) {
			found = peer;
			n = 1;
			break;
		}
		if (!strncmp(peer->key, args->peer, len)) {
			found = peer;
			n++;
		}
	}
	if (n == 1) {
		*out = found;
		return 0;
	}
	error_say(n ? "%s has several peers '%s'" : "%s has no peer '%s'", s->in.meta.ifname, args->peer);
	error_hint("vtepctl peer show        (a name, or enough of the key)");
	return EXIT_NOT_FOUND;
}

const char *session_peer(const struct session *s, const struct session_vtep *vtep, char *buf)
{
	const char *key = "", *name = vtep ? session_name(s, vtep->peer) : NULL;

	if (vtep)
		key = vtep->peer ? vtep->peer->key : s->wg ? "none" : "?";
	if (name && !s->opt->details && !s->opt->oneline)
		snprintf(buf, SESSION_PEER, "%s", name);
	else if (strlen(key) <= 8 || s->opt->details || s->opt->oneline)
		snprintf(buf, SESSION_PEER, "%s", key);
	else
		snprintf(buf, SESSION_PEER, "%.8s%s", key, s->opt->utf8 ? "…" : "");
	return buf;
}

enum color session_peer_color(const struct session *s, const struct session_vtep *vtep)
{
	return vtep && !vtep->peer && s->wg ? COLOR_RED : COLOR_NONE;
}

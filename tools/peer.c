/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl peer: WireGuard's peers as nodes of the overlay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "census.h"
#include "human.h"
#include "peer.h"
#include "verbs.h"

#define PEER_LIST	4096		/* bytes of a list in a cell; what is longer ends in "…" */
#define PEER_ALIVE	180		/* seconds: WireGuard's REJECT_AFTER_TIME, a session lives no longer */

enum { PEER, VTEP, ENDPOINT, HANDSHAKE, RX, TX, MACS, VNIS, KEEPALIVE, NAME };

const struct column peer_columns[] = {
	[PEER] = { .name = "PEER" },
	[VTEP] = { .name = "VTEP" },
	[ENDPOINT] = { .name = "ENDPOINT" },
	[HANDSHAKE] = { .name = "HANDSHAKE", .right = true },
	[RX] = { .name = "RX", .right = true },
	[TX] = { .name = "TX", .right = true },
	[MACS] = { .name = "MACS", .right = true },
	[VNIS] = { .name = "VNIS" },
	[KEEPALIVE] = { .name = "KEEPALIVE", .right = true, .details = true },
	[NAME] = { .name = "NAME", .details = true },
	{ 0 }
};

/* Which of the session's VNIs each VTEP has a part in. */
struct membership {
	const struct session *s;
	bool *part;			/* [slot of vteps * n_vnis + i] */
};

static int member_collect(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	struct membership *members = data;
	const struct session_vni *v = session_vni(members->s, key->vni);

	if (v && m->vtep < VTEP_MAX_VTEPS)
		members->part[m->vtep * members->s->n_vnis + (v - members->s->vnis)] = true;
	return 0;
}

static bool peer_in_vni(const struct membership *members, const struct census_peer *behind, size_t i)
{
	__u32 k;

	for (k = 0; k < behind->n; k++)
		if (members->part[behind->slots[k] * members->s->n_vnis + i])
			return true;
	return false;
}

static void list_add(char list[PEER_LIST], const char *word)
{
	size_t len = strlen(list);

	if (len + strlen(word) + 6 < PEER_LIST)
		snprintf(list + len, PEER_LIST - len, "%s%s", len ? "," : "", word);
	else if (strcmp(list + len - 3, "…"))
		snprintf(list + len, PEER_LIST - len, ",…");
}

static void lists_fill(const struct membership *members, const struct census_peer *behind, struct row *row)
{
	const struct session *s = members->s;
	char vteps[PEER_LIST] = "", vnis[PEER_LIST] = "", number[16];
	json_t *vtep_array = json_array(), *vni_array = json_array();
	size_t i;

	for (i = 0; i < behind->n; i++) {
		list_add(vteps, s->vteps[behind->slots[i]].text);
		json_array_append_new(vtep_array, json_string(s->vteps[behind->slots[i]].text));
	}
	for (i = 0; i < s->n_vnis; i++) {
		if (!peer_in_vni(members, behind, i))
			continue;
		snprintf(number, sizeof(number), "%u", s->vnis[i].vni.vni);
		list_add(vnis, number);
		json_array_append_new(vni_array, json_integer(s->vnis[i].vni.vni));
	}
	row_set(row, "vteps", vtep_array);
	row_set(row, "vnis", vni_array);
	row_cell(row, VTEP, COLOR_NONE, "%s", *vteps ? vteps : "none");
	row_cell(row, VNIS, COLOR_NONE, "%s", vnis);
}

bool peer_is_up(const struct wg_peer *peer)
{
	return peer->last_handshake.tv_sec && time(NULL) - peer->last_handshake.tv_sec < PEER_ALIVE;
}

static void handshake_fill(const struct session *s, const struct wg_peer *peer, struct row *row)
{
	__u64 now = time(NULL), then = peer->last_handshake.tv_sec, age = now > then ? now - then : 0;
	bool alive = peer_is_up(peer);
	char text[HUMAN_LEN];

	row_set(row, "latest_handshake", then ? json_integer(then) : json_null());
	row_set(row, "age", then ? json_integer(age) : json_null());
	row_set(row, "up", json_boolean(alive));
	if (!then)
		row_cell(row, HANDSHAKE, COLOR_RED, "never");
	else if (s->opt->oneline)
		row_cell(row, HANDSHAKE, COLOR_NONE, "%llu", (unsigned long long)age);
	else
		row_cell(row, HANDSHAKE, alive ? COLOR_GREEN : COLOR_RED, "%s", human_age(age, text));
}

static void bytes_fill(const struct session *s, struct row *row, size_t column, const char *key, __u64 bytes)
{
	char text[HUMAN_LEN];

	row_set(row, key, json_integer(bytes));
	if (s->opt->oneline)
		row_cell(row, column, COLOR_NONE, "%llu", (unsigned long long)bytes);
	else
		row_cell(row, column, COLOR_NONE, "%s", human_bytes(bytes, text));
}

static void peer_row(const struct census *c, const struct membership *members, const struct wg_peer *peer)
{
	const struct session *s = c->s;
	const char *name = session_name(s, peer);
	struct session_vtep as_vtep = { .peer = peer };
	struct row *row = output_row(s->out);
	struct census_peer behind;
	char text[SESSION_PEER];

	census_of_peer(c, peer, &behind);
	row_set(row, "interface", json_string(s->in.meta.ifname));
	row_set(row, "peer", json_string(peer->key));
	row_set(row, "name", name ? json_string(name) : json_null());
	row_set(row, "endpoint", *peer->endpoint ? json_string(peer->endpoint) : json_null());
	row_set(row, "keepalive", json_integer(peer->keepalive));
	row_set(row, "macs", json_integer(behind.macs));
	row_cell(row, PEER, COLOR_NONE, "%s", session_peer(s, &as_vtep, text));
	row_cell(row, ENDPOINT, COLOR_NONE, "%s", *peer->endpoint ? peer->endpoint : "unknown");
	row_cell(row, MACS, COLOR_NONE, "%u", behind.macs);
	row_cell(row, NAME, COLOR_NONE, "%s", name ? name : "");
	row_cell(row, KEEPALIVE, COLOR_NONE, "%u", peer->keepalive);
	lists_fill(members, &behind, row);
	handshake_fill(s, peer, row);
	bytes_fill(s, row, RX, "rx_bytes", peer->rx_bytes);
	bytes_fill(s, row, TX, "tx_bytes", peer->tx_bytes);
}

static int rows_print(struct session *s, const struct wg_peer *only)
{
	struct membership members = { .s = s };
	struct census *c;
	size_t i;
	int err;

	c = census_take(s, &err);
	if (!c)
		return err;
	members.part = calloc(VTEP_MAX_VTEPS, s->n_vnis + 1);
	err = members.part ? instance_each_member(&s->in, member_collect, &members) : -ENOMEM;
	for (i = 0; i < s->wg->n_peers && !err; i++)
		if (!only || only == &s->wg->peers[i])
			peer_row(c, &members, &s->wg->peers[i]);
	free(members.part);
	census_free(c);
	return err;
}

int peer_check(const struct session *s)
{
	if (s->wg)
		return 0;
	error_say("the kernel tells no peers of %s", s->in.meta.ifname);
	error_hint("wg show %s        (as root)", s->in.meta.ifname);
	return EXIT_REFUSED;
}

int peer_show(struct session *s, const struct args *args)
{
	const struct wg_peer *only;
	int err, code = peer_check(s) ?: session_peer_arg(s, args, &only);

	err = code ? 0 : rows_print(s, only);
	return err ? session_refused(s, err, "read the instance of %s", s->in.meta.ifname) : code;
}

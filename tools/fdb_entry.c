/* SPDX-License-Identifier: GPL-2.0-only */
/* Printing an entry of the forwarding database: columns for people, iproute2's keys for scripts. */
#include "fdb_entry.h"
#include "human.h"
#include "verbs.h"

enum { VNI, MAC, WHERE, PEER, TYPE, AGE, CHANGED, EXPIRES, STATE };

const struct column fdb_columns[] = {
	[VNI] = { .name = "VNI", .right = true },
	[MAC] = { .name = "MAC" },
	[WHERE] = { .name = "WHERE" },
	[PEER] = { .name = "PEER" },
	[TYPE] = { .name = "TYPE" },
	[AGE] = { .name = "AGE", .right = true },
	[CHANGED] = { .name = "CHANGED", .right = true, .details = true },
	[EXPIRES] = { .name = "EXPIRES", .right = true, .details = true },
	[STATE] = { .name = "STATE", .details = true },
	{ 0 }
};

const struct fdb_type_row fdb_types[] = {
	[TYPE_LOCAL] = { "local", "", COLOR_GREEN, true, false },
	[TYPE_LOCAL_STATIC] = { "static", "static", COLOR_CYAN, false, false },
	[TYPE_HOST] = { "host", "permanent", COLOR_DIM, false, false },
	[TYPE_DYNAMIC] = { "dynamic", "", COLOR_GREEN, true, true },
	[TYPE_STATIC] = { "static", "permanent", COLOR_CYAN, false, true },
	[TYPE_FLOOD] = { "flood", "permanent", COLOR_MAGENTA, false, true },
};

static json_t *seconds(bool known, __u64 ms)
{
	return known ? json_integer(ms / 1000) : json_null();
}

/* iproute2's keys; null is what is not known or does not apply. */
static void entry_object(const struct session *s, struct row *row, const struct fdb_entry *e)
{
	const struct wg_peer *peer = e->vtep ? e->vtep->peer : NULL;
	const char *name = session_name(s, peer);
	bool self = fdb_types[e->type].remote;
	char mac[MAC_STRLEN];

	row_set(row, "mac", json_string(mac_format(e->mac, mac)));
	row_set(row, "ifname", json_string(e->dev));
	row_set(row, "vni", json_integer(e->vni->vni.vni));
	if (e->vni->vni.vlan)
		row_set(row, "vlan", json_integer(e->vni->vni.vlan));
	row_set(row, "dst", e->vtep ? json_string(e->vtep->text) : json_null());
	row_set(row, "peer", peer ? json_string(peer->key) : json_null());
	row_set(row, "name", name ? json_string(name) : json_null());
	row_set(row, "type", json_string(fdb_types[e->type].name));
	row_set(row, "state", json_string(fdb_types[e->type].state));
	row_set(row, "flags", self ? json_pack("[s]", "self") : json_array());
	row_set(row, "master", !self && *e->vni->br ? json_string(e->vni->br) : json_null());
	row_set(row, "age", seconds(e->timed, e->age));
	row_set(row, "used", seconds(e->timed, e->age));
	row_set(row, "updated", seconds(e->timed, e->changed));
	row_set(row, "held", seconds(e->held, e->held + 999));
	if (e->aged)
		row_set(row, "aged", json_true());
}

static enum color entry_color(const struct fdb_entry *e)
{
	if (e->held)
		return COLOR_RED;
	if (e->aged)
		return COLOR_DIM;
	if (e->timed && e->vni->ageing && e->age / 1000 * 10 > e->vni->ageing * 8ULL)
		return COLOR_YELLOW;
	return fdb_types[e->type].color;
}

/* For scripts (-o) plain seconds. */
static void age_cell(const struct session *s, struct row *row, size_t column, enum color color,
		     __u64 age)
{
	char text[HUMAN_LEN];

	if (s->opt->oneline)
		row_cell(row, column, color, "%llu", (unsigned long long)age);
	else
		row_cell(row, column, color, "%s", human_age(age, text));
}

static void entry_cells(const struct session *s, struct row *row, const struct fdb_entry *e)
{
	__u64 age = e->age / 1000, limit = e->vni->ageing;
	enum color color = entry_color(e);
	char mac[MAC_STRLEN], peer[SESSION_PEER];

	row_cell(row, VNI, COLOR_NONE, "%u", e->vni->vni.vni);
	row_cell(row, MAC, COLOR_NONE, "%s", mac_format(e->mac, mac));
	row_cell(row, WHERE, COLOR_NONE, "%s",
		 e->vtep ? e->vtep->text : fdb_types[e->type].remote ? "?" : e->dev);
	row_cell(row, PEER, session_peer_color(s, e->vtep), "%s", session_peer(s, e->vtep, peer));
	row_cell(row, TYPE, color, "%s%s", fdb_types[e->type].name, e->held ? ",held" : "");
	row_cell(row, STATE, color, "%s", e->aged ? "aged-out" : fdb_types[e->type].state);
	if (!e->timed)
		return;
	age_cell(s, row, AGE, color, age);
	age_cell(s, row, CHANGED, COLOR_NONE, e->changed / 1000);
	if (limit && !e->aged)
		age_cell(s, row, EXPIRES, COLOR_NONE, limit > age ? limit - age : 0);
}

void fdb_entry_print(const struct session *s, const struct fdb_entry *e)
{
	struct row *row = output_row(s->out);

	entry_object(s, row, e);
	entry_cells(s, row, e);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl flood: the VTEPs that get broadcasts, multicasts and frames to unknown MACs. Configured
 * as the vxlan device's all-zeros entries; shown as BPF uses them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

#include "kernel_fdb.h"
#include "verbs.h"

enum { VNI, VTEP, PEER, ENDPOINT, DEV };

const struct column flood_columns[] = {
	[VNI] = { .name = "VNI", .right = true },
	[VTEP] = { .name = "VTEP" },
	[PEER] = { .name = "PEER" },
	[ENDPOINT] = { .name = "ENDPOINT" },
	[DEV] = { .name = "DEV", .details = true },
	{ 0 }
};

static const __u8 zero_mac[6];

static void vtep_row(const struct session *s, const struct session_vni *v,
		     const struct session_vtep *vtep)
{
	const struct wg_peer *peer = vtep->peer;
	const char *name = session_name(s, peer);
	struct row *row = output_row(s->out);
	char key[SESSION_PEER];

	row_set(row, "mac", json_string("00:00:00:00:00:00"));
	row_set(row, "ifname", json_string(v->vx));
	row_set(row, "vni", json_integer(v->vni.vni));
	row_set(row, "dst", json_string(vtep->text));
	row_set(row, "peer", peer ? json_string(peer->key) : json_null());
	row_set(row, "name", name ? json_string(name) : json_null());
	row_set(row, "endpoint",
		peer && *peer->endpoint ? json_string(peer->endpoint) : json_null());
	row_set(row, "type", json_string("flood"));
	row_set(row, "state", json_string("permanent"));
	row_set(row, "flags", json_pack("[s]", "self"));
	row_cell(row, VNI, COLOR_NONE, "%u", v->vni.vni);
	row_cell(row, VTEP, COLOR_MAGENTA, "%s", vtep->text);
	row_cell(row, PEER, session_peer_color(s, vtep), "%s", session_peer(s, vtep, key));
	row_cell(row, ENDPOINT, COLOR_NONE, "%s", peer ? peer->endpoint : "");
	row_cell(row, DEV, COLOR_NONE, "%s", v->vx);
}

static int vni_rows(const struct session *s, const struct session_vni *v)
{
	__u32 *slots;
	int i, n;

	n = instance_flood(&s->in, v->slot, &slots);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		const struct session_vtep *vtep = session_vtep(s, slots[i]);

		if (vtep)
			vtep_row(s, v, vtep);
	}
	free(slots);
	return 0;
}

int flood_show(struct session *s, const struct args *args)
{
	const struct session_vni *only;
	int code, err = 0;
	size_t i;

	code = session_vni_arg(s, args, true, &only);
	if (code)
		return code;
	for (i = 0; i < s->n_vnis && !err; i++)
		if (!only || only == &s->vnis[i])
			err = vni_rows(s, &s->vnis[i]);
	return err ? session_refused(s, err, "read the flood lists of %s", s->in.meta.ifname)
		   : EXIT_DONE;
}

/*
 * Takes the all-zeros entries to this VTEP off the device, whoever made them; or only counts them:
 * *n. The same address may stand there twice, with and without a device to send by.
 */
static int vtep_entries(struct session *s, const struct session_vni *v, const struct vtep_addr *dst,
			bool remove, size_t *n)
{
	struct kernel_fdb fdb;
	int err;
	size_t i;

	*n = 0;
	err = kernel_fdb_read(s, v, &fdb);
	if (err)
		return err;
	for (i = 0; i < fdb.n && !err; i++) {
		const struct neigh *e = &fdb.entries[i];

		if (!(e->flags & NTF_SELF) || memcmp(e->mac, zero_mac, sizeof(zero_mac)) ||
		    !e->has_dst || !addr_equal(&e->dst, dst))
			continue;
		(*n)++;
		if (remove)
			err = neigh_del(&s->nl, e);
	}
	free(fdb.entries);
	return err;
}

static int flood_edit(struct session *s, const struct args *args, bool add)
{
	const struct session_vni *v;
	char dst[ADDR_STRLEN];
	struct neigh ours;
	int code, err;
	size_t n;

	code = session_vni_arg(s, args, false, &v);
	if (!code && add)
		code = kernel_fdb_check_dst(s, &args->addr);
	if (code)
		return code;
	addr_format(&args->addr, dst);
	err = vtep_entries(s, v, &args->addr, !add, &n);
	if (!err && add && n) {
		error_say("cannot add %s to the flood list of vni %u: it is in it", dst,
			  v->vni.vni);
		error_hint("vtepctl flood show vni %u", v->vni.vni);
		return EXIT_REFUSED;
	}
	if (!err && !add && !n) {
		error_say("%s is not in the flood list of vni %u", dst, v->vni.vni);
		error_hint("vtepctl flood show vni %u", v->vni.vni);
		return EXIT_NOT_FOUND;
	}
	if (!err && add) {
		ours = kernel_fdb_config(v, zero_mac, &args->addr);
		err = neigh_set(&s->nl, &ours, NLM_F_CREATE | NLM_F_APPEND);
	}
	if (err)
		return session_refused(s, err, "%s %s %s the flood list of vni %u",
				       add ? "add" : "delete", dst, add ? "to" : "from",
				       v->vni.vni);
	session_note_stopped(s);
	return EXIT_DONE;
}

int flood_add(struct session *s, const struct args *args)
{
	return flood_edit(s, args, true);
}

int flood_delete(struct session *s, const struct args *args)
{
	return flood_edit(s, args, false);
}

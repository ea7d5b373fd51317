/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl fdb add, replace, del. Configuration lives in the kernel: an entry of the vxlan device
 * says which VTEP, one of the bridge that the MAC is behind the vxlan device. vtepd mirrors both
 * into BPF.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

#include "fdb.h"
#include "kernel_fdb.h"
#include "verbs.h"

static int check_mac(const __u8 mac[6])
{
	static const __u8 zero[6];
	char text[MAC_STRLEN];

	mac_format(mac, text);
	if (!memcmp(mac, zero, sizeof(zero))) {
		error_say("%s stands for the flood list", text);
		error_hint("vtepctl flood add IP [vni N]");
	} else if (mac[0] & 1) {
		error_say("%s is a multicast address: it is flooded, not forwarded", text);
		error_hint("vtepctl flood add IP [vni N]");
	} else {
		return 0;
	}
	return EXIT_USAGE;
}

/* The vxlan device's entry of this MAC, if a user or a routing daemon made it. */
static const struct neigh *find_config(const struct kernel_fdb *fdb, const __u8 mac[6])
{
	size_t i;

	for (i = 0; i < fdb->n; i++)
		if (fdb->entries[i].flags & NTF_SELF && neigh_is_config(&fdb->entries[i]) &&
		    !memcmp(fdb->entries[i].mac, mac, 6))
			return &fdb->entries[i];
	return NULL;
}

/* "NOARP" is the bridge's "static"; permanent would make it an address of this host. */
static int bridge_set(struct session *s, const struct session_vni *v, const __u8 mac[6])
{
	struct neigh n = {
		.ifindex = v->vni.vx_ifindex, .master = v->vni.br_ifindex, .state = NUD_NOARP,
		.flags = NTF_MASTER,
	};

	if (!v->vni.br_ifindex)
		return 0;
	memcpy(n.mac, mac, sizeof(n.mac));
	return neigh_set(&s->nl, &n, NLM_F_CREATE | NLM_F_REPLACE);
}

/* Both or none: what was there is put back when the bridge refuses. */
static int config_set(struct session *s, const struct session_vni *v, const struct args *args,
		      const struct neigh *before)
{
	char error[sizeof(s->nl.error)];
	struct neigh ours = kernel_fdb_config(v, args->mac, &args->addr);
	int err;

	/* REPLACE also where nothing is configured: a learned entry gives way. */
	err = neigh_set(&s->nl, &ours, NLM_F_CREATE | NLM_F_REPLACE);
	if (err)
		return err;
	err = bridge_set(s, v, args->mac);
	if (!err)
		return 0;
	memcpy(error, s->nl.error, sizeof(error));
	if (before)
		neigh_set(&s->nl, before, NLM_F_CREATE | NLM_F_REPLACE);
	else
		neigh_del(&s->nl, &ours);
	memcpy(s->nl.error, error, sizeof(error));
	return err;
}

static int fdb_config(struct session *s, const struct args *args, bool replace)
{
	char mac[MAC_STRLEN], dst[ADDR_STRLEN], old[ADDR_STRLEN];
	const struct session_vni *v;
	const struct neigh *before;
	struct kernel_fdb fdb;
	int code, err;

	code = check_mac(args->mac);
	if (!code)
		code = session_vni_arg(s, args, false, &v);
	if (!code)
		code = kernel_fdb_check_dst(s, &args->addr);
	if (code)
		return code;
	mac_format(args->mac, mac);
	addr_format(&args->addr, dst);
	err = kernel_fdb_read(s, v, &fdb);
	if (err)
		return session_refused(s, err, "read the fdb of %s", v->vx);
	before = find_config(&fdb, args->mac);
	if (before && !replace) {
		error_say("cannot add %s to vni %u: it is configured to be at %s", mac, v->vni.vni,
			  addr_format(&before->dst, old));
		error_hint("vtepctl fdb replace %s dst %s vni %u", mac, dst, v->vni.vni);
		code = EXIT_REFUSED;
	} else {
		err = config_set(s, v, args, before);
		if (err)
			code = session_refused(s, err, "%s %s dst %s in vni %u",
					       replace ? "replace" : "add", mac, dst, v->vni.vni);
	}
	free(fdb.entries);
	if (!code)
		session_note_stopped(s);
	return code;
}

int fdb_add(struct session *s, const struct args *args)
{
	return fdb_config(s, args, false);
}

int fdb_replace(struct session *s, const struct args *args)
{
	return fdb_config(s, args, true);
}

/*
 * BPF's entry of the MAC that is to go: *found when there is one, behind the VTEP that was named if
 * one was. 0 or an exit code, said.
 */
static int find_learned(struct session *s, const struct session_vni *v, const struct args *args,
			struct vtep_fdb *e, bool *found)
{
	const struct session_vtep *vtep = NULL;
	int err = fdb_get(&s->in, v->vni.vni, args->mac, e);

	*found = !err;
	if (err)
		return err == -ENOENT ? 0 : session_refused(s, err, "read the fdb");
	if (e->where.flags & VTEP_FDB_REMOTE)
		vtep = session_vtep(s, e->where.slot);
	else if (e->where.slot == VTEP_NO_SLOT) {
		error_say("cannot delete it from vni %u: it is this host's own address",
			  v->vni.vni);
		error_hint("vtepctl -d fdb show local");
		return EXIT_REFUSED;
	}
	if (args->given & ARG_ADDR && !(vtep && addr_equal(&vtep->addr, &args->addr)))
		*found = false;
	return 0;
}

/* The MAC's entries in the kernel; *n of them were deleted, *config were configuration. */
static int kernel_delete(struct session *s, const struct session_vni *v, const struct args *args,
			 size_t *n, bool *config)
{
	struct kernel_fdb fdb = { 0 };
	bool elsewhere = false;
	int err;
	size_t i;

	err = kernel_fdb_read(s, v, &fdb);
	for (i = 0; i < fdb.n && !err; i++) {
		const struct neigh *e = &fdb.entries[i];

		if (!memcmp(e->mac, args->mac, sizeof(e->mac)) && e->has_dst &&
		    args->given & ARG_ADDR && !addr_equal(&e->dst, &args->addr))
			elsewhere = true;
	}
	for (i = 0; i < fdb.n && !err && !elsewhere; i++) {
		const struct neigh *e = &fdb.entries[i];

		if (memcmp(e->mac, args->mac, sizeof(e->mac)))
			continue;
		err = neigh_del(&s->nl, e);
		if (err == -ENOENT)		/* aged out, or vtepd was faster */
			err = 0;
		*n += !err;
		*config |= neigh_is_config(e);
	}
	free(fdb.entries);
	return err;
}

int fdb_delete(struct session *s, const struct args *args)
{
	struct vtep_fdb_key key = { 0 };
	const struct session_vni *v;
	bool found, config = false;
	char mac[MAC_STRLEN];
	struct vtep_fdb e;
	size_t n = 0;
	int code, err = 0;

	code = check_mac(args->mac);
	if (!code)
		code = session_vni_arg(s, args, false, &v);
	if (!code)
		code = find_learned(s, v, args, &e, &found);
	if (code)
		return code;
	mac_format(args->mac, mac);
	key.vni = v->vni.vni;
	memcpy(key.mac, args->mac, sizeof(key.mac));
	/* BPF first: what it still had, vtepd would mirror into the kernel again. */
	if (found && !(e.where.flags & VTEP_FDB_STATIC_ENTRY))
		err = fdb_del(&s->in, &key);
	if (!err || err == -ENOENT)
		err = kernel_delete(s, v, args, &n, &config);
	if (err)
		return session_refused(s, err, "delete %s from vni %u", mac, v->vni.vni);
	if (found || n) {
		if (config || (found && e.where.flags & VTEP_FDB_STATIC_ENTRY))
			session_note_stopped(s);
		return EXIT_DONE;
	}
	error_say("no fdb entry for %s in vni %u%s", mac, v->vni.vni,
		  args->given & ARG_ADDR ? " at that VTEP" : "");
	error_hint("vtepctl fdb show vni %u", v->vni.vni);
	return EXIT_NOT_FOUND;
}

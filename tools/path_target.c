// SPDX-License-Identifier: GPL-2.0-only
/* vtepctl path: whom a frame is for, and where that is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fdb.h"
#include "kernel_fdb.h"
#include "link.h"
#include "path.h"

static bool is_group(const __u8 mac[6])
{
	return mac[0] & 1;
}

static bool is_reserved(const __u8 mac[6])
{
	static const __u8 reserved[5] = { 0x01, 0x80, 0xc2, 0, 0 };

	return !memcmp(mac, reserved, sizeof(reserved)) && !(mac[5] & 0xf0);
}

static void find_in_maps(struct session *s, struct path_target *t)
{
	struct vtep_fdb e;

	if (fdb_get(&s->in, t->v->vni.vni, t->mac, &e))
		return;
	t->fixed = e.where.flags & VTEP_FDB_STATIC_ENTRY;
	t->timed = !t->fixed;
	t->age = fdb_age_ms(fdb_tick(), e.seen);
	if (t->timed && t->v->vni.ageing && t->age > fdb_age_ms(t->v->vni.ageing, 0))
		return;
	if (e.where.flags & VTEP_FDB_REMOTE) {
		t->place = PATH_VTEP;
		t->vtep = session_vtep(s, e.where.slot);
	} else if (e.where.slot == VTEP_NO_SLOT) {
		t->place = PATH_HOST;
	} else {
		t->place = PATH_PORT;
		t->port = session_port(s, e.where.slot);
	}
}

static const struct session_port *port_at(const struct session *s, int ifindex)
{
	size_t i;

	for (i = 0; i < VTEP_MAX_PORTS; i++)
		if (s->ports[i].ifindex == ifindex)
			return &s->ports[i];
	return NULL;
}

/* With --accel off: what the kernel's vxlan and bridge know. */
static int find_in_kernel(struct session *s, struct path_target *t)
{
	struct kernel_fdb fdb;
	struct link br;
	size_t i;
	int err;

	if (t->v->vni.br_ifindex && !link_get(&s->nl, t->v->vni.br_ifindex, &br) && !memcmp(br.mac, t->mac, 6)) {
		t->place = PATH_HOST;
		return 0;
	}
	err = kernel_fdb_read(s, t->v, &fdb);
	if (err)
		return err;
	for (i = 0; i < fdb.n; i++) {
		const struct neigh *n = &fdb.entries[i];

		if (memcmp(n->mac, t->mac, sizeof(t->mac)))
			continue;
		if (n->has_dst) {
			t->place = PATH_VTEP;
			t->vtep = session_vtep_at(s, &n->dst);
		} else if (n->ifindex != (int)t->v->vni.vx_ifindex) {
			t->place = PATH_PORT;
			t->port = port_at(s, n->ifindex);
		} else {
			continue;
		}
		t->fixed = neigh_is_config(n);
		break;
	}
	free(fdb.entries);
	return 0;
}

static int find(struct session *s, struct path_target *t)
{
	*t = (struct path_target){ .v = t->v, .mac = { t->mac[0], t->mac[1], t->mac[2], t->mac[3], t->mac[4], t->mac[5] },
				   .place = PATH_UNKNOWN };
	if (is_reserved(t->mac))
		t->place = PATH_STAYS;
	else if (is_group(t->mac))
		t->place = PATH_GROUP;
	else if (s->in.meta.flags & VTEP_META_OFF)
		return find_in_kernel(s, t);
	else
		find_in_maps(s, t);
	return 0;
}

static int say_which(const struct session *s, const struct session_vni *v)
{
	error_say("%s has several VNIs: which one?", s->in.meta.ifname);
	error_hint("add `vni %u`", v->vni.vni);
	return EXIT_USAGE;
}

/* The MAC of an IP address: what this host knows of its own segments. */
static int find_addr(struct session *s, const struct args *args, const struct session_vni *only, struct path_target *t)
{
	char text[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < s->n_vnis; i++) {
		const struct session_vni *v = &s->vnis[i];
		__u8 mac[6];

		if ((only && only != v) || !v->vni.br_ifindex ||
		    neigh_lookup(&s->nl, v->vni.br_ifindex, &args->addr, mac))
			continue;
		if (t->v)
			return say_which(s, v);
		t->v = v;
		memcpy(t->mac, mac, sizeof(t->mac));
	}
	if (t->v)
		return 0;
	addr_format(&args->addr, text);
	if (route_is_local(&s->nl, &args->addr)) {
		error_say("%s is an address of this host", text);
		error_hint("vtepctl -d fdb show        (type host: what it answers as)");
	} else {
		error_say("no MAC address is known here for %s", text);
		error_hint("vtepctl path MAC        (this host knows those that it has talked to: ip neigh)");
	}
	return EXIT_NOT_FOUND;
}

/* The only VNI, or the only one that knows the MAC. */
static int find_vni(struct session *s, struct path_target *t)
{
	const struct session_vni *found = NULL;
	size_t i;

	if (s->n_vnis == 1) {
		t->v = s->vnis;
		return 0;
	}
	for (i = 0; i < s->n_vnis; i++) {
		t->v = &s->vnis[i];
		if (find(s, t) || t->place > PATH_HOST)
			continue;
		if (found)
			return say_which(s, found);
		found = t->v;
	}
	t->v = found;
	return found ? 0 : say_which(s, s->vnis);
}

int path_target_find(struct session *s, const struct args *args, struct path_target *out)
{
	const struct session_vni *only;
	struct path_target t = {};
	int err, code = session_vni_arg(s, args, s->n_vnis, &only);

	if (code)
		return code;
	if (!(args->given & (ARG_MAC | ARG_ADDR)) || (args->given & ARG_MAC && args->given & ARG_ADDR)) {
		error_say("path: a MAC or an IP address is wanted");
		error_hint("vtepctl path 52:54:00:12:34:56 size 1500");
		return EXIT_USAGE;
	}
	if (args->given & ARG_ADDR) {
		code = find_addr(s, args, only, &t);
	} else {
		memcpy(t.mac, args->mac, sizeof(t.mac));
		t.v = only;
		code = only ? 0 : find_vni(s, &t);
	}
	if (code)
		return code;
	err = find(s, &t);
	if (err)
		return session_refused(s, err, "read the kernel's fdb of vni %u", t.v->vni.vni);
	*out = t;
	return 0;
}

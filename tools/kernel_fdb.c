/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing the kernel's forwarding databases of one VNI. vtepd mirrors them into BPF. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>

#include "kernel_fdb.h"

struct reading {
	const struct session_vni *v;
	struct kernel_fdb fdb;
};

/* Ports' `self` entries are receive filters, a bridge's permanent ones the ports' own addresses. */
static bool entry_is_ours(const struct reading *r, const struct neigh *n)
{
	if (n->flags & NTF_SELF)
		return n->ifindex == (int)r->v->vni.vx_ifindex;
	return n->ifindex != (int)r->v->vni.br_ifindex && !(n->state & NUD_PERMANENT) &&
	       (!r->v->vni.vlan || n->vlan == r->v->vni.vlan);
}

static int entry_collect(const struct neigh *n, void *data)
{
	struct reading *r = data;
	struct neigh *entries;

	if (!entry_is_ours(r, n))
		return 0;
	entries = nl_room(r->fdb.entries, r->fdb.n, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	r->fdb.entries = entries;
	entries[r->fdb.n++] = *n;
	return 0;
}

int kernel_fdb_read(struct session *s, const struct session_vni *v, struct kernel_fdb *out)
{
	struct reading r = { .v = v };
	int err;

	/* A dump by bridge covers its ports' own tables too. */
	err = neigh_each(&s->nl, v->vni.br_ifindex ? 0 : v->vni.vx_ifindex, v->vni.br_ifindex,
			 entry_collect, &r);
	if (err)
		free(r.fdb.entries);
	else
		*out = r.fdb;
	return err;
}

bool kernel_fdb_learned(const struct session_vni *v, const struct neigh *n)
{
	return !neigh_is_config(n) && (n->has_dst || n->ifindex != (int)v->vni.vx_ifindex);
}

struct neigh kernel_fdb_config(const struct session_vni *v,
			       const __u8 mac[6], const struct vtep_addr *dst)
{
	struct neigh n = {
		.ifindex = v->vni.vx_ifindex, .state = NUD_PERMANENT, .flags = NTF_SELF,
		.has_dst = true, .dst = *dst,
	};

	memcpy(n.mac, mac, sizeof(n.mac));
	return n;
}

int kernel_fdb_check_dst(const struct session *s, const struct vtep_addr *dst)
{
	char text[ADDR_STRLEN];

	addr_format(dst, text);
	if (!addr_is_unicast(dst))
		error_say("%s can't be a VTEP: not a unicast address", text);
	else if (addr_equal(dst, &s->in.meta.local))
		error_say("%s is this node's own VTEP", text);
	else if (addr_is4(dst) != addr_is4(&s->in.meta.local))
		error_say("%s can't be a VTEP: this node's own is an %s address", text,
			  addr_is4(dst) ? "IPv6" : "IPv4");
	else
		return 0;
	error_hint("vtepctl show        (VTEPs of the peers)");
	return EXIT_USAGE;
}

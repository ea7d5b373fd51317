/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl mtu: the budget of bytes from the underlay's device to the guests', and who is above it.
 * Nothing here is lost in silence (bpf/mtu.h), but who keeps to it is carried whole.
 */
#include <stdlib.h>
#include <string.h>
#include <net/if.h>

#include "link.h"
#include "route.h"
#include "session.h"
#include "verbs.h"

#define WIREGUARD4	60		/* outer IPv4, UDP and WireGuard's own 32 bytes */
#define WIREGUARD6	80
#define VXLAN4		50		/* outer IPv4, UDP, VXLAN, inner Ethernet */
#define WAYS		16

enum { LAYER, VNI, DEVICE, MTU, CARRIES, STATE };

const struct column mtu_columns[] = {
	[LAYER] = { .name = "LAYER" },
	[VNI] = { .name = "VNI", .right = true },
	[DEVICE] = { .name = "DEVICE" },
	[MTU] = { .name = "MTU", .right = true },
	[CARRIES] = { .name = "CARRIES", .right = true },
	[STATE] = { .name = "STATE" },
	{ 0 }
};

/* A device that WireGuard's packets leave by. */
struct way {
	int ifindex;
	__u32 mtu;			/* of the narrowest route by it */
	__u32 overhead;			/* of the widest outer header by it */
};

struct budget {
	struct session *s;
	struct link wg;
	struct way ways[WAYS];
	size_t n_ways;
	__u32 overlay;			/* of the VNI in hand */
	__u32 narrow;			/* what the tunnel's MTU should be at most, 0: it fits */
	char larger[IFNAMSIZ];		/* the first device that is */
	__u32 larger_vni;
};

static void print(const struct budget *b, const char *layer, const struct session_vni *v, const char *ifname, __u32 mtu,
		  __u32 carries, enum color color, const char *state)
{
	struct row *row = output_row(b->s->out);

	row_set(row, "layer", json_string(layer));
	row_set(row, "vni", v ? json_integer(v->vni.vni) : json_null());
	row_set(row, "ifname", json_string(ifname));
	row_set(row, "mtu", json_integer(mtu));
	row_set(row, "carries", carries ? json_integer(carries) : json_null());
	row_set(row, "state", json_string(state));
	row_cell(row, LAYER, COLOR_NONE, "%s", layer);
	if (v)
		row_cell(row, VNI, COLOR_CYAN, "%u", v->vni.vni);
	row_cell(row, DEVICE, COLOR_NONE, "%s", ifname);
	row_cell(row, MTU, color, "%u", mtu);
	if (carries)
		row_cell(row, CARRIES, COLOR_NONE, "%u", carries);
	row_cell(row, STATE, color, "%s", state);
}

static void take_way(struct budget *b, int ifindex, __u32 mtu, __u32 overhead)
{
	size_t i;

	for (i = 0; i < b->n_ways && b->ways[i].ifindex != ifindex; i++)
		;
	if (i == WAYS)
		return;
	if (i == b->n_ways)
		b->ways[b->n_ways++] = (struct way){ .ifindex = ifindex, .mtu = mtu };
	if (mtu < b->ways[i].mtu)
		b->ways[i].mtu = mtu;
	if (overhead > b->ways[i].overhead)
		b->ways[i].overhead = overhead;
}

static void find_ways(struct budget *b)
{
	const struct wg_device *wg = b->s->wg;
	struct vtep_addr addr;
	__u32 mtu;
	size_t i;
	int oif;

	for (i = 0; wg && i < wg->n_peers; i++) {
		const struct wg_endpoint *at = &wg->peers[i].at;
		bool ip6 = at->sa.sa_family == AF_INET6;

		if (at->sa.sa_family == AF_INET)
			addr = addr_from4(at->in.sin_addr.s_addr);
		else if (ip6)
			memcpy(&addr, &at->in6.sin6_addr, sizeof(addr));
		else
			continue;
		if (!route_way(&b->s->nl, &addr, wg->fwmark, &oif, &mtu) && oif && mtu)
			take_way(b, oif, mtu, ip6 ? WIREGUARD6 : WIREGUARD4);
	}
}

static void print_underlay(struct budget *b)
{
	char name[IFNAMSIZ];
	size_t i;

	for (i = 0; i < b->n_ways; i++) {
		const struct way *w = &b->ways[i];
		__u32 carries = w->mtu > w->overhead ? w->mtu - w->overhead : 0;
		bool fits = b->wg.mtu <= carries;

		if (!fits && (!b->narrow || carries < b->narrow))
			b->narrow = carries;
		if (!if_indextoname(w->ifindex, name))
			strcpy(name, "?");
		print(b, "underlay", NULL, name, w->mtu, carries, fits ? COLOR_GREEN : COLOR_RED,
		      fits ? "ok" : "too small for the tunnel: full packets leave in fragments");
	}
}

static void print_device(struct budget *b, const struct session_vni *v, const char *layer, int ifindex)
{
	struct link link;
	bool larger;

	if (link_get(&b->s->nl, ifindex, &link))
		return;
	larger = link.mtu > b->overlay;
	if (larger && !*b->larger) {
		strcpy(b->larger, link.name);
		b->larger_vni = v->vni.vni;
	}
	print(b, layer, v, link.name, link.mtu, 0, link.mtu == b->overlay ? COLOR_GREEN : COLOR_YELLOW,
	      !larger && link.mtu < b->overlay ? "smaller than it could be" :
	      larger ? "larger: MSS is held down, the rest answered or fragmented" : "ok");
}

struct port_walk {
	struct budget *b;
	const struct session_vni *v;
};

static int print_port(__u32 slot, const struct vtep_port *p, void *data)
{
	struct port_walk *w = data;

	(void)slot;
	if (p->vni_slot == w->v->slot)
		print_device(w->b, w->v, "port", p->ifindex);
	return 0;
}

static void print_vni(struct budget *b, const struct session_vni *v)
{
	struct port_walk walk = { .b = b, .v = v };

	b->overlay = v->vni.overlay_mtu;
	print_device(b, v, "overlay", v->vni.br_ifindex);
	print_device(b, v, "overlay", v->vni.vx_ifindex);
	instance_each_port(&b->s->in, print_port, &walk);
}

static void hint(const struct budget *b)
{
	if (b->narrow > VXLAN4)
		error_hint("ip link set dev %s mtu %u        (the overlay's MTU follows: %u)", b->wg.name, b->narrow,
			   b->narrow - VXLAN4);
	else if (*b->larger)
		error_hint("in the guests of vni %u: MTU %u        (libvirt: <mtu size='%u'/>; dnsmasq: dhcp-option=option:mtu,%u)",
			   b->larger_vni, b->overlay, b->overlay, b->overlay);
}

int mtu_show(struct session *s, const struct args *args)
{
	struct budget b = { .s = s };
	const struct session_vni *only;
	bool ether = s->in.meta.flags & VTEP_META_ETHERNET;
	int err, code = session_vni_arg(s, args, true, &only);
	size_t i;

	if (code)
		return code;
	err = link_get(&s->nl, s->in.meta.wg_ifindex, &b.wg);
	if (err)
		return session_refused(s, err, "read the MTU of %s", s->in.meta.ifname);
	find_ways(&b);
	print_underlay(&b);
	print(&b, ether ? "underlay" : "tunnel", NULL, b.wg.name, b.wg.mtu, b.wg.mtu - VXLAN4,
	      b.narrow ? COLOR_RED : COLOR_GREEN, b.narrow ? "larger than the underlay carries" : "ok");
	for (i = 0; i < s->n_vnis; i++)
		if (!only || only == &s->vnis[i])
			print_vni(&b, &s->vnis[i]);
	if (!s->opt->json)
		hint(&b);
	return EXIT_DONE;
}

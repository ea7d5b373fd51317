// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtepctl path: what would become of a frame, hop by hop, without sending it. What programs, bridge,
 * WireGuard and routes would look at is looked at here in the same order; a running vtepd is not
 * needed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "link.h"
#include "path.h"
#include "path_size.h"
#include "peer.h"
#include "verbs.h"

static const char *const places[] = {
	[PATH_VTEP] = "vtep", [PATH_PORT] = "port", [PATH_HOST] = "host", [PATH_UNKNOWN] = "unknown",
	[PATH_GROUP] = "group", [PATH_STAYS] = "stays",
};

struct walk {
	struct session *s;
	struct path_target t;
	__u32 tunnel_mtu;
	struct path_way *ways;		/* one, or one for each VTEP of the flood list */
	size_t n_ways;
	unsigned int hops;		/* printed */
};

/* One line: a number, where, what; and unless 0 the bytes that are put in front there. */
__attribute__((format(printf, 5, 6)))
static void hop(struct walk *w, const char *where, __u32 bytes, const char *of, const char *fmt, ...)
{
	const struct options *opt = w->s->opt;
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	w->hops++;
	if (opt->oneline)
		printf("%u\t%s\t%s\t%u\n", w->hops, where, what, bytes);
	else if (bytes)
		printf("  %u %-17s %-37s + %u bytes %s\n", w->hops, where, what, bytes, of);
	else
		printf("  %u %-17s %s\n", w->hops, where, what);
}

static void print_head(const struct walk *w, const struct args *args)
{
	const struct options *opt = w->s->opt;
	char mac[MAC_STRLEN], text[ADDR_STRLEN] = "";

	if (opt->oneline)
		return;
	if (args->given & ARG_ADDR)
		addr_format(&args->addr, text);
	printf("%s%s%s%s%s  vni %u\n", text, *text ? " is " : "", color_on(opt, COLOR_BOLD),
	       mac_format(w->t.mac, mac), color_off(opt), w->t.v->vni.vni);
}

static void print_bridge(struct walk *w)
{
	const struct path_target *t = &w->t;
	char where[IFNAMSIZ + 8], age[HUMAN_LEN], known[HUMAN_LEN + 32] = "configured";

	snprintf(where, sizeof(where), "bridge %s", *t->v->br ? t->v->br : "-");
	if (!t->fixed && t->timed)
		snprintf(known, sizeof(known), "last heard %s ago", human_age(t->age / 1000, age));
	else if (!t->fixed)
		strcpy(known, "learned");
	switch (t->place) {
	case PATH_VTEP:
		hop(w, where, 0, "", "port %s (%s)", t->v->vx, known);
		break;
	case PATH_PORT:
		hop(w, where, 0, "", "port %s (%s): it stays on this node", t->port ? t->port->name : "?", known);
		break;
	case PATH_HOST:
		hop(w, where, 0, "", "this host itself");
		break;
	case PATH_UNKNOWN:
		hop(w, where, 0, "", "nobody knows it: to every port and to %s", t->v->vx);
		break;
	case PATH_GROUP:
		hop(w, where, 0, "", "a group address: to every port and to %s", t->v->vx);
		break;
	case PATH_STAYS:
		hop(w, where, 0, "", "reserved for the link: it does not cross the tunnel");
		break;
	}
}

static void print_lost(struct walk *w, const struct path_way *way)
{
	const struct options *opt = w->s->opt;

	if (way->lost && !opt->oneline)
		printf("  %slost: %s%s\n", color_on(opt, COLOR_RED), way->lost, color_off(opt));
	else if (way->lost)
		printf("lost\t%s\n", way->lost);
}

static void print_peer(struct walk *w, const struct path_way *way)
{
	char allowed[ADDR_STRLEN], peer[SESSION_PEER];

	if (!way->peer)
		return;
	session_peer(w->s, way->vtep, peer);
	addr_format(&way->allowed->addr, allowed);
	hop(w, w->s->in.meta.ifname, 0, "", "peer %s, allowed-ips match %s/%u", peer, allowed, way->allowed->prefix);
	if (way->wireguard)
		hop(w, "wireguard", way->wireguard, "WireGuard", "endpoint %s%s", way->peer->endpoint,
		    peer_is_up(way->peer) ? "" : ", no session yet");
}

static void print_way(struct walk *w, const struct path_way *way)
{
	char vni[32], peer[SESSION_PEER], via[ADDR_STRLEN + 8] = "", src[ADDR_STRLEN + 8] = "", mark[32] = "", text[ADDR_STRLEN];

	snprintf(vni, sizeof(vni), "vni %u", w->t.v->vni.vni);
	if (way->vtep) {
		session_peer(w->s, way->vtep, peer);
		hop(w, vni, way->vxlan, "VXLAN", "dst %s%s%s%s", way->vtep->text, *peer ? " (" : "", peer, *peer ? ")" : "");
	}
	print_peer(w, way);
	if (*way->ifname) {
		if (!addr_is_zero(&way->hop.via))
			snprintf(via, sizeof(via), "via %s, ", addr_format(&way->hop.via, text));
		if (!addr_is_zero(&way->hop.src))
			snprintf(src, sizeof(src), "src %s, ", addr_format(&way->hop.src, text));
		if (w->s->wg && w->s->wg->fwmark)
			snprintf(mark, sizeof(mark), "fwmark %#x, ", w->s->wg->fwmark);
		hop(w, way->ifname, 0, "", "%s%s%smtu %u", via, src, mark, way->hop.mtu);
	}
	print_lost(w, way);
}

static json_t *way_object(const struct walk *w, const struct path_way *way, __u32 size)
{
	const char *name = session_name(w->s, way->peer);
	char text[ADDR_STRLEN], allowed[ADDR_STRLEN + 8];
	json_t *o = json_object();
	__u32 bytes;

	json_object_set_new(o, "dst", way->vtep ? json_string(way->vtep->text) : json_null());
	json_object_set_new(o, "peer", way->peer ? json_string(way->peer->key) : json_null());
	json_object_set_new(o, "name", name ? json_string(name) : json_null());
	if (way->allowed) {
		addr_format(&way->allowed->addr, text);
		snprintf(allowed, sizeof(allowed), "%s/%u", text, way->allowed->prefix);
	}
	json_object_set_new(o, "allowed_ips", way->allowed ? json_string(allowed) : json_null());
	json_object_set_new(o, "endpoint", way->peer && *way->peer->endpoint ? json_string(way->peer->endpoint) : json_null());
	json_object_set_new(o, "up", way->peer ? json_boolean(peer_is_up(way->peer)) : json_null());
	json_object_set_new(o, "ifname", *way->ifname ? json_string(way->ifname) : json_null());
	json_object_set_new(o, "via", addr_is_zero(&way->hop.via) ? json_null() : json_string(addr_format(&way->hop.via, text)));
	json_object_set_new(o, "src", addr_is_zero(&way->hop.src) ? json_null() : json_string(addr_format(&way->hop.src, text)));
	json_object_set_new(o, "fwmark", json_integer(w->s->wg ? w->s->wg->fwmark : 0));
	json_object_set_new(o, "mtu", way->hop.mtu ? json_integer(way->hop.mtu) : json_null());
	json_object_set_new(o, "vxlan_bytes", json_integer(way->vxlan));
	json_object_set_new(o, "wireguard_bytes", json_integer(way->wireguard));
	json_object_set_new(o, "lost", way->lost ? json_string(way->lost) : json_null());
	if (size && !way->lost) {
		bytes = path_way_bytes(way, size, w->tunnel_mtu);
		json_object_set_new(o, "bytes", json_integer(bytes));
		json_object_set_new(o, "packets", json_integer(path_way_packets(way, bytes)));
	}
	return o;
}

static int print_json(const struct walk *w, const struct args *args, const struct path_fate *fate)
{
	const struct path_target *t = &w->t;
	char mac[MAC_STRLEN], text[ADDR_STRLEN];
	json_t *o = json_object(), *ways = json_array();
	bool local = t->place == PATH_PORT;
	size_t i;
	int err;

	for (i = 0; i < w->n_ways; i++)
		json_array_append_new(ways, way_object(w, &w->ways[i], args->size));
	json_object_set_new(o, "mac", json_string(mac_format(t->mac, mac)));
	json_object_set_new(o, "ip", args->given & ARG_ADDR ? json_string(addr_format(&args->addr, text)) : json_null());
	json_object_set_new(o, "vni", json_integer(t->v->vni.vni));
	json_object_set_new(o, "place", json_string(places[t->place]));
	json_object_set_new(o, "master", *t->v->br ? json_string(t->v->br) : json_null());
	json_object_set_new(o, "ifname", local ? t->port ? json_string(t->port->name) : json_null() : json_string(t->v->vx));
	json_object_set_new(o, "static", json_boolean(t->fixed));
	json_object_set_new(o, "age", t->timed ? json_integer(t->age / 1000) : json_null());
	json_object_set_new(o, "overlay_mtu", json_integer(t->v->vni.overlay_mtu));
	json_object_set_new(o, "size", args->size ? json_integer(args->size) : json_null());
	json_object_set_new(o, "fate", json_string(path_fate_name(fate->may)));
	json_object_set_new(o, "fate_df", json_string(path_fate_name(fate->must_not)));
	json_object_set_new(o, "paths", ways);
	err = output_json(w->s->opt, o);
	json_decref(o);
	return err;
}

static int ways_find(struct walk *w)
{
	const struct path_target *t = &w->t;
	__u32 *slots = NULL;
	int i, n = t->place == PATH_VTEP;

	if (t->place == PATH_UNKNOWN || t->place == PATH_GROUP)
		n = instance_flood(&w->s->in, t->v->slot, &slots);
	if (n < 0)
		return n;
	w->ways = calloc(n + 1, sizeof(*w->ways));
	for (i = 0; w->ways && i < n; i++)
		path_way_find(w->s, slots ? session_vtep(w->s, slots[i]) : t->vtep, &w->ways[i]);
	w->n_ways = n;
	free(slots);
	return w->ways ? 0 : -ENOMEM;
}

int path_show(struct session *s, const struct args *args)
{
	struct walk w = { .s = s };
	struct path_fate fate;
	struct link tunnel;
	int err, code = path_target_find(s, args, &w.t);
	size_t i;

	if (code)
		return code;
	err = link_get(&s->nl, s->in.meta.wg_ifindex, &tunnel);
	w.tunnel_mtu = err ? 0 : tunnel.mtu;
	err = ways_find(&w);
	if (err)
		return session_refused(s, err, "read the flood list of vni %u", w.t.v->vni.vni);
	path_fate_find(s, &w.t, w.ways, w.n_ways, args->size, &fate);
	if (s->opt->json) {
		err = print_json(&w, args, &fate);
	} else {
		print_head(&w, args);
		print_bridge(&w);
		for (i = 0; i < w.n_ways; i++)
			print_way(&w, &w.ways[i]);
		path_size_print(s, &w.t, w.ways, w.n_ways, w.tunnel_mtu, args->size, &fate);
	}
	free(w.ways);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

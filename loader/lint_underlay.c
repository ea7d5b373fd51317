// SPDX-License-Identifier: GPL-2.0-only
/*
 * The third plan of addresses: where the endpoints are. Names are not asked: what they mean is known
 * at run time only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "finding.h"
#include "lint_underlay.h"
#include "model.h"
#include "value.h"

/* The endpoint's address if it is written as one. */
static bool numeric(const struct model_peer *p, struct vtep_addr *out)
{
	const char *text = p->endpoint, *end = text ? strrchr(text, ':') : NULL;
	char host[ADDR_STRLEN];

	if (!end)
		return false;
	if (*text == '[') {
		text++;
		end--;
	}
	if (end - text <= 0 || end - text >= (int)sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(end - text), text);
	return !addr_parse(host, out);
}

/* Would WireGuard's own packets take the routes made of AllowedIPs? Default routes have rules of their own. */
static bool by_allowed_routes(const struct model_wg *wg)
{
	return wg->table_mode == MODEL_TABLE_AUTO && !*wg->underlay_vrf;
}

/* An Endpoint; sorted by address, those in a prefix follow each other. */
struct place {
	struct vtep_addr addr;
	const struct model_peer *peer;
};

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return order ? order : (x->peer > y->peer) - (x->peer < y->peer);
}

/* The first of them from `from` on that lies in the prefix, or n. IPv4 lies within IPv6, mapped, and is none. */
static size_t next_in(const struct place *list, size_t n, size_t from, const struct model_prefix *prefix)
{
	for (; from < n; from++) {
		if (prefix_covers(prefix, &list[from].addr))
			return from;
		if (addr_is4(&list[from].addr) == addr_is4(&prefix->addr))
			break;
	}
	return n;
}

static size_t first_in(const struct place *list, size_t n, const struct model_prefix *prefix)
{
	struct model_prefix least = *prefix;
	size_t low = 0, high = n, mid;

	prefix_clean(&least);
	while (low < high) {
		mid = low + (high - low) / 2;
		if (memcmp(&list[mid].addr, &least.addr, sizeof(least.addr)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return next_in(list, n, low, prefix);
}

/* A host whose network is nearer than the prefix is reached all the same: that may be meant. */
static void inside_tunnel(const struct model_peer *p, const struct place *list, size_t n, struct findings *f)
{
	char text[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	size_t i, j;

	for (j = 0; j < p->n_allowed; j++) {
		if (!p->allowed[j].len)
			continue;
		for (i = first_in(list, n, &p->allowed[j]); i < n; i = next_in(list, n, i + 1, &p->allowed[j]))
			finding_add(f, FINDING_NOTE, p->where_allowed.file, p->where_allowed.line,
				    "[Peer] AllowedIPs: in %s lies the Endpoint %s of the [Peer] at %s:%u: unless a narrower route leads to it, WireGuard's own packets go into the tunnel",
				    prefix_format(&p->allowed[j], prefix), addr_format(&list[i].addr, text),
				    list[i].peer->where.file, list[i].peer->where.line);
	}
}

static void inside_overlay(const struct model_vni *v, const struct place *list, size_t n, struct findings *f)
{
	char text[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	size_t i, j;

	for (j = 0; j < v->n_addresses; j++)
		for (i = first_in(list, n, &v->addresses[j]); i < n; i = next_in(list, n, i + 1, &v->addresses[j]))
			finding_add(f, FINDING_WARNING, v->where_addresses.file, v->where_addresses.line,
				    "[VNI] Address: in %s lies the Endpoint %s of the [Peer] at %s:%u: WireGuard's own packets go into the segment\na network of its own for each",
				    prefix_format(&v->addresses[j], prefix), addr_format(&list[i].addr, text),
				    list[i].peer->where.file, list[i].peer->where.line);
}

void lint_underlay(const struct model *m, struct findings *f)
{
	struct place *list = calloc(m->wg.n_peers + 1, sizeof(*list));
	size_t i, n = 0;
	int v;

	for (i = 0; list && m->wg.given && i < m->wg.n_peers; i++)
		if (numeric(&m->wg.peers[i], &list[n].addr))
			list[n++].peer = &m->wg.peers[i];
	if (n)
		qsort(list, n, sizeof(*list), compare);
	for (i = 0; n && by_allowed_routes(&m->wg) && i < m->wg.n_peers; i++)
		inside_tunnel(&m->wg.peers[i], list, n, f);
	for (v = 0; n && !*m->wg.underlay_vrf && v < m->n_vnis; v++)
		inside_overlay(&m->vnis[v], list, n, f);
	free(list);
}

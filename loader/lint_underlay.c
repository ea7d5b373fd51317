// SPDX-License-Identifier: GPL-2.0-only
/*
 * The third plan of addresses: where the endpoints are. Names are not asked: what they mean is known
 * at run time only.
 */
#include <stdio.h>
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

/* A host whose network is nearer than the prefix is reached all the same: that may be meant. */
static void inside_tunnel(const struct model *m, const struct model_peer *at, const struct vtep_addr *endpoint,
			  struct findings *f)
{
	char text[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	const struct model_peer *p;
	size_t i, j;

	for (i = 0; i < m->wg.n_peers; i++)
		for (p = &m->wg.peers[i], j = 0; j < p->n_allowed; j++)
			if (p->allowed[j].len && prefix_covers(&p->allowed[j], endpoint))
				finding_add(f, FINDING_NOTE, p->where_allowed.file, p->where_allowed.line,
					    "[Peer] AllowedIPs: in %s lies the Endpoint %s of the [Peer] at %s:%u: unless a narrower route leads to it, WireGuard's own packets go into the tunnel",
					    prefix_format(&p->allowed[j], prefix), addr_format(endpoint, text),
					    at->where.file, at->where.line);
}

static void inside_overlay(const struct model *m, const struct model_peer *at, const struct vtep_addr *endpoint,
			   struct findings *f)
{
	char text[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	const struct model_vni *v;
	size_t j;
	int i;

	for (i = 0; i < m->n_vnis; i++)
		for (v = &m->vnis[i], j = 0; j < v->n_addresses; j++)
			if (prefix_covers(&v->addresses[j], endpoint))
				finding_add(f, FINDING_WARNING, v->where_addresses.file, v->where_addresses.line,
					    "[VNI] Address: in %s lies the Endpoint %s of the [Peer] at %s:%u: WireGuard's own packets go into the segment\na network of its own for each",
					    prefix_format(&v->addresses[j], prefix), addr_format(endpoint, text),
					    at->where.file, at->where.line);
}

void lint_underlay(const struct model *m, struct findings *f)
{
	struct vtep_addr endpoint;
	size_t i;

	for (i = 0; m->wg.given && i < m->wg.n_peers; i++) {
		if (!numeric(&m->wg.peers[i], &endpoint))
			continue;
		if (by_allowed_routes(&m->wg))
			inside_tunnel(m, &m->wg.peers[i], &endpoint, f);
		if (!*m->wg.underlay_vrf)
			inside_overlay(m, &m->wg.peers[i], &endpoint, f);
	}
}

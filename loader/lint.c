// SPDX-License-Identifier: GPL-2.0-only
/* Contradictions and surprises in a whole configuration, each with the line and its mend. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "finding.h"
#include "lint.h"
#include "lint_device.h"
#include "lint_node.h"
#include "lint_range.h"
#include "lint_underlay.h"
#include "model.h"
#include "value.h"

/* The line of its AllowedIPs, else of its [Peer]. */
static const struct model_where *where(const struct model_peer *p)
{
	return p->where_allowed.line ? &p->where_allowed : &p->where;
}

/* Is there just one host among its AllowedIPs, as wg_peer_host() looks for it? */
static bool has_host(const struct model_peer *p)
{
	size_t i, n4 = 0, n6 = 0;

	for (i = 0; i < p->n_allowed; i++)
		if (prefix_is_host(&p->allowed[i])) {
			if (addr_is4(&p->allowed[i].addr))
				n4++;
			else
				n6++;
		}
	return n4 == 1 || (!n4 && n6 == 1);
}

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sorted; the caller frees. NULL: none, or no memory. */
static uint32_t *vnis_sorted(const struct model *m)
{
	uint32_t *list = m->n_vnis ? calloc(m->n_vnis, sizeof(*list)) : NULL;
	int v;

	for (v = 0; list && v < m->n_vnis; v++)
		list[v] = m->vnis[v].vni;
	if (list)
		qsort(list, m->n_vnis, sizeof(*list), compare_numbers);
	return list;
}

/* A range may have VNIs of others in it: they have come to have one file for all. */
static void lint_peer_vnis(const struct model *m, const struct model_peer *p, const uint32_t *vnis, struct findings *f)
{
	size_t i;

	for (i = 0; p->vnis_given && i < p->n_vnis; i++)
		if (p->vnis[i].first == p->vnis[i].last &&
		    !(vnis && bsearch(&p->vnis[i].first, vnis, m->n_vnis, sizeof(*vnis), compare_numbers)))
			finding_add(f, FINDING_WARNING, p->where.file, p->where.line,
				    "[Peer] VNIs: this node has no VNI %u\n"
				    "[VNI], and in it VNI = %u", p->vnis[i].first, p->vnis[i].first);
}

/*
 * Who can begin? A node without ListenPort has another port after each start, so nobody can name it
 * as an Endpoint: it must call itself, and keep calling, or what its NAT and the other side know of
 * it is lost.
 */
static void lint_reach(const struct model *m, const struct model_peer *p, struct findings *f)
{
	if (m->wg.has_listen_port || (p->endpoint && p->keepalive))
		return;
	if (p->endpoint)
		finding_add(f, FINDING_WARNING, p->where.file, p->where.line,
			    "[Peer] no PersistentKeepalive, and [Interface] has no ListenPort: this node can't be called once it is silent\n"
			    "PersistentKeepalive = 25");
	else
		finding_add(f, FINDING_WARNING, p->where.file, p->where.line,
			    "[Peer] no Endpoint, and [Interface] has no ListenPort: neither side can call the other\n"
			    "Endpoint = HOST:PORT, or ListenPort = 51820 in [Interface]");
}

static void lint_peer(const struct model *m, const struct model_peer *p, const uint8_t *own, const uint32_t *vnis,
		      struct findings *f)
{
	char text[PREFIX_STRLEN], host[ADDR_STRLEN];
	size_t i;

	if (own && !memcmp(own, p->public_key, MODEL_KEY_LEN)) {
		finding_add(f, FINDING_NOTE, p->where.file, p->where.line,
			    "[Peer] this node itself: WireGuard leaves it out");
		return;
	}
	lint_own_address(m, p, f);
	lint_peer_vnis(m, p, vnis, f);
	if (!m->wg.given)
		return;
	if (!p->n_vteps && !m->n_remotes && m->n_vnis && !has_host(p) && !(p->vnis_given && !p->n_vnis))
		finding_add(f, FINDING_WARNING, where(p)->file, where(p)->line,
			    "[Peer] %s, and no VTEP: where its segments are is unknown\n"
			    "VTEP = ADDRESS        (in that [Peer]; VNIs = none if it has no part in the segments)",
			    p->n_allowed ? "AllowedIPs are not one host" : "no AllowedIPs");
	for (i = 0; i < p->n_allowed; i++)
		if (!prefix_is_clean(&p->allowed[i]))
			finding_add(f, FINDING_WARNING, where(p)->file, where(p)->line,
				    "[Peer] AllowedIPs: %s has bits beyond its length: the kernel takes the network\n"
				    "%s/%u for the host alone",
				    prefix_format(&p->allowed[i], text),
				    addr_format(&p->allowed[i].addr, host), addr_is4(&p->allowed[i].addr) ? 32 : 128);
	lint_reach(m, p, f);
}

/* An overlay that is part of the tunnel's network: packets for it may be routed past the segment. */
static void lint_overlay(const struct model *m, const struct model_vni *v, struct findings *f)
{
	char inner[PREFIX_STRLEN], outer[PREFIX_STRLEN];
	size_t i, j;

	for (i = 0; i < v->n_addresses; i++)
		for (j = 0; j < m->wg.n_addresses; j++) {
			const struct model_prefix *a = &v->addresses[i], *b = &m->wg.addresses[j];

			if (!prefix_covers(a, &b->addr) && !prefix_covers(b, &a->addr))
				continue;
			finding_add(f, FINDING_WARNING, v->where_addresses.file, v->where_addresses.line,
				    "[VNI] Address: %s and the tunnel's %s share addresses\n"
				    "a network of its own for each", prefix_format(a, inner),
				    prefix_format(b, outer));
		}
}

void lint(const struct model *m, struct findings *f)
{
	uint8_t own[MODEL_KEY_LEN];
	bool keyed = m->wg.has_private_key && !crypto_scalarmult_base(own, m->wg.private_key);
	uint32_t *vnis;
	size_t i;
	int v;

	if (!m->config)
		return;			/* nothing but names was read, if that */
	lint_node(m, f);
	lint_devices(m, f);
	vnis = vnis_sorted(m);
	for (i = 0; i < m->wg.n_peers; i++)
		lint_peer(m, &m->wg.peers[i], keyed ? own : NULL, vnis, f);
	free(vnis);
	for (v = 0; v < m->n_vnis; v++)
		lint_overlay(m, &m->vnis[v], f);
	lint_ranges(m, f);
	lint_underlay(m, f);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which peer has which address. Sorted by network, then by length, a prefix comes after all that
 * hold it: a stack of those that are open finds every overlap, and the peer of every VTEP, in one
 * pass, also of 10,000.
 */
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "finding.h"
#include "lint_range.h"
#include "model.h"
#include "value.h"

enum kind { ALLOWED, VTEP, FLOOD };

struct range {
	struct model_prefix prefix;	/* bits beyond its length cleared; of a VTEP, the host alone */
	enum kind kind;
	const struct model_peer *peer;	/* of AllowedIPs and VTEP */
	const struct model_vni *vni;	/* of Flood */
	size_t inside;			/* prefixes of other peers in it */
	const struct model_peer *first;	/* whose is one of them */
};

struct walk {
	const struct model *m;
	struct findings *f;
	struct range *ranges, **open;	/* open: those that hold the one at hand, the widest first */
	size_t n, depth;
	const struct range *vtep;	/* the one before */
};

/* Of equal prefixes that of the last peer comes last, and a VTEP after the prefixes that it is in. */
static int compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int order = addr_is4(&x->prefix.addr) - addr_is4(&y->prefix.addr);

	if (!order)
		order = memcmp(&x->prefix.addr, &y->prefix.addr, sizeof(x->prefix.addr));
	if (!order)
		order = x->prefix.len - y->prefix.len;
	if (!order)
		order = x->kind - y->kind;
	return order ? order : (x->peer > y->peer) - (x->peer < y->peer);
}

static void say_equal(const struct walk *w, const struct range *first, const struct range *second)
{
	const struct model_where *a = &first->peer->where, *b = &second->peer->where_allowed;
	char text[PREFIX_STRLEN];

	finding_add(w->f, FINDING_WARNING, b->file, b->line,
		    "[Peer] AllowedIPs: %s is given to the [Peer] at %s:%u too: the last one has it\n"
		    "each prefix to one peer",
		    prefix_format(&second->prefix, text), a->file, a->line);
}

static void say_inside(const struct walk *w, const struct range *r)
{
	const struct model_where *at = &r->peer->where_allowed;
	char text[PREFIX_STRLEN];

	if (r->inside)
		finding_add(w->f, FINDING_NOTE, at->file, at->line,
			    "[Peer] AllowedIPs: in %s lie %zu prefixes of other peers (as at %s:%u), which have them",
			    prefix_format(&r->prefix, text), r->inside, r->first->where.file, r->first->where.line);
}

static void close_until(struct walk *w, const struct vtep_addr *addr)
{
	while (w->depth && !(addr && prefix_covers(&w->open[w->depth - 1]->prefix, addr)))
		say_inside(w, w->open[--w->depth]);
}

static void take_allowed(struct walk *w, struct range *r)
{
	struct range *outer = w->depth ? w->open[w->depth - 1] : NULL;

	if (outer && outer->peer != r->peer) {
		if (outer->prefix.len == r->prefix.len) {
			say_equal(w, outer, r);
		} else {
			outer->inside++;
			outer->first = r->peer;
		}
	}
	w->open[w->depth++] = r;
}

static void take_vtep(struct walk *w, const struct range *r)
{
	const struct model_peer *by = w->depth ? w->open[w->depth - 1]->peer : NULL;
	const struct model_where *at = &r->peer->where;
	char text[ADDR_STRLEN];

	addr_format(&r->prefix.addr, text);
	if (w->vtep && addr_equal(&w->vtep->prefix.addr, &r->prefix.addr))
		finding_add(w->f, FINDING_ERROR, at->file, at->line,
			    "[Peer] VTEP: %s is that of the [Peer] at %s:%u too\n"
			    "an address of its own for each node",
			    text, w->vtep->peer->where.file, w->vtep->peer->where.line);
	w->vtep = r;
	if (!w->m->wg.given || by == r->peer)
		return;			/* else others say what is allowed */
	if (by)
		finding_add(w->f, FINDING_ERROR, at->file, at->line,
			    "[Peer] VTEP: WireGuard sends %s to the [Peer] at %s:%u\n"
			    "AllowedIPs = %s/%u        (one line more)",
			    text, by->where.file, by->where.line, text, r->prefix.len);
	else
		finding_add(w->f, FINDING_ERROR, at->file, at->line,
			    "[Peer] VTEP: no AllowedIPs cover %s: WireGuard drops what is for it\n"
			    "AllowedIPs = %s/%u        (one line more)",
			    text, text, r->prefix.len);
}

static void take_flood(struct walk *w, const struct range *r)
{
	char text[ADDR_STRLEN];

	if (w->m->wg.given && !w->depth)
		finding_add(w->f, FINDING_ERROR, r->vni->where.file, r->vni->where.line,
			    "[VNI] Flood: no AllowedIPs cover %s: WireGuard drops what is for it\n"
			    "AllowedIPs = %s/%u        (in the [Peer] that has this VTEP)",
			    addr_format(&r->prefix.addr, text), text, r->prefix.len);
}

static void collect(struct walk *w, const struct model_prefix *p, const struct vtep_addr *addr, struct range r)
{
	r.prefix = p ? *p : (struct model_prefix){ *addr, addr_is4(addr) ? 32 : 128 };
	prefix_clean(&r.prefix);
	w->ranges[w->n++] = r;
}

static void collect_all(struct walk *w)
{
	const struct model *m = w->m;
	size_t i, j;
	int v;

	for (i = 0; i < m->wg.n_peers; i++) {
		const struct model_peer *p = &m->wg.peers[i];

		for (j = 0; j < p->n_allowed; j++)
			collect(w, &p->allowed[j], NULL, (struct range){ .kind = ALLOWED, .peer = p });
		for (j = 0; j < p->n_vteps; j++)
			collect(w, NULL, &p->vteps[j], (struct range){ .kind = VTEP, .peer = p });
	}
	for (v = 0; v < m->n_vnis; v++)
		for (j = 0; j < m->vnis[v].n_flood; j++)
			collect(w, NULL, &m->vnis[v].flood[j], (struct range){ .kind = FLOOD, .vni = &m->vnis[v] });
}

void lint_ranges(const struct model *m, struct findings *f)
{
	struct walk w = { .m = m, .f = f };
	size_t i, n = 0;

	for (i = 0; i < m->wg.n_peers; i++)
		n += m->wg.peers[i].n_allowed + m->wg.peers[i].n_vteps;
	for (i = 0; i < (size_t)m->n_vnis; i++)
		n += m->vnis[i].n_flood;
	if (!n)
		return;
	w.ranges = calloc(n, sizeof(*w.ranges));
	w.open = calloc(n, sizeof(*w.open));
	if (!w.ranges || !w.open)
		goto out;
	collect_all(&w);
	qsort(w.ranges, w.n, sizeof(*w.ranges), compare);
	for (i = 0; i < w.n; i++) {
		struct range *r = &w.ranges[i];

		close_until(&w, &r->prefix.addr);
		if (r->kind == ALLOWED)
			take_allowed(&w, r);
		else if (r->kind == VTEP)
			take_vtep(&w, r);
		else
			take_flood(&w, r);
	}
	close_until(&w, NULL);
out:
	free(w.ranges);
	free(w.open);
}

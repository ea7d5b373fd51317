/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes out of AllowedIPs and VTEPs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "ifaddr.h"
#include "nl.h"
#include "wg_routes.h"

struct routes {
	struct route_entry *list;
	size_t n;
	bool lens[129];			/* that prefixes of it have, once it is sorted */
};

/* By prefix first: wg_routes() looks prefixes up in lists in this order. */
static int compare(const void *a, const void *b)
{
	const struct route_entry *x = a, *y = b;
	int diff = memcmp(&x->dst, &y->dst, sizeof(x->dst));

	diff = diff ?: x->len - y->len;
	diff = diff ?: (x->table > y->table) - (x->table < y->table);
	diff = diff ?: (x->oif > y->oif) - (x->oif < y->oif);
	if (diff || x->oif)			/* IPv6 gives device routes a metric of its own */
		return diff;
	return (x->metric > y->metric) - (x->metric < y->metric);
}

void routes_sort(struct route_entry *list, size_t n)
{
	if (n)
		qsort(list, n, sizeof(*list), compare);
}

bool routes_have(const struct route_entry *list, size_t n, const struct route_entry *e)
{
	return n && bsearch(e, list, n, sizeof(*list), compare);
}

uint32_t wg_guard_metric(const char *ifname)
{
	uint32_t hash = 2166136261U;		/* FNV-1a */

	while (*ifname)
		hash = (hash ^ (uint8_t)*ifname++) * 16777619U;
	return 0xff000000U | (hash >> 8);
}

bool wg_has_default(const struct model_wg *wg, bool ip6)
{
	size_t i, j;

	for (i = 0; i < wg->n_peers; i++)
		for (j = 0; j < wg->peers[i].n_allowed; j++)
			if (!wg->peers[i].allowed[j].len && addr_is4(&wg->peers[i].allowed[j].addr) != ip6)
				return true;
	return false;
}

static int add(struct routes *r, const struct route_entry *e)
{
	struct route_entry *grown = nl_room(r->list, r->n, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	r->list = grown;
	grown[r->n++] = *e;
	return 0;
}

static void sort_unique(struct routes *r)
{
	size_t i, kept = 0;

	routes_sort(r->list, r->n);
	for (i = 0; i < r->n; i++)
		if (!kept || compare(&r->list[kept - 1], &r->list[i]))
			r->list[kept++] = r->list[i];
	r->n = kept;
	for (i = 0; i < r->n; i++)
		r->lens[r->list[i].len] = true;
}

/* The longest of these prefixes, no default route, that holds addr; sorted by prefix. NULL: none. */
static const struct route_entry *longest(const struct routes *r, const struct vtep_addr *addr, unsigned int max)
{
	struct route_entry key = {};
	size_t low, high, mid;
	unsigned int len;

	for (len = max; len > 0; len--) {
		if (!r->lens[len])
			continue;
		key.dst = *addr;
		addr_mask(&key.dst, len);
		key.len = len;
		for (low = 0, high = r->n; low < high;) {
			mid = low + (high - low) / 2;
			if (compare(&r->list[mid], &key) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < r->n && r->list[low].len == len && addr_equal(&r->list[low].dst, &key.dst))
			return &r->list[low];
	}
	return NULL;
}

/* Routes of the main table that lead into the device and were put there by others, or by the kernel. */
static int others(const struct wg_routing *r, struct routes *out)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->n_running && !err; i++)
		if (r->running[i].proto != VTEP_PROTO && r->running[i].oif == r->oif &&
		    r->running[i].table == RT_TABLE_MAIN)
			err = add(out, &r->running[i]);
	sort_unique(out);
	return err;
}

static int allowed(const struct wg_routing *r, const struct routes *others, struct routes *out)
{
	size_t i, j;
	int err = 0;

	if (r->wg->table_mode == MODEL_TABLE_OFF)
		return 0;
	for (i = 0; i < r->wg->n_peers && !err; i++)
		for (j = 0; j < r->wg->peers[i].n_allowed && !err; j++) {
			const struct model_prefix *p = &r->wg->peers[i].allowed[j];
			struct route_entry e = { .dst = p->addr, .len = p->len, .oif = r->oif };

			addr_mask(&e.dst, e.len);
			if (r->wg->table_mode == MODEL_TABLE_NUMBER)
				e.table = r->wg->table;
			else
				e.table = e.len ? RT_TABLE_MAIN : r->default_table;
			if (r->wg->table_mode == MODEL_TABLE_NUMBER || !e.len || !longest(others, &e.dst, e.len))
				err = add(out, &e);
		}
	sort_unique(out);
	return err;
}

static bool is_allowed(const struct model_wg *wg, const struct vtep_addr *addr)
{
	size_t i, j;

	for (i = 0; i < wg->n_peers; i++)
		for (j = 0; j < wg->peers[i].n_allowed; j++)
			if (addr_in_prefix(addr, &wg->peers[i].allowed[j].addr, wg->peers[i].allowed[j].len))
				return true;
	return false;
}

/* Where the operator routes by himself (Table off, or another), his routes are not second-guessed. */
static int guard(const struct wg_routing *r, const struct routes *routed, const struct vtep_addr *vtep, struct routes *out)
{
	const struct route_entry *by = longest(routed, vtep, addr_bits(vtep));
	struct route_entry e = { .dst = *vtep, .len = addr_bits(vtep), .table = RT_TABLE_MAIN };
	int err = 0;

	if (by) {
		e.dst = by->dst;
		e.len = by->len;
	} else if (r->wg->table_mode != MODEL_TABLE_AUTO || !is_allowed(r->wg, vtep)) {
		return 0;
	} else {
		e.oif = r->oif;
		err = add(out, &e);
	}
	e.oif = 0;
	e.metric = r->guard_metric;
	return err ?: add(out, &e);
}

int wg_routes(const struct wg_routing *r, struct route_entry **list)
{
	struct routes foreign = {}, out = {}, routed = {};
	size_t i, n;
	int err;

	err = others(r, &foreign) ?: allowed(r, &foreign, &out);
	for (i = 0; i < foreign.n && !err; i++)
		err = add(&routed, &foreign.list[i]);
	for (i = 0, n = out.n; i < n && !err; i++)
		if (out.list[i].table == RT_TABLE_MAIN)
			err = add(&routed, &out.list[i]);
	sort_unique(&routed);
	for (i = 0; i < r->n_vteps && !err; i++)
		err = guard(r, &routed, &r->vteps[i], &out);
	free(foreign.list);
	free(routed.list);
	if (err) {
		free(out.list);
		return err;
	}
	sort_unique(&out);
	*list = out.list;
	return out.n;
}

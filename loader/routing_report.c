// SPDX-License-Identifier: GPL-2.0-only
/* --check: routes and rules that would be added and removed, as ip(8) writes them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include "addr.h"
#include "daemon.h"
#include "log.h"
#include "nl.h"
#include "route_set.h"
#include "routing.h"
#include "rule.h"
#include "wg_routes.h"

#define NAMED		50		/* routes that are named one by one */
#define NO_DEVICE	INT_MAX		/* stands for one that is still to be made */

static void say_route(const struct daemon *d, const char *what, const struct route_entry *r)
{
	char dst[ADDR_STRLEN], dev[32] = "", table[24] = "", metric[32] = "";

	if (r->oif)
		snprintf(dev, sizeof(dev), " dev %s", d->model.ifname);
	if (r->table != RT_TABLE_MAIN)
		snprintf(table, sizeof(table), " table %u", r->table);
	if (!r->oif)
		snprintf(metric, sizeof(metric), " metric %u", r->metric);
	log_notice("%s: would %s the route %s%s/%u%s%s%s", d->model.ifname, what, r->oif ? "" : "unreachable ",
		   addr_format(&r->dst, dst), r->len, dev, table, metric);
}

static void say_rest(const struct daemon *d, const char *what, int n)
{
	if (n > NAMED)
		log_notice("%s: would %s %d routes more", d->model.ifname, what, n - NAMED);
}

/* The kernel's own routes to the networks of addresses that the device does not have yet. */
static int add_connected(const struct daemon *d, int oif, struct route_entry **running, int n)
{
	const struct model_wg *wg = &d->model.wg;
	struct route_entry *grown;
	size_t i;

	for (i = 0; i < wg->n_addresses; i++) {
		struct route_entry e = { .dst = wg->addresses[i].addr, .len = wg->addresses[i].len, .oif = oif,
					 .table = RT_TABLE_MAIN, .proto = RTPROT_KERNEL };

		if (e.len == addr_bits(&e.dst))
			continue;
		addr_mask(&e.dst, e.len);
		grown = nl_room(*running, n, sizeof(*grown));
		if (!grown)
			return n;
		*running = grown;
		grown[n++] = e;
	}
	return n;
}

static void report_routes(struct daemon *d)
{
	int oif = d->wg.ifindex ?: NO_DEVICE, n_running, n, i, adds = 0, drops = 0;
	struct route_entry *running = NULL, *want = NULL;

	n_running = route_list(&d->nl, d->wg.ifindex, &running);	/* of none, it would refuse */
	if (n_running >= 0)
		n_running = add_connected(d, oif, &running, n_running);
	n = n_running < 0 ? n_running : routing_want(d, oif, running, n_running, &want);
	for (i = 0; i < n; i++)
		if (!routes_have(running, n_running, &want[i]) && adds++ < NAMED)
			say_route(d, "add", &want[i]);
	say_rest(d, "add", adds);
	for (i = 0; i < n_running && n >= 0; i++)
		if (routing_is_ours(d, &running[i]) && !routes_have(want, n, &running[i]) && drops++ < NAMED)
			say_route(d, "remove", &running[i]);
	say_rest(d, "remove", drops);
	free(running);
	free(want);
}

static void say_rule(const struct daemon *d, const struct rule *r)
{
	char mark[40] = "", table[24] = "main";

	if (r->fwmark)
		snprintf(mark, sizeof(mark), "%sfwmark 0x%x ", r->invert ? "not " : "", r->fwmark);
	if (r->table != RT_TABLE_MAIN)
		snprintf(table, sizeof(table), "%u", r->table);
	log_notice("%s: would add the rule %s%stable %s%s", d->model.ifname, r->family == AF_INET6 ? "-6 " : "", mark, table,
		   r->suppress_default ? " suppress_prefixlength 0" : "");
}

static bool stands(const struct rule *list, int n, const struct rule *rule)
{
	int i;

	for (i = 0; i < n; i++)
		if (rule_same(&list[i], rule))
			return true;
	return false;
}

static void report_rules(struct daemon *d)
{
	struct rule want[ROUTING_RULES], *running[2] = {};
	int n[2] = { rule_list(&d->nl, AF_INET, &running[0]), rule_list(&d->nl, AF_INET6, &running[1]) };
	size_t i, n_want = routing_want_rules(d, want);

	for (i = 0; i < n_want; i++)
		if (!stands(running[want[i].family == AF_INET6], n[want[i].family == AF_INET6], &want[i]))
			say_rule(d, &want[i]);
	free(running[0]);
	free(running[1]);
}

void routing_report(struct daemon *d)
{
	report_rules(d);
	report_routes(d);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes that AllowedIPs and VTEPs ask for, as text and without a kernel; then addresses, routes and
 * rules against the running one, in a network namespace of its own (root), on a bridge.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "expect.h"
#include "ifaddr.h"
#include "link.h"
#include "nl.h"
#include "route_set.h"
#include "rule.h"
#include "wg_routes.h"

#define MAX	16
#define OIF	7
#define METRIC	0xff000001U

static struct vtep_addr addr(const char *text)
{
	struct vtep_addr out = {};

	if (addr_parse(text, &out))
		tap_ok(false, "test address %s", text);
	return out;
}

/* "10.0.0.0/8 fd00::/64" */
static size_t prefixes(const char *text, struct model_prefix *out)
{
	char copy[256], *word, *slash;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		slash = strchr(word, '/');
		*slash = '\0';
		out[n].addr = addr(word);
		out[n++].len = atoi(slash + 1);
	}
	return n;
}

static void print(const struct route_entry *list, int n, char *out, size_t size)
{
	char text[ADDR_STRLEN];
	size_t len = 0;
	int i;

	*out = '\0';
	for (i = 0; i < n; i++) {
		len += snprintf(out + len, size - len, "%s%s%s/%u", len ? " " : "", list[i].oif ? "" : "!",
				addr_format(&list[i].dst, text), list[i].len);
		if (list[i].table != RT_TABLE_MAIN)
			len += snprintf(out + len, size - len, "@%u", list[i].table);
	}
}

/* '!': unreachable; '@': the table, if it is not main. In the order of the addresses' bytes. */
static const struct {
	const char *name;
	enum model_table mode;
	const char *allowed, *running, *vteps, *want;
} cases[] = {
	{ "nothing", MODEL_TABLE_AUTO, "", "", "", "" },
	{ "prefixes of both families", MODEL_TABLE_AUTO, "10.0.0.0/8 fd00::/64", "", "", "10.0.0.0/8 fd00::/64" },
	{ "host bits and doubles", MODEL_TABLE_AUTO, "10.1.2.3/8 10.0.0.0/8", "", "", "10.0.0.0/8" },
	{ "what the device has already", MODEL_TABLE_AUTO, "172.16.0.2/32 172.17.0.0/16", "172.16.0.0/16", "",
	  "172.17.0.0/16" },
	{ "a prefix inside another one stays", MODEL_TABLE_AUTO, "10.0.0.0/8 10.1.0.0/16", "", "",
	  "10.0.0.0/8 10.1.0.0/16" },
	{ "default routes have a table of their own", MODEL_TABLE_AUTO, "0.0.0.0/0 ::/0 10.0.0.0/8", "", "",
	  "::/0@51820 0.0.0.0/0@51820 10.0.0.0/8" },
	{ "Table = off", MODEL_TABLE_OFF, "10.0.0.0/8 0.0.0.0/0", "", "10.0.0.1/32", "" },
	{ "Table = 77: all, and no second thoughts", MODEL_TABLE_NUMBER, "172.16.0.2/32 0.0.0.0/0", "172.16.0.0/16", "",
	  "0.0.0.0/0@77 172.16.0.2/32@77" },
	{ "a VTEP's guard is as long as its route", MODEL_TABLE_AUTO, "10.0.0.0/8 10.1.0.0/16", "", "10.1.0.9/32",
	  "10.0.0.0/8 !10.1.0.0/16 10.1.0.0/16" },
	{ "two VTEPs, one guard", MODEL_TABLE_AUTO, "", "172.16.0.0/16", "172.16.0.2/32 172.16.0.3/32",
	  "!172.16.0.0/16" },
	{ "Table = off, but the device has a network", MODEL_TABLE_OFF, "0.0.0.0/0", "10.0.3.0/24", "10.0.3.1/32",
	  "!10.0.3.0/24" },
	{ "a VTEP behind a default route gets a route", MODEL_TABLE_AUTO, "0.0.0.0/0", "", "172.16.0.2/32",
	  "0.0.0.0/0@51820 !172.16.0.2/32 172.16.0.2/32" },
	{ "a VTEP that no peer may have gets none", MODEL_TABLE_AUTO, "10.0.0.0/8", "", "172.16.0.2/32", "10.0.0.0/8" },
	{ "::/0 leads to no IPv4 VTEP", MODEL_TABLE_AUTO, "::/0", "", "172.16.0.2/32", "::/0@51820" },
};

static void test_case(size_t i)
{
	struct model_prefix allowed[MAX], on[MAX], to[MAX];
	struct route_entry running[MAX] = {}, *list = NULL;
	struct vtep_addr vteps[MAX];
	struct model_peer peer = { .allowed = allowed, .n_allowed = prefixes(cases[i].allowed, allowed) };
	struct model_wg wg = { .table_mode = cases[i].mode, .table = 77, .peers = &peer, .n_peers = 1 };
	struct wg_routing r = { .wg = &wg, .oif = OIF, .default_table = 51820, .guard_metric = METRIC,
				.running = running, .vteps = vteps };
	char text[512];
	size_t k;
	int n;

	r.n_running = prefixes(cases[i].running, on);
	for (k = 0; k < r.n_running; k++)
		running[k] = (struct route_entry){ .dst = on[k].addr, .len = on[k].len, .table = RT_TABLE_MAIN,
						   .oif = OIF, .proto = 2 };
	r.n_vteps = prefixes(cases[i].vteps, to);
	for (k = 0; k < r.n_vteps; k++)
		vteps[k] = to[k].addr;
	n = wg_routes(&r, &list);
	print(list, n, text, sizeof(text));
	if (!tap_ok(!strcmp(text, cases[i].want), "%s", cases[i].name))
		tap_note("got \"%s\", expected \"%s\"", text, cases[i].want);
	for (k = 0; k < (size_t)n; k++)
		if (!routes_have(list, n, &list[k]))
			tap_ok(false, "%s: finds its own", cases[i].name);
	free(list);
}

static int ours(struct nl *nl, int ifindex)
{
	struct ifaddr_entry *list = NULL;
	int i, n = ifaddr_list(nl, ifindex, &list), count = 0;

	for (i = 0; i < n; i++)
		count += list[i].proto == VTEP_PROTO;
	free(list);
	return count;
}

static void test_addresses(struct nl *nl, int ifindex)
{
	struct vtep_addr a4 = addr("10.0.0.1"), a6 = addr("fd00::1");

	expect(ifaddr_add(nl, ifindex, &a4, 24), 0, "an IPv4 address");
	expect(ifaddr_add(nl, ifindex, &a6, 64), 0, "an IPv6 address");
	expect(ifaddr_add(nl, ifindex, &a4, 24), -EEXIST, "twice");
	expect(ours(nl, ifindex), 2, "both are known as ours");
	expect(ifaddr_del(nl, ifindex, &a6, 64), 0, "one goes");
	expect(ours(nl, ifindex), 1, "one is left");
	expect(ifaddr_add(nl, 0, &a4, 24), -ENODEV, "no device");
}

/* How many the list has of ours: by the device, and unreachable ones. */
static void expect_routes(struct nl *nl, int ifindex, int by_device, int unreachable, const char *when)
{
	struct route_entry *list = NULL;
	int i, n = route_list(nl, ifindex, &list), by = 0, un = 0;

	for (i = 0; i < n; i++) {
		by += list[i].proto == VTEP_PROTO && list[i].oif == ifindex;
		un += list[i].proto == VTEP_PROTO && !list[i].oif;
	}
	free(list);
	expect(by, by_device, "%s: by the device", when);
	expect(un, unreachable, "%s: unreachable", when);
}

static void test_routes(struct nl *nl, int ifindex)
{
	struct route_entry r[] = {
		{ .dst = addr("10.5.0.0"), .len = 16, .table = RT_TABLE_MAIN, .oif = ifindex },
		{ .dst = addr("fd05::"), .len = 64, .table = 4711, .oif = ifindex },
		{ .dst = addr("10.5.0.0"), .len = 16, .table = RT_TABLE_MAIN, .metric = METRIC },
		{ .dst = addr("fd06::"), .len = 64, .table = RT_TABLE_MAIN, .metric = METRIC },
	};
	size_t i;

	expect(route_table_used(nl, 4711), 0, "a table is empty");
	for (i = 0; i < 4; i++)
		expect(route_add(nl, &r[i]), 0, "route %zu", i);
	expect(route_add(nl, &r[0]), -EEXIST, "twice");
	expect_routes(nl, ifindex, 2, 2, "added");
	expect(route_table_used(nl, 4711), 1, "the table is used");
	link_set_up(nl, ifindex, false);
	expect_routes(nl, ifindex, 0, 2, "the device is down");
	expect(route_del(nl, &r[2]), 0, "an IPv4 guard goes");
	expect(route_del(nl, &r[3]), 0, "an IPv6 guard goes");
	expect_routes(nl, ifindex, 0, 0, "removed");
	link_set_up(nl, ifindex, true);
}

static int find_rule(struct nl *nl, const struct rule *rule, struct rule *out)
{
	struct rule *list = NULL;
	int i, n = rule_list(nl, rule->family, &list), found = 0;

	for (i = 0; i < n; i++)
		if (rule_same(&list[i], rule) && list[i].proto == VTEP_PROTO) {
			*out = list[i];
			found++;
		}
	free(list);
	return found;
}

static void test_rules(struct nl *nl)
{
	static const struct rule rules[] = {
		{ .family = AF_INET, .fwmark = 51820, .invert = true, .table = 51820 },
		{ .family = AF_INET, .table = RT_TABLE_MAIN, .suppress_default = true },
		{ .family = AF_INET6, .priority = 999, .fwmark = 0x1023, .table = 1023 },
	};
	struct rule found = {};
	size_t i;

	for (i = 0; i < 3; i++) {
		expect(find_rule(nl, &rules[i], &found), 0, "rule %zu is not there", i);
		expect(rule_add(nl, &rules[i]), 0, "rule %zu is added", i);
		expect(find_rule(nl, &rules[i], &found), 1, "rule %zu is found", i);
	}
	expect(found.priority, 999, "its priority");
	for (i = 0; i < 3; i++) {
		find_rule(nl, &rules[i], &found);
		expect(rule_del(nl, &found), 0, "rule %zu goes", i);
		expect(find_rule(nl, &rules[i], &found), 0, "rule %zu is gone", i);
	}
}

static void test_kernel(void)
{
	struct nl nl;
	int ifindex, err;

	if (unshare(CLONE_NEWNET) || nl_open(&nl, NETLINK_ROUTE)) {
		tap_note("SKIP kernel: needs root");
		return;
	}
	err = link_bridge_add(&nl, "d0", 0, &ifindex);
	if (!tap_ok(!err && !link_set_up(&nl, ifindex, true), "a device"))
		return;
	test_addresses(&nl, ifindex);
	test_routes(&nl, ifindex);
	test_rules(&nl);
	nl_close(&nl);
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(i);
	tap_ok(wg_guard_metric("wg0") != wg_guard_metric("wg1"), "each interface has guards of its own");
	test_kernel();
	return tap_end();
}

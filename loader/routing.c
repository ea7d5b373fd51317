// SPDX-License-Identifier: GPL-2.0-only
/* Routing into the WireGuard device, and of what it sends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>
#include "addr.h"
#include "daemon.h"
#include "ifaddr.h"
#include "log.h"
#include "members.h"
#include "route_set.h"
#include "routing.h"
#include "rule.h"
#include "wg.h"
#include "wg_routes.h"

#define FIRST_TABLE	51820		/* wg-quick's, for 0.0.0.0/0 and ::/0 */
#define VRF_PRIORITY	999		/* ahead of the l3mdev rule: 1000 */

static bool wants_default(const struct daemon *d)
{
	const struct model_wg *wg = &d->model.wg;

	return wg->table_mode == MODEL_TABLE_AUTO && (wg_has_default(wg, false) || wg_has_default(wg, true));
}

static int find_vrf(struct daemon *d)
{
	const char *name = d->model.wg.underlay_vrf;
	struct link vrf;
	int err;

	d->tunnel.vrf_table = 0;
	if (!*name)
		return 0;
	err = link_get_name(&d->nl, name, &vrf);
	if (err || vrf.kind != LINK_VRF) {
		log_err("%s: UnderlayVRF = %s: %s", d->model.ifname, name, err ? strerror(-err) : "not a VRF device");
		log_hint("ip link add %s type vrf table 1023 && ip link set %s up", name, name);
		return err == -ENODEV ? EXIT_NOT_FOUND : EXIT_USAGE;
	}
	d->tunnel.vrf_table = vrf.vrf_table;
	return 0;
}

/* The first table that is empty, as wg-quick looks for it. */
static uint32_t empty_table(struct daemon *d)
{
	uint32_t table = FIRST_TABLE;

	while (table < FIRST_TABLE + 1000 && route_table_used(&d->nl, table) > 0)
		table++;
	return table;
}

int routing_choose(struct daemon *d, uint32_t running)
{
	struct tunnel *t = &d->tunnel;
	int err = find_vrf(d);

	if (err)
		return err;
	t->fwmark_before = running;
	t->fwmark = d->model.wg.fwmark;
	t->default_table = 0;
	if (!t->fwmark && t->vrf_table)
		t->fwmark = t->vrf_table;
	if (!wants_default(d))
		return 0;
	if (t->vrf_table) {
		log_err("%s: UnderlayVRF and a default route in AllowedIPs: which table?", d->model.ifname);
		log_hint("Table = off, or a number, and rules of your own");
		return EXIT_USAGE;
	}
	if (!t->fwmark)
		t->fwmark = running ?: empty_table(d);
	t->default_table = t->fwmark;
	return 0;
}

size_t routing_want_rules(const struct daemon *d, struct rule *out)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct tunnel *t = &d->tunnel;
	size_t i, n = 0;

	for (i = 0; i < 2; i++) {
		if (t->vrf_table)
			out[n++] = (struct rule){ .family = families[i], .priority = VRF_PRIORITY, .fwmark = t->fwmark,
						  .table = t->vrf_table };
		if (!t->default_table || !wg_has_default(&d->model.wg, families[i] == AF_INET6))
			continue;
		out[n++] = (struct rule){ .family = families[i], .fwmark = t->fwmark, .invert = true,
					  .table = t->default_table };
		out[n++] = (struct rule){ .family = families[i], .table = RT_TABLE_MAIN, .suppress_default = true };
	}
	return n;
}

/* Does another vtepd's device send with this mark? Then its rules are that one's, too. */
static bool mark_is_shared(const struct daemon *d, uint32_t mark)
{
	struct wg_device *dev;
	char names[64][16];
	int i, n = instance_list(names, 64);
	bool shared = false;

	for (i = 0; i < n && i < 64 && !shared; i++)
		if (strcmp(names[i], d->model.ifname) && !wg_get(names[i], &dev)) {
			shared = dev->fwmark == mark;
			wg_free(dev);
		}
	return shared;
}

static bool has_rule(const struct rule *list, size_t n, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rule_same(&list[i], rule))
			return true;
	return false;
}

/* Ours, of this device: by its mark, now or before. */
static bool rule_is_ours(const struct daemon *d, const struct rule *r)
{
	const struct tunnel *t = &d->tunnel;

	return r->proto == VTEP_PROTO && r->fwmark && (r->fwmark == t->fwmark || r->fwmark == t->fwmark_before) &&
	       !mark_is_shared(d, r->fwmark);
}

static void drop_rules(struct daemon *d, int family, const struct rule *want, size_t n_want)
{
	bool others = false;
	struct rule *list = NULL;
	int i, n = rule_list(&d->nl, family, &list);

	for (i = 0; i < n; i++) {
		if (has_rule(want, n_want, &list[i]))
			continue;
		if (rule_is_ours(d, &list[i]))
			rule_del(&d->nl, &list[i]);
		else if (list[i].proto == VTEP_PROTO && list[i].invert)
			others = true;
	}
	/* One for all of them: with the last of the marks it goes, too. */
	for (i = 0; i < n; i++)
		if (list[i].proto == VTEP_PROTO && list[i].suppress_default && !others &&
		    !has_rule(want, n_want, &list[i]))
			rule_del(&d->nl, &list[i]);
	free(list);
}

static int rule_failed(const struct daemon *d, const struct rule *r, int err)
{
	log_err("%s: cannot add the rule for table %u: %s", d->model.ifname, r->table, strerror(-err));
	log_hint("ip %srule show", r->family == AF_INET6 ? "-6 " : "");
	return err;
}

static int add_rules(struct daemon *d, int family, const struct rule *want, size_t n_want)
{
	struct rule *list = NULL;
	int n = rule_list(&d->nl, family, &list), err = n < 0 ? n : 0;
	size_t i;

	if (n == -EAFNOSUPPORT || n == -EOPNOTSUPP)	/* no IPv6, or no policy routing */
		return family == AF_INET6 ? 0 : n;
	for (i = 0; i < n_want && !err; i++) {
		if (want[i].family != family || has_rule(list, n, &want[i]))
			continue;
		err = rule_add(&d->nl, &want[i]);
		if (err)
			rule_failed(d, &want[i], err);
	}
	free(list);
	return err;
}

/* Else a reverse path filter would drop the answers to marked packets; wg-quick does the same. */
static void set_valid_mark(void)
{
	int fd = open("/proc/sys/net/ipv4/conf/all/src_valid_mark", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		log_warning("cannot set net.ipv4.conf.all.src_valid_mark: %s", strerror(errno));
	close(fd);
}

static bool setting_is(const char *path, char value)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c == value;
}

/* Settings of the whole host, by which what comes in for WireGuard would be dropped: not ours to change. */
static void warn_settings(const struct daemon *d)
{
	if (d->tunnel.vrf_table && setting_is("/proc/sys/net/ipv4/udp_l3mdev_accept", '0')) {
		log_warning("%s: what comes in by VRF %s does not reach WireGuard's socket, which is in none",
			    d->model.ifname, d->model.wg.underlay_vrf);
		log_hint("sysctl -w net.ipv4.udp_l3mdev_accept=1");
	}
	if (d->tunnel.default_table && setting_is("/proc/sys/net/ipv4/conf/all/rp_filter", '1')) {
		log_warning("%s: the strict reverse path filter takes answers of peers beyond the default route for forged",
			    d->model.ifname);
		log_hint("sysctl -w net.ipv4.conf.all.rp_filter=2");
	}
}

int routing_rules(struct daemon *d)
{
	struct rule want[ROUTING_RULES];
	size_t n = routing_want_rules(d, want);
	int err = add_rules(d, AF_INET, want, n) ?: add_rules(d, AF_INET6, want, n);

	if (err)
		return err;
	drop_rules(d, AF_INET, want, n);
	drop_rules(d, AF_INET6, want, n);
	if (d->tunnel.default_table && wg_has_default(&d->model.wg, false))
		set_valid_mark();
	warn_settings(d);
	return 0;
}

/* Every VTEP that frames may go to. */
static int all_vteps(const struct daemon *d, struct vtep_addr **out)
{
	size_t n = d->n_remotes;
	struct vtep_addr *list;
	int i;

	for (i = 0; i < d->n_segments; i++)
		n += d->segments[i].n_members;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (n = 0; n < d->n_remotes; n++)
		list[n] = d->remotes[n].addr;
	for (i = 0; i < d->n_segments; i++) {
		if (d->segments[i].n_members)
			memcpy(list + n, d->segments[i].members, d->segments[i].n_members * sizeof(*list));
		n += d->segments[i].n_members;
	}
	*out = list;
	return n;
}

static int add_routes(struct daemon *d, const struct route_entry *want, int n_want, const struct route_entry *running,
		      int n_running)
{
	char text[ADDR_STRLEN];
	int i, err = 0;

	for (i = 0; i < n_want && !err; i++) {
		if (routes_have(running, n_running, &want[i]))
			continue;
		err = route_add(&d->nl, &want[i]);
		if (!err)
			continue;
		log_err("%s: cannot add the route to %s/%u: %s", d->model.ifname, addr_format(&want[i].dst, text),
			want[i].len, strerror(-err));
		log_hint("ip route show %s/%u        (`Table = off` leaves routes to you)", text, want[i].len);
	}
	return err;
}

bool routing_is_ours(const struct daemon *d, const struct route_entry *r)
{
	if (r->proto != VTEP_PROTO)
		return false;
	return r->oif ? r->oif == d->wg.ifindex : r->metric == wg_guard_metric(d->model.ifname);
}

static void drop_routes(struct daemon *d, const struct route_entry *want, int n_want, const struct route_entry *running,
			int n_running)
{
	int i;

	for (i = 0; i < n_running; i++)
		if (!routes_have(want, n_want, &running[i]) && routing_is_ours(d, &running[i]))
			route_del(&d->nl, &running[i]);
}

int routing_want(struct daemon *d, int oif, struct route_entry *running, int n_running, struct route_entry **want)
{
	struct wg_routing r = { .wg = &d->model.wg, .oif = oif, .default_table = d->tunnel.default_table,
				.guard_metric = wg_guard_metric(d->model.ifname) };
	struct vtep_addr *vteps = NULL;
	int n;

	routes_sort(running, n_running);
	n = all_vteps(d, &vteps);
	if (n >= 0) {
		r.running = running;
		r.n_running = n_running;
		r.vteps = vteps;
		r.n_vteps = n;
		n = wg_routes(&r, want);
	}
	free(vteps);
	return n;
}

int routing_routes(struct daemon *d)
{
	struct route_entry *running = NULL, *want = NULL;
	int n, n_running, err = 0;

	if (!d->model.wg.given || !(d->wg.flags & IFF_UP))
		return 0;
	n = n_running = route_list(&d->nl, d->wg.ifindex, &running);
	if (n >= 0)
		n = routing_want(d, d->wg.ifindex, running, n_running, &want);
	if (n < 0)
		log_err("%s: cannot read its routes: %s", d->model.ifname, strerror(-n));
	else
		err = add_routes(d, want, n, running, n_running);
	if (n >= 0 && !err)
		drop_routes(d, want, n, running, n_running);
	free(running);
	free(want);
	return n < 0 ? n : err;
}

void routing_undo(struct daemon *d, bool with_device)
{
	struct route_entry *running = NULL;
	int n = route_list(&d->nl, with_device ? 0 : d->wg.ifindex, &running);

	drop_rules(d, AF_INET, NULL, 0);
	drop_rules(d, AF_INET6, NULL, 0);
	if (n > 0)
		drop_routes(d, NULL, 0, running, n);
	free(running);
}

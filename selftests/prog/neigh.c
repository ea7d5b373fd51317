/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarding databases against the running kernel, in a network namespace of its own (root):
 *
 *	br-t --- vx-t   vxlan, VNI 42, over IPv4
 *	     `-- vy-t   vxlan, VNI 43, over IPv6; here an ordinary bridge port
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

#include "addr.h"
#include "expect.h"
#include "link.h"
#include "neigh.h"
#include "nl.h"

#define ADD	(NLM_F_CREATE | NLM_F_EXCL)
#define APPEND	(NLM_F_CREATE | NLM_F_APPEND)
#define REPLACE	(NLM_F_CREATE | NLM_F_REPLACE)
#define NO_DEV	99999
#define MANY	5000

static struct nl nl;
static int br, vx, vy;

/* One dump. */
static struct {
	struct neigh entries[MANY + 1024];
	int n;
} dump;

static struct vtep_addr addr(const char *text)
{
	struct vtep_addr out = { 0 };

	addr_parse(text, &out);
	return out;
}

/* An entry of vx-t's own table, 02:…:last at dst; last 0: the zero MAC. */
static struct neigh vx_entry(uint8_t last, const char *dst, uint16_t state)
{
	return (struct neigh){ .mac = { last ? 2 : 0, 0, 0, 0, 0, last }, .ifindex = vx,
			       .state = state, .flags = NTF_SELF, .has_dst = true,
			       .dst = addr(dst) };
}

/* An entry of the bridge's, behind a port. */
static struct neigh br_entry(uint8_t last, int port, uint16_t state)
{
	return (struct neigh){ .mac = { 2, 1, 0, 0, 0, last }, .ifindex = port, .master = br,
			       .state = state };
}

static int dump_one(const struct neigh *n, void *data)
{
	(void)data;
	if (dump.n < MANY + 1024)
		dump.entries[dump.n] = *n;
	dump.n++;
	return 0;
}

static int dump_again(int ifindex, int master)
{
	dump.n = 0;
	return neigh_each(&nl, ifindex, master, dump_one, NULL);
}

static bool same(const struct neigh *a, const struct neigh *b)
{
	return !memcmp(a->mac, b->mac, 6) && a->ifindex == b->ifindex &&
	       a->master == b->master && a->state == b->state && a->flags == b->flags &&
	       a->vlan == b->vlan && a->has_dst == b->has_dst && addr_equal(&a->dst, &b->dst) &&
	       a->udp_port == b->udp_port && a->vni == b->vni && a->via == b->via;
}

/* How often the last dump has exactly this entry. */
static int copies(const struct neigh *want)
{
	int i, found = 0;

	for (i = 0; i < dump.n; i++)
		found += same(&dump.entries[i], want);
	return found;
}

static int destinations(const struct neigh *like)
{
	int i, found = 0;

	for (i = 0; i < dump.n; i++)
		found += dump.entries[i].flags & NTF_SELF && dump.entries[i].ifindex == vx &&
			 !memcmp(dump.entries[i].mac, like->mac, 6);
	return found;
}

/* Set, read back as it was meant, and whether it counts as configuration. */
static void round_trip(const struct neigh *n, uint16_t nlflags, bool config, const char *name)
{
	expect(neigh_set(&nl, n, nlflags), 0, "%s: set", name);
	expect(dump_again(n->ifindex, 0), 0, "%s: dump", name);
	expect(copies(n), 1, "%s: read back", name);
	expect(neigh_is_config(n), config, "%s: configuration", name);
}

static void refused(const struct neigh *n, uint16_t nlflags, int err, const char *name)
{
	expect(neigh_set(&nl, n, nlflags), err, "refused: %s", name);
}

static void test_setup(void)
{
	struct link_vxlan x = { "vx-t", 42, addr("10.0.0.1"), 4789, 1400, true, 300 };
	struct link_vxlan y = { "vy-t", 43, addr("2001:db8::1"), 4790, 1400, true, 300 };

	expect(nl_open(&nl, NETLINK_ROUTE), 0, "netlink socket");
	expect(link_bridge_add(&nl, "br-t", 1400, &br), 0, "bridge");
	expect(link_vxlan_add(&nl, &x, &vx), 0, "vx-t");
	expect(link_vxlan_add(&nl, &y, &vy), 0, "vy-t");
	expect(link_set_master(&nl, vx, br), 0, "vx-t into the bridge");
	expect(link_set_master(&nl, vy, br), 0, "vy-t into the bridge");
	expect(link_set_up(&nl, br, true), 0, "bridge up");
	expect(link_set_up(&nl, vx, true), 0, "vx-t up");
	expect(link_set_up(&nl, vy, true), 0, "vy-t up");
}

static void test_flood_list(void)
{
	struct neigh a = vx_entry(0, "10.0.0.2", NUD_PERMANENT);
	struct neigh b = vx_entry(0, "10.0.0.3", NUD_PERMANENT);
	struct neigh c = vx_entry(0, "10.0.0.4", NUD_PERMANENT);
	struct neigh absent = vx_entry(0, "10.0.0.5", NUD_PERMANENT);

	c.via = br;
	round_trip(&a, APPEND, true, "flood to the first");
	round_trip(&b, APPEND, true, "flood to the second");
	round_trip(&c, APPEND, true, "flood to the third, via a device");
	expect(destinations(&a), 3, "three destinations");
	expect(neigh_set(&nl, &a, APPEND), 0, "appended once more");
	dump_again(vx, 0);
	expect(destinations(&a), 3, "still three destinations");
	refused(&absent, ADD, -EEXIST, "a zero-MAC entry as a new one");
	refused(&absent, REPLACE, -EOPNOTSUPP, "replacing the zero-MAC entry");
	tap_ok(nl.error[0], "which the kernel explains: %s", nl.error);
	/* __vxlan_fdb_delete() finds nothing to do. */
	expect(neigh_del(&nl, &absent), 0, "deleting an absent destination is no error");
	dump_again(vx, 0);
	expect(destinations(&a), 3, "and deletes nothing");
	expect(neigh_del(&nl, &b), 0, "the second deleted");
	expect(dump_again(vx, 0), 0, "dump");
	expect(destinations(&a), 2, "two destinations");
	expect(copies(&a) + copies(&c), 2, "the right ones");
	expect(copies(&b), 0, "and not the deleted one");
}

static void test_vxlan_entries(void)
{
	struct neigh permanent = vx_entry(1, "10.0.0.2", NUD_PERMANENT);
	struct neigh fixed = vx_entry(2, "10.0.0.2", NUD_NOARP);
	struct neigh dynamic = vx_entry(3, "10.0.0.2", NUD_REACHABLE);
	struct neigh learned = vx_entry(4, "10.0.0.2", NUD_REACHABLE);
	struct neigh special = vx_entry(5, "10.0.0.2", NUD_PERMANENT);

	learned.flags |= NTF_EXT_LEARNED;
	special.udp_port = 4799;
	special.vni = 77;
	special.via = vy;
	round_trip(&permanent, ADD, true, "permanent");
	round_trip(&fixed, ADD, true, "static");
	round_trip(&dynamic, ADD, false, "dynamic");
	round_trip(&learned, ADD, true, "extern_learn");
	round_trip(&special, ADD, true, "other port, VNI and device");
	refused(&permanent, ADD, -EEXIST, "the same again");
	permanent.dst = addr("10.0.0.3");
	refused(&permanent, ADD, -EEXIST, "the same elsewhere");
	round_trip(&permanent, REPLACE, true, "replaced");
	expect(destinations(&permanent), 1, "replaced: one destination");
	dynamic.state = NUD_PERMANENT;
	round_trip(&dynamic, REPLACE, true, "dynamic made permanent");

	special.via = NO_DEV;
	refused(&special, REPLACE, -EADDRNOTAVAIL, "via no device");
	permanent.dst = addr("2001:db8::2");
	refused(&permanent, REPLACE, -EAFNOSUPPORT, "an IPv6 destination on an IPv4 device");
	permanent.has_dst = false;
	refused(&permanent, REPLACE, -EINVAL, "no destination");
	permanent = vx_entry(9, "10.0.0.2", NUD_PERMANENT);
	refused(&permanent, NLM_F_REPLACE, -ENOENT, "replacing what is not there");
	expect(neigh_del(&nl, &permanent), -ENOENT, "nor can it be deleted");
	permanent.ifindex = NO_DEV;
	refused(&permanent, ADD, -ENODEV, "no such device");
	expect(neigh_del(&nl, &permanent), -ENODEV, "nor can it be deleted there");
	permanent.ifindex = 1;
	refused(&permanent, ADD, -EINVAL, "a device that is not Ethernet");

	expect(neigh_del(&nl, &fixed), 0, "static deleted");
	expect(dump_again(vx, 0), 0, "dump");
	expect(copies(&fixed), 0, "and gone");

	permanent = vx_entry(1, "2001:db8::2", NUD_PERMANENT);
	permanent.ifindex = vy;
	round_trip(&permanent, ADD, true, "IPv6 destination");
}

static void test_bridge_entries(void)
{
	struct neigh local = br_entry(1, vy, NUD_PERMANENT);
	struct neigh fixed = br_entry(2, vy, NUD_NOARP);
	struct neigh dynamic = br_entry(3, vy, NUD_REACHABLE);
	struct neigh learned = br_entry(4, vx, NUD_REACHABLE);
	struct neigh sticky = br_entry(5, vy, NUD_NOARP);
	struct neigh own = br_entry(6, br, NUD_PERMANENT);

	learned.flags = NTF_EXT_LEARNED;
	sticky.flags = NTF_STICKY;
	round_trip(&local, ADD, true, "bridge, permanent");
	round_trip(&fixed, ADD, true, "bridge, static");
	round_trip(&dynamic, ADD, false, "bridge, dynamic");
	round_trip(&learned, ADD, true, "bridge, extern_learn on vx-t");
	round_trip(&sticky, ADD, true, "bridge, sticky");
	round_trip(&own, ADD, true, "bridge, its own");
	refused(&dynamic, ADD, -EEXIST, "the same again");
	expect(neigh_set(&nl, &dynamic, REPLACE), 0, "refreshed");
	dynamic.ifindex = vx;
	round_trip(&dynamic, REPLACE, false, "bridge, moved to vx-t");
	memset(fixed.mac, 0, 6);
	refused(&fixed, ADD, -EINVAL, "the zero MAC in the bridge");
	fixed = br_entry(2, NO_DEV, NUD_NOARP);
	refused(&fixed, ADD, -ENODEV, "no such port");
	fixed.ifindex = br;
	fixed.flags = NTF_MASTER;
	refused(&fixed, ADD, -EOPNOTSUPP, "the bridge as its own port");

	expect(dump_again(0, br), 0, "dump of the bridge");
	expect(copies(&dynamic), 1, "has vx-t's entries");
	expect(copies(&sticky), 1, "has vy-t's entries");
	expect(copies(&own), 1, "has its own");
	expect(neigh_del(&nl, &sticky), 0, "an entry is deleted as it was read");
	expect(neigh_del(&nl, &own), 0, "its own, too");
	expect(neigh_del(&nl, &sticky), -ENOENT, "but not twice");
	expect(dump_again(0, br), 0, "dump of the bridge");
	expect(copies(&sticky) + copies(&own), 0, "they are gone");
	expect(dump_again(0, NO_DEV), -ENODEV, "dump of no bridge");
	expect(dump.n, 0, "hands out nothing");
}

static int stop(const struct neigh *n, void *data)
{
	(void)n;
	return --*(int *)data ? 0 : -77;
}

static void test_many(void)
{
	struct neigh n = vx_entry(1, "10.0.0.2", NUD_PERMANENT);
	int i, failed = 0, left = 3;

	n.mac[1] = 2;
	for (i = 0; i < MANY; i++) {
		n.mac[4] = i >> 8;
		n.mac[5] = i;
		failed += !!neigh_set(&nl, &n, ADD);
	}
	expect(failed, 0, "%d entries", MANY);
	expect(dump_again(vx, 0), 0, "dumped in many messages");
	for (i = 0, failed = 0; i < dump.n; i++)
		failed += dump.entries[i].mac[1] == 2;
	expect(failed, MANY, "all there");
	expect(neigh_each(&nl, vx, 0, stop, &left), -77, "a result of the callback ends the walk");
	expect(left, 0, "at once");
}

/* Waiting changes arrive, in their order, whoever sends them, and one that fails takes none with it. */
static void test_queue(void)
{
	struct neigh n = vx_entry(1, "10.0.0.2", NUD_REACHABLE), bad = vx_entry(9, "2001:db8::2", NUD_REACHABLE);
	int i, found;

	n.mac[1] = 3;
	neigh_queue(&nl, &n, REPLACE);
	expect(dump_again(vx, 0), 0, "a dump with a change waiting");
	expect(copies(&n), 1, "which went before it");
	expect(neigh_del(&nl, &n), 0, "it is deleted");
	neigh_queue(&nl, &bad, REPLACE);
	n.dst = addr("10.0.0.3");
	neigh_queue(&nl, &n, REPLACE);
	expect(neigh_set(&nl, &bad, REPLACE), -EAFNOSUPPORT, "the answer to the last is its own");
	expect(neigh_del(&nl, &bad), -ENOENT, "and to the next");
	nl_flush(&nl);
	dump_again(vx, 0);
	expect(copies(&n), 1, "deleted and made again elsewhere");
	for (i = 0; i < 500; i++) {
		n.mac[3] = 1 + i / 250;
		n.mac[4] = i % 250;
		neigh_queue(&nl, &n, REPLACE);
	}
	tap_ok(nl.queued < sizeof(nl.buf) / 2, "many don't wait");
	nl_flush(&nl);
	expect(nl.queued, 0, "nothing waits");
	dump_again(vx, 0);
	for (i = 0, found = 0; i < dump.n; i++)
		found += !memcmp(dump.entries[i].mac, "\2\3\0", 3) && dump.entries[i].mac[3];
	expect(found, 500, "all there");
}

int main(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		tap_skip_all("needs root");
	test_setup();
	test_flood_list();
	test_vxlan_entries();
	test_bridge_entries();
	test_many();
	test_queue();
	nl_close(&nl);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What needs neither root nor a kernel's answer: address and MAC text, WireGuard's cryptokey
 * routing on constructed peers, and netlink messages whose lengths lie. For the last, build with
 * -fsanitize=address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "expect.h"
#include "link.h"
#include "neigh.h"
#include "nl.h"
#include "wg.h"

static struct vtep_addr addr(const char *text)
{
	struct vtep_addr out = { 0 };

	if (addr_parse(text, &out))
		tap_ok(false, "test address %s", text);
	return out;
}

static void test_addr_text(void)
{
	static const char *const bad[] = {
		"", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/32",
		"fe80::1%eth0", "::1::", "[::1]", "12345::", "localhost", "0x7f.0.0.1",
	};
	static const struct { const char *text, *canonical; } good[] = {
		{ "172.16.0.2", "172.16.0.2" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::", "::" },
		{ "::ffff:10.0.0.1", "10.0.0.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	struct vtep_addr out, before;
	char buf[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		expect(addr_parse(good[i].text, &out), 0, "address %s", good[i].text);
		tap_ok(!strcmp(addr_format(&out, buf), good[i].canonical), "is printed as %s",
		   good[i].canonical);
	}
	memset(&out, 0x5a, sizeof(out));
	before = out;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(addr_parse(bad[i], &out), -EINVAL, "no address: \"%s\"", bad[i]);
		tap_ok(addr_equal(&out, &before), "which leaves the output alone");
	}
}

static void test_addr_kinds(void)
{
	static const struct { const char *text; bool is4, zero, unicast; } kinds[] = {
		{ "0.0.0.0", true, true, false },
		{ "127.0.0.1", true, false, false },
		{ "127.255.0.9", true, false, false },
		{ "128.0.0.1", true, false, true },
		{ "169.254.1.1", true, false, true },
		{ "223.255.255.255", true, false, true },
		{ "224.0.0.1", true, false, false },
		{ "239.255.0.1", true, false, false },
		{ "255.255.255.255", true, false, false },
		{ "::", false, true, false },
		{ "::1", false, false, false },
		{ "::2", false, false, true },
		{ "2001:db8::1", false, false, true },
		{ "fe80::1", false, false, true },
		{ "ff02::1", false, false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct vtep_addr a = addr(kinds[i].text);

		expect(addr_is4(&a), kinds[i].is4, "%s: IPv4", kinds[i].text);
		expect(addr_is_zero(&a), kinds[i].zero, "%s: unspecified", kinds[i].text);
		expect(addr_is_unicast(&a), kinds[i].unicast, "%s: a VTEP's", kinds[i].text);
		if (!kinds[i].is4)
			continue;
		expect(addr_to4(&a), inet_addr(kinds[i].text), "%s: as __be32", kinds[i].text);
	}
}

static void test_mac(void)
{
	static const char *const bad[] = {
		"", "02:00:00:00:00", "02:00:00:00:00:01:02", "02:00:00:00:00:1", "2:0:0:0:0:1",
		"02:00:00:00:00:0g", "020000000001", "0200.0000.0001", "02:00-00:00:00:01",
		"02 00 00 00 00 01", "02:00:00:00:00:01 ", " 2:00:00:00:00:01", "+2:00:00:00:00:01",
		"02:00:00:00:00:01:", "02x00x00x00x00x01",
	};
	static const uint8_t want[6] = { 0x02, 0xab, 0xcd, 0xef, 0x00, 0x99 };
	uint8_t mac[6] = { 0 };
	char buf[MAC_STRLEN];
	size_t i;

	expect(mac_parse("02:ab:CD:ef:00:99", mac), 0, "MAC with colons, both cases");
	tap_ok(!memcmp(mac, want, 6), "read right");
	tap_ok(!strcmp(mac_format(mac, buf), "02:ab:cd:ef:00:99"), "printed in lower case");
	memset(mac, 0, sizeof(mac));
	expect(mac_parse("02-AB-cd-EF-00-99", mac), 0, "MAC with dashes");
	tap_ok(!memcmp(mac, want, 6), "read right");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(mac_parse(bad[i], mac), -EINVAL, "no MAC: \"%s\"", bad[i]);
		tap_ok(!memcmp(mac, want, 6), "which leaves the output alone");
	}
}

static struct wg_allowed_ip net(const char *text, uint8_t prefix)
{
	return (struct wg_allowed_ip){ .addr = addr(text), .prefix = prefix };
}

static void test_wg_route(void)
{
	struct wg_allowed_ip a[] = { net("10.0.0.0", 8), net("2001:db8::", 32) };
	struct wg_allowed_ip b[] = { net("10.1.0.0", 17), net("2001:db8::2", 128) };
	struct wg_allowed_ip c[] = { net("0.0.0.0", 0), net("10.1.2.3", 32) };
	struct wg_allowed_ip d[] = { net("::", 0), net("10.9.9.9", 33) };
	struct wg_peer peers[] = {
		{ .allowed = a, .n_allowed = 2 }, { .allowed = b, .n_allowed = 2 },
		{ .allowed = c, .n_allowed = 2 }, { .allowed = d, .n_allowed = 2 },
	};
	struct wg_device all = { .peers = peers, .n_peers = 4 };
	struct wg_device narrow = { .peers = peers, .n_peers = 2 };
	static const struct { const char *text; int peer, narrow; } routes[] = {
		{ "10.2.0.1", 0, 0 }, { "10.1.127.255", 1, 1 }, { "10.1.128.0", 0, 0 },
		{ "10.1.2.3", 2, 1 }, { "10.9.9.9", 0, 0 }, { "192.0.2.1", 2, -1 },
		{ "2001:db8::1", 0, 0 }, { "2001:db8::2", 1, 1 }, { "2001:db9::2", 3, -1 },
		{ "::a01:203", 3, -1 },
	};
	struct wg_device none = { 0 };
	struct vtep_addr any = addr("10.0.0.1");
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct vtep_addr dst = addr(routes[i].text);
		const struct wg_peer *peer = wg_route(&all, &dst);

		expect(peer ? peer - peers : -1, routes[i].peer, "route to %s", routes[i].text);
		peer = wg_route(&narrow, &dst);
		expect(peer ? peer - peers : -1, routes[i].narrow, "and without default routes");
	}
	tap_ok(!wg_route(&none, &any), "no peers: no route");
}

static void test_wg_peer_host(void)
{
	struct wg_allowed_ip one4[] = { net("10.0.0.0", 24), net("10.0.0.2", 32), net("::", 0) };
	struct wg_allowed_ip one6[] = { net("2001:db8::2", 128), net("2001:db8:1::", 32) };
	struct wg_allowed_ip two[] = { net("10.0.0.2", 32), net("2001:db8::2", 128) };
	struct wg_allowed_ip wide[] = { net("10.0.0.0", 31), net("2001:db8::", 127) };
	struct wg_peer peer = { .allowed = one4, .n_allowed = 3 };
	struct vtep_addr out, want = addr("10.0.0.2");

	expect(wg_peer_host(&peer, &out), 0, "one /32 beside wider ones");
	tap_ok(addr_equal(&out, &want), "is the peer's host address");
	peer = (struct wg_peer){ .allowed = one6, .n_allowed = 2 };
	want = addr("2001:db8::2");
	expect(wg_peer_host(&peer, &out), 0, "one /128 beside an IPv6 /32");
	tap_ok(addr_equal(&out, &want), "is the peer's host address");
	peer = (struct wg_peer){ .allowed = two, .n_allowed = 2 };
	expect(wg_peer_host(&peer, &out), 0, "a /32 and a /128");
	want = addr("10.0.0.2");
	tap_ok(addr_equal(&out, &want), "is the IPv4 one");
	two[1] = net("10.0.0.3", 32);
	expect(wg_peer_host(&peer, &out), -ENOENT, "two of them: which?");
	peer = (struct wg_peer){ .allowed = wide, .n_allowed = 2 };
	expect(wg_peer_host(&peer, &out), -ENOENT, "no host route");
	peer = (struct wg_peer){ 0 };
	expect(wg_peer_host(&peer, &out), -ENOENT, "no AllowedIPs");
	tap_ok(addr_equal(&out, &want), "which leaves the output alone");
}

static struct nlmsghdr *message(void *buf, uint16_t type, size_t header)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	memset(mnl_nlmsg_put_extra_header(nlh, header), 0, header);
	return nlh;
}

static struct nlmsghdr *link_message(void *buf)
{
	struct nlmsghdr *nlh = message(buf, RTM_NEWLINK, sizeof(struct ifinfomsg));
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct nlattr *info, *data;

	ifi->ifi_index = 7;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "vx1");
	mnl_attr_put_u32(nlh, IFLA_MTU, 1370);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 8);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_VXLAN_ID, 1);
	mnl_attr_put_u16(nlh, IFLA_VXLAN_PORT, htons(4789));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_STATE, 3);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nlh;
}

static struct nlmsghdr *neigh_message(void *buf)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct nlmsghdr *nlh = message(buf, RTM_NEWNEIGH, sizeof(struct ndmsg));
	struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = 7;
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	mnl_attr_put_u32(nlh, NDA_DST, inet_addr("10.0.0.2"));
	mnl_attr_put_u32(nlh, NDA_VNI, 5);
	mnl_attr_put_u16(nlh, NDA_VLAN, 1);
	return nlh;
}

/* In memory of just that size, so that a read past the end is found. */
static struct nlmsghdr *message_cut(const struct nlmsghdr *whole, size_t len)
{
	struct nlmsghdr *nlh = malloc(len);

	memcpy(nlh, whole, len);
	nlh->nlmsg_len = len;
	return nlh;
}

/*
 * Every message cut at every length, and with every byte of it set to extremes: the parser may
 * refuse or accept, but neither read past the end nor write the output when it refuses.
 */
static void test_lies(const char *name, const struct nlmsghdr *whole,
		      int (*parse)(const struct nlmsghdr *nlh, void *out), size_t size)
{
	static const uint8_t values[] = { 0, 1, 3, 4, 0x7f, 0x80, 0xff };
	uint8_t out[256], untouched[256];
	size_t cut, i, v, accepted = 0, spoilt = 0;

	memset(untouched, 0x5a, sizeof(untouched));
	for (cut = sizeof(*whole); cut <= whole->nlmsg_len; cut++) {
		for (i = sizeof(*whole); i < cut; i++) {
			for (v = 0; v < sizeof(values); v++) {
				struct nlmsghdr *nlh = message_cut(whole, cut);

				((uint8_t *)nlh)[i] = values[v];
				memcpy(out, untouched, sizeof(out));
				if (!parse(nlh, out))
					accepted++;
				else
					spoilt += !!memcmp(out, untouched, size);
				free(nlh);
			}
		}
	}
	expect(parse(whole, out), 0, "%s: the whole message is read", name);
	tap_ok(accepted, "%s: so are some changed ones", name);
	expect(spoilt, 0, "%s: refused ones leave the output alone", name);
}

static int parse_link(const struct nlmsghdr *nlh, void *out)
{
	return link_parse(nlh, out);
}

static int parse_neigh(const struct nlmsghdr *nlh, void *out)
{
	return neigh_parse(nlh, out);
}

static void test_messages(void)
{
	_Alignas(8) char buf[1024] = { 0 };
	struct nlmsghdr *nlh = link_message(buf);
	struct link link;
	struct neigh n;

	test_lies("link_parse", nlh, parse_link, sizeof(link));
	expect(neigh_parse(nlh, &n), -EPROTO, "a device is no fdb entry");
	((struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_family = AF_INET6;
	expect(link_parse(nlh, &link), -EPROTO, "IPv6's view of a device is refused");
	nlh = link_message(buf);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "sixteencharacter");
	expect(link_parse(nlh, &link), -EPROTO, "a name that is too long is refused");

	memset(buf, 0, sizeof(buf));
	nlh = neigh_message(buf);
	test_lies("neigh_parse", nlh, parse_neigh, sizeof(n));
	expect(link_parse(nlh, &link), -EPROTO, "an fdb entry is no device");
	((struct ndmsg *)mnl_nlmsg_get_payload(nlh))->ndm_family = AF_INET;
	expect(neigh_parse(nlh, &n), -EPROTO, "an ARP entry is no fdb entry");
	nlh = neigh_message(buf);
	mnl_attr_put(nlh, NDA_DST, 8, "12345678");
	expect(neigh_parse(nlh, &n), -EPROTO, "a destination of 8 bytes is refused");
}

int main(void)
{
	test_addr_text();
	test_addr_kinds();
	test_mac();
	test_wg_route();
	test_wg_peer_host();
	test_messages();
	return tap_end();
}

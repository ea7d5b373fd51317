/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices against the running kernel, in a network namespace of its own (root):
 *
 *	br-t --- vx-t   vxlan, VNI 42, 10.0.0.1          vx6-t   vxlan, VNI 43, 2001:db8::1
 *	     `-- p0 --- veth0
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "expect.h"
#include "link.h"
#include "nl.h"
#include "wg.h"

#define ADD	(NLM_F_CREATE | NLM_F_EXCL)
#define NO_DEV	99999

static struct nl nl;
static int br, vx, vx6, p0, p1;

static struct vtep_addr addr(const char *text)
{
	struct vtep_addr out = { 0 };

	addr_parse(text, &out);
	return out;
}

/* A veth pair of this name and one that the kernel gives. */
static int veth_add(const char *name)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_NEWLINK, ADD);
	struct nlattr *info;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(nlh, info);
	return nl_ack(&nl, nlh);
}

static int address_add(int ifindex, const char *text, uint8_t prefix)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_NEWADDR, ADD);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	struct vtep_addr a = addr(text);

	ifa->ifa_family = addr_is4(&a) ? AF_INET : AF_INET6;
	ifa->ifa_prefixlen = prefix;
	ifa->ifa_index = ifindex;
	if (addr_is4(&a))
		mnl_attr_put_u32(nlh, IFA_LOCAL, addr_to4(&a));
	else
		mnl_attr_put(nlh, IFA_LOCAL, sizeof(a), &a);
	return nl_ack(&nl, nlh);
}

static int port_set_attr(int ifindex, uint16_t attr, const void *value, size_t size)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *info;

	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = ifindex;
	info = mnl_attr_nest_start(nlh, IFLA_PROTINFO);
	mnl_attr_put(nlh, attr, size, value);
	mnl_attr_nest_end(nlh, info);
	return nl_ack(&nl, nlh);
}

static int port_set(int ifindex, uint16_t attr, uint8_t value)
{
	return port_set_attr(ifindex, attr, &value, sizeof(value));
}

static int port_set16(int ifindex, uint16_t attr, uint16_t value)
{
	return port_set_attr(ifindex, attr, &value, sizeof(value));
}

static int bridge_set(int ifindex, uint16_t attr, uint32_t value)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *info, *data;

	ifi->ifi_index = ifindex;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, attr, value);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nl_ack(&nl, nlh);
}

static struct link link_now(int ifindex)
{
	struct link link = { 0 };

	expect(link_get(&nl, ifindex, &link), 0, "device %d is read", ifindex);
	return link;
}

static void same_link(const struct link *got, const struct link *want)
{
	const char *name = want->name;

	expect(got->ifindex, want->ifindex, "%s: ifindex", name);
	tap_ok(!strcmp(got->name, name), "%s: name", name);
	expect(got->kind, want->kind, "%s: kind", name);
	expect(got->mtu, want->mtu, "%s: mtu", name);
	expect(got->flags & IFF_UP, want->flags, "%s: up", name);
	expect(got->master, want->master, "%s: master", name);
	tap_ok(!memcmp(got->mac, "\0\0\0\0\0\0", 6) == (want->ifindex == 1), "%s: mac", name);
	expect(got->is_bridge_port, want->is_bridge_port, "%s: is a port", name);
	expect(got->port_state, want->port_state, "%s: state", name);
	expect(got->port_learning, want->port_learning, "%s: learning", name);
	expect(got->port_isolated, want->port_isolated, "%s: isolated", name);
	expect(got->port_locked, want->port_locked, "%s: locked", name);
	expect(got->port_hairpin, want->port_hairpin, "%s: hairpin", name);
	expect(got->port_flood, want->port_flood, "%s: flood", name);
	expect(got->port_mcast_flood, want->port_mcast_flood, "%s: multicast flood", name);
	expect(got->port_bcast_flood, want->port_bcast_flood, "%s: broadcast flood", name);
	expect(got->port_group_fwd, want->port_group_fwd, "%s: group addresses of the port", name);
	expect(got->vni, want->vni, "%s: VNI", name);
	expect(got->udp_port, want->udp_port, "%s: UDP port", name);
	tap_ok(addr_equal(&got->local, &want->local), "%s: local", name);
	tap_ok(addr_equal(&got->remote, &want->remote), "%s: remote", name);
	expect(got->vx_learning, want->vx_learning, "%s: vxlan learning", name);
	expect(got->vx_collect_md, want->vx_collect_md, "%s: external", name);
	expect(got->vx_ageing, want->vx_ageing, "%s: vxlan ageing", name);
	expect(got->vlan_filtering, want->vlan_filtering, "%s: VLAN filtering", name);
	expect(got->br_ageing, want->br_ageing, "%s: bridge ageing", name);
	expect(got->br_forward_delay, want->br_forward_delay, "%s: forward delay", name);
	expect(got->br_stp, want->br_stp, "%s: STP", name);
	expect(got->br_topology_change, want->br_topology_change, "%s: topology change", name);
	expect(got->br_group_fwd, want->br_group_fwd, "%s: group addresses of the bridge", name);
}

static void test_add(void)
{
	struct link_vxlan v4 = { "vx-t", 42, addr("10.0.0.1"), 4789, 9000, true, 123 };
	struct link_vxlan v6 = { "vx6-t", 43, addr("2001:db8::1"), 4790, 1350, false, 300 };
	struct link_vxlan bad = { "sixteencharacter", 44, { { 0 } }, 4789, 1400, true, 300 };
	struct link link;
	int none = -1;

	expect(link_bridge_add(&nl, "br-t", 1370, &br), 0, "bridge");
	expect(link_vxlan_add(&nl, &v4, &vx), 0, "vxlan device over IPv4");
	expect(link_vxlan_add(&nl, &v6, &vx6), 0, "vxlan device over IPv6");
	expect(veth_add("p0"), 0, "veth pair");
	expect(link_get_name(&nl, "p0", &link), 0, "found by name");
	p0 = link.ifindex;
	expect(link_get_name(&nl, "veth0", &link), 0, "so is its peer");
	p1 = link.ifindex;

	expect(link_bridge_add(&nl, "br-t", 1500, &none), -EEXIST, "a second bridge of that name");
	expect(link_vxlan_add(&nl, &v4, &none), -EEXIST, "a second vxlan device of that name");
	v4.name = "vx-u";
	expect(link_vxlan_add(&nl, &v4, &none), -EEXIST, "the same VNI and port again");
	tap_ok(nl.error[0], "which the kernel explains: %s", nl.error);
	expect(link_vxlan_add(&nl, &bad, &none), -EINVAL, "a name that is too long");
	bad.name = "vx-big";
	bad.vni = VTEP_VNI_MAX + 1;
	tap_ok(link_vxlan_add(&nl, &bad, &none) < 0, "a VNI of 25 bits: %s", nl.error);
	expect(none, -1, "failures leave the output alone");
	expect(link_get_name(&nl, "vx-big", &link), -ENODEV, "and no device");
}

static void test_changes(void)
{
	struct link link;

	expect(link_set_up(&nl, br, true), 0, "bridge up");
	expect(link_set_up(&nl, p0, true), 0, "p0 up");
	expect(link_set_up(&nl, p1, true), 0, "p1 up");
	expect(link_set_up(&nl, vx, true), 0, "vx-t up");
	expect(link_set_master(&nl, vx, br), 0, "vx-t into the bridge");
	expect(link_set_master(&nl, p0, br), 0, "p0 into the bridge");
	link = link_now(br);
	expect(link.mtu, 1370, "the bridge keeps its MTU");
	expect(link_set_mtu(&nl, p0, 1400), 0, "p0: MTU");
	link = link_now(br);
	expect(link.mtu, 1370, "the bridge still keeps its MTU");
	expect(link_vxlan_learning(&nl, vx, false), 0, "vxlan learning off");
	expect(link_set_up(&nl, vx6, true), 0, "vx6-t up");
	expect(link_set_up(&nl, vx6, false), 0, "vx6-t down again");
	expect(port_set(p0, IFLA_BRPORT_ISOLATED, 1), 0, "p0 isolated");
	expect(port_set(p0, IFLA_BRPORT_LEARNING, 0), 0, "p0 without learning");
	expect(port_set(p0, IFLA_BRPORT_MODE, 1), 0, "p0 hairpin");
	expect(port_set(p0, IFLA_BRPORT_LOCKED, 1), 0, "p0 locked");
	expect(port_set(p0, IFLA_BRPORT_UNICAST_FLOOD, 0), 0, "p0 without unknown unicast");
	expect(port_set(p0, IFLA_BRPORT_MCAST_FLOOD, 0), 0, "p0 without multicast");
	expect(port_set16(p0, IFLA_BRPORT_GROUP_FWD_MASK, 0xc), 0, "p0: LACP");
	expect(bridge_set(br, IFLA_BR_AGEING_TIME, 12050), 0, "bridge ageing of 120.5 s");
	expect(bridge_set(br, IFLA_BR_GROUP_FWD_MASK, 0x4000), 0, "bridge: LLDP");

	expect(link_set_up(&nl, NO_DEV, true), -ENODEV, "no such device: up");
	expect(link_set_mtu(&nl, NO_DEV, 1400), -ENODEV, "no such device: MTU");
	expect(link_set_master(&nl, NO_DEV, br), -ENODEV, "no such device: master");
	expect(link_set_up(&nl, 0, true), -ENODEV, "device 0: up");
	expect(link_vxlan_learning(&nl, NO_DEV, true), -ENODEV, "no such device: learning");
	expect(link_vxlan_learning(&nl, br, true), -EOPNOTSUPP, "learning of a bridge");
	tap_ok(link_set_master(&nl, vx6, p1) < 0, "a master that is no bridge");
	tap_ok(link_set_mtu(&nl, p0, 10) < 0, "an MTU of 10: %s", nl.error);
	expect(link_get(&nl, NO_DEV, &link), -ENODEV, "no such device: get");
	expect(link_get(&nl, 0, &link), -ENODEV, "device 0: get");
	expect(link_get_name(&nl, "nobody", &link), -ENODEV, "no such name");
	expect(link_get_name(&nl, "", &link), -ENODEV, "empty name");
	expect(link_get_name(&nl, "sixteencharacter", &link), -ENODEV, "name too long");
	expect(link.ifindex, br, "failures leave the output alone");
}

static void test_read(void)
{
	struct link got, want = { .ifindex = br, .name = "br-t", .kind = LINK_BRIDGE, .mtu = 1370,
				  .flags = IFF_UP, .br_ageing = 121, .br_forward_delay = 15,
				  .br_group_fwd = 0x4000 };

	got = link_now(br);
	same_link(&got, &want);
	want = (struct link){ .ifindex = vx, .name = "vx-t", .kind = LINK_VXLAN, .mtu = 9000,
			      .flags = IFF_UP, .master = br, .is_bridge_port = true,
			      .port_state = BR_STATE_FORWARDING, .port_learning = true, .port_flood = true,
			      .port_mcast_flood = true, .port_bcast_flood = true, .vni = 42,
			      .udp_port = 4789, .local = addr("10.0.0.1"), .vx_ageing = 123 };
	got = link_now(vx);
	same_link(&got, &want);
	want = (struct link){ .ifindex = vx6, .name = "vx6-t", .kind = LINK_VXLAN, .mtu = 1350,
			      .vni = 43, .udp_port = 4790, .local = addr("2001:db8::1"),
			      .vx_ageing = 300 };
	got = link_now(vx6);
	same_link(&got, &want);
	want = (struct link){ .ifindex = p0, .name = "p0", .mtu = 1400, .flags = IFF_UP,
			      .master = br, .is_bridge_port = true,
			      .port_state = BR_STATE_FORWARDING, .port_isolated = true,
			      .port_locked = true, .port_hairpin = true, .port_bcast_flood = true,
			      .port_group_fwd = 0xc };
	got = link_now(p0);
	same_link(&got, &want);
	want = (struct link){ .ifindex = 1, .name = "lo", .mtu = 65536 };
	got = link_now(1);
	same_link(&got, &want);
}

/* The same port as the bridge's notification tells it. */
static void test_notification(void)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct link want = { .ifindex = p0, .name = "p0", .mtu = 1400, .flags = IFF_UP,
			     .master = br, .is_bridge_port = true,
			     .port_state = BR_STATE_LEARNING, .port_learning = true, .port_flood = true,
			     .port_mcast_flood = true };
	_Alignas(struct nlmsghdr) char buf[65536];
	struct link link, last = { 0 };
	int group = RTNLGRP_LINK;
	ssize_t n;

	mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID);
	mnl_socket_setsockopt(sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	expect(port_set(p0, IFLA_BRPORT_ISOLATED, 0), 0, "p0 not isolated");
	expect(port_set(p0, IFLA_BRPORT_LEARNING, 1), 0, "p0 learning");
	expect(port_set(p0, IFLA_BRPORT_MODE, 0), 0, "p0 no hairpin");
	expect(port_set(p0, IFLA_BRPORT_LOCKED, 0), 0, "p0 not locked");
	expect(port_set(p0, IFLA_BRPORT_UNICAST_FLOOD, 1), 0, "p0 with unknown unicast");
	expect(port_set(p0, IFLA_BRPORT_MCAST_FLOOD, 1), 0, "p0 with multicast");
	expect(port_set(p0, IFLA_BRPORT_BCAST_FLOOD, 0), 0, "p0 without broadcast");
	expect(port_set16(p0, IFLA_BRPORT_GROUP_FWD_MASK, 0), 0, "p0: none of the group addresses");
	/* Without STP the bridge makes a blocked port forward again: br_make_forwarding(). */
	expect(port_set(p0, IFLA_BRPORT_STATE, BR_STATE_LEARNING), 0, "p0 in learning state");
	while ((n = recv(mnl_socket_get_fd(sock), buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *nlh = (void *)buf;
		const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

		if (ifi->ifi_family == AF_BRIDGE && !link_parse(nlh, &link) && link.ifindex == p0)
			last = link;
	}
	same_link(&last, &want);
	expect(port_set(p0, IFLA_BRPORT_STATE, BR_STATE_FORWARDING), 0, "p0 forwarding again");
	mnl_socket_close(sock);
}

static int link_count(const struct link *link, void *data)
{
	int *seen = data;

	seen[0]++;
	seen[1] += link->ifindex == vx && link->kind == LINK_VXLAN;
	return seen[2];
}

static void test_each(void)
{
	int seen[3] = { 0 };

	expect(link_each(&nl, link_count, seen), 0, "every device is handed out");
	tap_ok(seen[0] >= 6, "six at least: %d", seen[0]);
	expect(seen[1], 1, "the vxlan device once");
	seen[0] = 0;
	seen[2] = -77;
	expect(link_each(&nl, link_count, seen), -77, "a result of the callback ends the walk");
	expect(seen[0], 1, "at once");
}

static void test_address(void)
{
	struct vtep_addr out = { 0 }, want;

	expect(link_address(&nl, NO_DEV, &out), -ENODEV, "no such device: address");
	expect(address_add(p1, "169.254.7.7", 16), 0, "IPv4 link-local");
	expect(link_address(&nl, p1, &out), -ENOENT, "link-local addresses don't count");
	expect(link_address(&nl, 1, &out), -ENOENT, "loopback's don't either");
	tap_ok(addr_is_zero(&out), "failures leave the output alone");
	if (!address_add(p1, "2001:db8::7", 64)) {
		want = addr("2001:db8::7");
		expect(link_address(&nl, p1, &out), 0, "IPv6 if there is nothing else");
		tap_ok(addr_equal(&out, &want), "is that address");
	}
	expect(address_add(p1, "192.0.2.7", 24), 0, "IPv4");
	want = addr("192.0.2.7");
	expect(link_address(&nl, p1, &out), 0, "IPv4 before IPv6");
	tap_ok(addr_equal(&out, &want), "is that address");
}

static void test_remove(void)
{
	struct link link = { 0 };

	expect(link_set_master(&nl, p0, 0), 0, "p0 leaves the bridge");
	link = link_now(p0);
	tap_ok(!link.master && !link.is_bridge_port, "and is no port any more");
	expect(link_del(&nl, vx6), 0, "vx6-t deleted");
	expect(link_get(&nl, vx6, &link), -ENODEV, "and gone");
	expect(link_del(&nl, vx6), -ENODEV, "can't be deleted twice");
	expect(link_del(&nl, 0), -ENODEV, "device 0: delete");
}

static void test_wg(void)
{
	struct wg_device *dev = (void *)&nl;
	int kernel = wg_get("lo", &dev);

	tap_ok(kernel == -EOPNOTSUPP || kernel == -ENOENT, "lo is no WireGuard device: %d", kernel);
	expect(wg_get_secret("lo", &dev), kernel, "nor with its secrets");
	expect(wg_get("br-t", &dev), kernel, "a bridge isn't either");
	expect(wg_get("nobody", &dev), kernel == -ENOENT ? -ENOENT : -ENODEV, "no such device");
	expect(wg_get("", &dev), -ENODEV, "empty name");
	expect(wg_get("sixteencharacter", &dev), -ENODEV, "name too long");
	tap_ok(dev == (void *)&nl, "failures leave the output alone");
	wg_free(NULL);
}

int main(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		tap_skip_all("needs root");
	expect(nl_open(&nl, NETLINK_ROUTE), 0, "netlink socket");
	test_add();
	test_changes();
	test_read();
	test_notification();
	test_each();
	test_address();
	test_wg();
	test_remove();
	nl_close(&nl);
	expect(link_del(&nl, br), -EBADF, "a closed socket says so");
	return tap_end();
}

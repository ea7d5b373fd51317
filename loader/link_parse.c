/* SPDX-License-Identifier: GPL-2.0-only */
/* A network device out of one rtnetlink message. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "link.h"
#include "nl.h"

#define USER_HZ	100			/* unit of the bridge's times: jiffies_to_clock_t() */

static const uint16_t link_least[IFLA_GROUP + 1] = {
	[IFLA_MTU] = sizeof(uint32_t),
	[IFLA_MASTER] = sizeof(uint32_t),
	[IFLA_GROUP] = sizeof(uint32_t),
};

static const uint16_t port_least[IFLA_BRPORT_LOCKED + 1] = {
	[IFLA_BRPORT_STATE] = sizeof(uint8_t),
	[IFLA_BRPORT_MODE] = sizeof(uint8_t),
	[IFLA_BRPORT_LEARNING] = sizeof(uint8_t),
	[IFLA_BRPORT_UNICAST_FLOOD] = sizeof(uint8_t),
	[IFLA_BRPORT_MCAST_FLOOD] = sizeof(uint8_t),
	[IFLA_BRPORT_BCAST_FLOOD] = sizeof(uint8_t),
	[IFLA_BRPORT_GROUP_FWD_MASK] = sizeof(uint16_t),
	[IFLA_BRPORT_ISOLATED] = sizeof(uint8_t),
	[IFLA_BRPORT_NEIGH_SUPPRESS] = sizeof(uint8_t),
	[IFLA_BRPORT_LOCKED] = sizeof(uint8_t),
};

static const uint16_t vxlan_least[IFLA_VXLAN_COLLECT_METADATA + 1] = {
	[IFLA_VXLAN_ID] = sizeof(uint32_t),
	[IFLA_VXLAN_GROUP] = sizeof(struct in_addr),
	[IFLA_VXLAN_LOCAL] = sizeof(struct in_addr),
	[IFLA_VXLAN_LEARNING] = sizeof(uint8_t),
	[IFLA_VXLAN_AGEING] = sizeof(uint32_t),
	[IFLA_VXLAN_PORT] = sizeof(uint16_t),
	[IFLA_VXLAN_GROUP6] = sizeof(struct in6_addr),
	[IFLA_VXLAN_LOCAL6] = sizeof(struct in6_addr),
	[IFLA_VXLAN_COLLECT_METADATA] = sizeof(uint8_t),
};

#define BR_MAX_LEARNED	(IFLA_BR_MCAST_QUERIER_STATE + 2)	/* IFLA_BR_FDB_MAX_LEARNED, Linux 6.7 */

static const uint16_t bridge_least[BR_MAX_LEARNED + 1] = {
	[IFLA_BR_FORWARD_DELAY] = sizeof(uint32_t),
	[IFLA_BR_AGEING_TIME] = sizeof(uint32_t),
	[IFLA_BR_STP_STATE] = sizeof(uint32_t),
	[IFLA_BR_VLAN_FILTERING] = sizeof(uint8_t),
	[IFLA_BR_GROUP_FWD_MASK] = sizeof(uint16_t),
	[IFLA_BR_TOPOLOGY_CHANGE] = sizeof(uint8_t),
	[BR_MAX_LEARNED] = sizeof(uint32_t),
};

static bool attr_on(const struct nlattr *attr)
{
	return attr && mnl_attr_get_u8(attr);
}

static bool attr_is(const struct nlattr *attr, const char *text)
{
	size_t len = strlen(text);

	return attr && strnlen(mnl_attr_get_str(attr), mnl_attr_get_payload_len(attr)) == len &&
	       !memcmp(mnl_attr_get_str(attr), text, len);
}

static void attr_addr(const struct nlattr *v4, const struct nlattr *v6, struct vtep_addr *out)
{
	if (v4)
		*out = addr_from4(mnl_attr_get_u32(v4));
	else if (v6)
		memcpy(out, mnl_attr_get_payload(v6), sizeof(*out));
}

/* IFLA_PROTINFO of bridges and IFLA_INFO_SLAVE_DATA are the same: br_port_fill_attrs(). */
static int port_parse(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *tb[IFLA_BRPORT_LOCKED + 1];
	int err = nl_nested(nest, tb, port_least, IFLA_BRPORT_LOCKED);

	if (err)
		return err;
	/* A NIC with a switch inside has the flags but no state: ndo_dflt_bridge_getlink(). */
	if (!tb[IFLA_BRPORT_STATE])
		return 0;
	link->is_bridge_port = true;
	link->port_state = mnl_attr_get_u8(tb[IFLA_BRPORT_STATE]);
	link->port_learning = attr_on(tb[IFLA_BRPORT_LEARNING]);
	link->port_isolated = attr_on(tb[IFLA_BRPORT_ISOLATED]);
	link->port_locked = attr_on(tb[IFLA_BRPORT_LOCKED]);
	link->port_suppress = attr_on(tb[IFLA_BRPORT_NEIGH_SUPPRESS]);
	link->port_hairpin = attr_on(tb[IFLA_BRPORT_MODE]);
	link->port_flood = attr_on(tb[IFLA_BRPORT_UNICAST_FLOOD]);
	link->port_mcast_flood = attr_on(tb[IFLA_BRPORT_MCAST_FLOOD]);
	link->port_bcast_flood = attr_on(tb[IFLA_BRPORT_BCAST_FLOOD]);
	if (tb[IFLA_BRPORT_GROUP_FWD_MASK])
		link->port_group_fwd = mnl_attr_get_u16(tb[IFLA_BRPORT_GROUP_FWD_MASK]);
	return 0;
}

static int vxlan_parse(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *tb[IFLA_VXLAN_COLLECT_METADATA + 1];
	int err = nl_nested(nest, tb, vxlan_least, IFLA_VXLAN_COLLECT_METADATA);

	if (err)
		return err;
	if (tb[IFLA_VXLAN_ID])
		link->vni = mnl_attr_get_u32(tb[IFLA_VXLAN_ID]);
	if (tb[IFLA_VXLAN_PORT])
		link->udp_port = ntohs(mnl_attr_get_u16(tb[IFLA_VXLAN_PORT]));
	if (tb[IFLA_VXLAN_AGEING])
		link->vx_ageing = mnl_attr_get_u32(tb[IFLA_VXLAN_AGEING]);
	attr_addr(tb[IFLA_VXLAN_LOCAL], tb[IFLA_VXLAN_LOCAL6], &link->local);
	attr_addr(tb[IFLA_VXLAN_GROUP], tb[IFLA_VXLAN_GROUP6], &link->remote);
	link->vx_learning = attr_on(tb[IFLA_VXLAN_LEARNING]);
	link->vx_collect_md = attr_on(tb[IFLA_VXLAN_COLLECT_METADATA]);
	return 0;
}

/* A time of the bridge's in seconds. Up: less than one must not look like 0, which means "at once". */
static uint32_t attr_seconds(const struct nlattr *attr)
{
	uint32_t ticks = attr ? mnl_attr_get_u32(attr) : 0;

	return ticks / USER_HZ + !!(ticks % USER_HZ);
}

static int bridge_parse(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *tb[BR_MAX_LEARNED + 1];
	int err = nl_nested(nest, tb, bridge_least, BR_MAX_LEARNED);

	if (err)
		return err;
	link->br_ageing = attr_seconds(tb[IFLA_BR_AGEING_TIME]);
	link->br_forward_delay = attr_seconds(tb[IFLA_BR_FORWARD_DELAY]);
	if (tb[IFLA_BR_STP_STATE])
		link->br_stp = mnl_attr_get_u32(tb[IFLA_BR_STP_STATE]);
	link->br_topology_change = attr_on(tb[IFLA_BR_TOPOLOGY_CHANGE]);
	link->vlan_filtering = attr_on(tb[IFLA_BR_VLAN_FILTERING]);
	if (tb[IFLA_BR_GROUP_FWD_MASK])
		link->br_group_fwd = mnl_attr_get_u16(tb[IFLA_BR_GROUP_FWD_MASK]);
	if (tb[BR_MAX_LEARNED])
		link->br_max_learned = mnl_attr_get_u32(tb[BR_MAX_LEARNED]);
	return 0;
}

static int vrf_parse(struct link *link, const struct nlattr *nest)
{
	static const uint16_t least[IFLA_VRF_TABLE + 1] = { [IFLA_VRF_TABLE] = sizeof(uint32_t) };
	const struct nlattr *tb[IFLA_VRF_TABLE + 1];
	int err = nl_nested(nest, tb, least, IFLA_VRF_TABLE);

	if (!err && tb[IFLA_VRF_TABLE])
		link->vrf_table = mnl_attr_get_u32(tb[IFLA_VRF_TABLE]);
	return err;
}

static int info_parse(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *tb[IFLA_INFO_SLAVE_DATA + 1];
	int err = nl_nested(nest, tb, NULL, IFLA_INFO_SLAVE_DATA);

	if (err)
		return err;
	if (attr_is(tb[IFLA_INFO_KIND], "wireguard"))
		link->kind = LINK_WIREGUARD;
	else if (attr_is(tb[IFLA_INFO_KIND], "vxlan"))
		link->kind = LINK_VXLAN;
	else if (attr_is(tb[IFLA_INFO_KIND], "bridge"))
		link->kind = LINK_BRIDGE;
	else if (attr_is(tb[IFLA_INFO_KIND], "vrf"))
		link->kind = LINK_VRF;
	if (link->kind == LINK_VXLAN && tb[IFLA_INFO_DATA])
		err = vxlan_parse(link, tb[IFLA_INFO_DATA]);
	if (link->kind == LINK_BRIDGE && tb[IFLA_INFO_DATA])
		err = bridge_parse(link, tb[IFLA_INFO_DATA]);
	if (link->kind == LINK_VRF && tb[IFLA_INFO_DATA])
		err = vrf_parse(link, tb[IFLA_INFO_DATA]);
	if (!err && attr_is(tb[IFLA_INFO_SLAVE_KIND], "bridge") && tb[IFLA_INFO_SLAVE_DATA])
		err = port_parse(link, tb[IFLA_INFO_SLAVE_DATA]);
	return err;
}

static int name_parse(struct link *link, const struct nlattr *attr)
{
	size_t len = strnlen(mnl_attr_get_str(attr), mnl_attr_get_payload_len(attr));

	if (!len || len >= IFNAMSIZ)
		return -EPROTO;
	memcpy(link->name, mnl_attr_get_str(attr), len);
	return 0;
}

int link_parse(const struct nlmsghdr *nlh, struct link *out)
{
	const struct nlattr *tb[IFLA_GROUP + 1];
	const struct ifinfomsg *ifi;
	struct link link = { 0 };
	int err;

	if (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK)
		return -EPROTO;
	err = nl_attrs(nlh, sizeof(*ifi), tb, link_least, IFLA_GROUP);
	if (err)
		return err;
	ifi = mnl_nlmsg_get_payload(nlh);
	/* IPv6 sends RTM_NEWLINK too, with an IFLA_PROTINFO of its own. */
	if (ifi->ifi_family != AF_UNSPEC && ifi->ifi_family != AF_BRIDGE)
		return -EPROTO;
	if (ifi->ifi_index <= 0 || !tb[IFLA_IFNAME])
		return -EPROTO;
	link.ifindex = ifi->ifi_index;
	link.flags = ifi->ifi_flags;
	link.type = ifi->ifi_type;
	err = name_parse(&link, tb[IFLA_IFNAME]);
	if (!err && ifi->ifi_family == AF_BRIDGE && tb[IFLA_PROTINFO])
		err = port_parse(&link, tb[IFLA_PROTINFO]);
	if (!err && ifi->ifi_family == AF_UNSPEC && tb[IFLA_LINKINFO])
		err = info_parse(&link, tb[IFLA_LINKINFO]);
	if (err)
		return err;
	link.ours = attr_is(tb[IFLA_IFALIAS], LINK_OURS);
	if (tb[IFLA_MTU])
		link.mtu = mnl_attr_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_GROUP])
		link.group = mnl_attr_get_u32(tb[IFLA_GROUP]);
	if (tb[IFLA_ADDRESS] && mnl_attr_get_payload_len(tb[IFLA_ADDRESS]) == sizeof(link.mac))
		memcpy(link.mac, mnl_attr_get_payload(tb[IFLA_ADDRESS]), sizeof(link.mac));
	/*
	 * Masters that are no bridge (bond, vrf, Open vSwitch) don't count. In AF_BRIDGE messages
	 * it is always a bridge, and the bridge's own master is itself: br_fill_ifinfo().
	 */
	if (tb[IFLA_MASTER] && (link.is_bridge_port || ifi->ifi_family == AF_BRIDGE))
		link.master = mnl_attr_get_u32(tb[IFLA_MASTER]);
	if (link.master == link.ifindex)
		link.master = 0;
	*out = link;
	return 0;
}

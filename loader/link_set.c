/* SPDX-License-Identifier: GPL-2.0-only */
/* Making, changing and removing network devices by rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "link.h"
#include "nl.h"

#define VXLAN_TTL	64

static struct nlmsghdr *link_change(struct nl *nl, uint16_t type, uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh = nl_request(nl, type, flags);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	return nlh;
}

/* A request for a new device, up to its IFLA_LINKINFO; NULL if the name can't be one. */
static struct nlmsghdr *link_new(struct nl *nl, const char *name, uint32_t mtu)
{
	struct nlmsghdr *nlh;

	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return NULL;
	nlh = link_change(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return nlh;
}

/* The index is asked for afterwards: NLM_F_ECHO answers with it only from Linux 6.2 on. */
static int link_create(struct nl *nl, struct nlmsghdr *nlh, const char *name, int *ifindex)
{
	struct link link;
	int err = nl_ack(nl, nlh);

	if (!err)
		err = link_get_name(nl, name, &link);
	if (!err)
		*ifindex = link.ifindex;
	return err;
}

int link_vxlan_add(struct nl *nl, const struct link_vxlan *vx, int *ifindex)
{
	/* RFC 7348 section 5: the dynamic range, as the programs use it */
	struct ifla_vxlan_port_range sports = { .low = htons(49152), .high = htons(65535) };
	struct nlmsghdr *nlh = link_new(nl, vx->name, vx->mtu);
	struct nlattr *info, *data;

	if (!nlh)
		return -EINVAL;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_VXLAN_ID, vx->vni);
	if (addr_is4(&vx->local))
		mnl_attr_put_u32(nlh, IFLA_VXLAN_LOCAL, addr_to4(&vx->local));
	else if (!addr_is_zero(&vx->local))
		mnl_attr_put(nlh, IFLA_VXLAN_LOCAL6, sizeof(vx->local), &vx->local);
	mnl_attr_put_u16(nlh, IFLA_VXLAN_PORT, htons(vx->udp_port));
	mnl_attr_put_u8(nlh, IFLA_VXLAN_LEARNING, vx->learning);
	mnl_attr_put_u32(nlh, IFLA_VXLAN_AGEING, vx->ageing);
	mnl_attr_put_u8(nlh, IFLA_VXLAN_TTL, VXLAN_TTL);
	mnl_attr_put(nlh, IFLA_VXLAN_PORT_RANGE, sizeof(sports), &sports);
	mnl_attr_put_u8(nlh, IFLA_VXLAN_UDP_CSUM, 0);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return link_create(nl, nlh, vx->name, ifindex);
}

static int vxlan_change(struct nl *nl, int ifindex, uint16_t type, const void *value, size_t size)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_NEWLINK, 0, ifindex);
	struct nlattr *info, *data;

	if (ifindex <= 0)
		return -ENODEV;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put(nlh, type, size, value);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nl_ack(nl, nlh);
}

int link_vxlan_learning(struct nl *nl, int ifindex, bool on)
{
	uint8_t value = on;

	return vxlan_change(nl, ifindex, IFLA_VXLAN_LEARNING, &value, sizeof(value));
}

int link_vxlan_ageing(struct nl *nl, int ifindex, uint32_t seconds)
{
	return vxlan_change(nl, ifindex, IFLA_VXLAN_AGEING, &seconds, sizeof(seconds));
}

int link_bridge_add(struct nl *nl, const char *name, uint32_t mtu, int *ifindex)
{
	/*
	 * A bridge takes its ports' least MTU unless its own was changed by hand: br_change_mtu().
	 * That is called neither for IFLA_MTU here nor for a change to the same, hence two steps.
	 */
	struct nlmsghdr *nlh = link_new(nl, name, mtu ? mtu - 1 : 0);
	struct nlattr *info;
	int err, index;

	if (!nlh)
		return -EINVAL;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(nlh, info);
	err = link_create(nl, nlh, name, &index);
	if (err)
		return err;
	if (mtu)
		err = link_set_mtu(nl, index, mtu);
	if (err)
		link_del(nl, index);
	else
		*ifindex = index;
	return err;
}

int link_wireguard_add(struct nl *nl, const char *name, int *ifindex)
{
	struct nlmsghdr *nlh = link_new(nl, name, 0);
	struct nlattr *info;
	int err, index;

	if (!nlh)
		return -EINVAL;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "wireguard");
	mnl_attr_nest_end(nlh, info);
	err = link_create(nl, nlh, name, &index);
	if (err)
		return err;
	nlh = link_change(nl, RTM_SETLINK, 0, index);	/* rtnl_create_link() takes no alias */
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, LINK_OURS);
	err = nl_ack(nl, nlh);
	if (err)
		link_del(nl, index);
	else
		*ifindex = index;
	return err;
}

int link_del(struct nl *nl, int ifindex)
{
	if (ifindex <= 0)
		return -ENODEV;
	return nl_ack(nl, link_change(nl, RTM_DELLINK, 0, ifindex));
}

int link_set_group(struct nl *nl, int ifindex, uint32_t group)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_SETLINK, 0, ifindex);

	if (ifindex <= 0)
		return -ENODEV;
	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return nl_ack(nl, nlh);
}

int link_del_group(struct nl *nl, uint32_t group)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_DELLINK, 0, 0);

	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return nl_ack(nl, nlh);
}

int link_set_up(struct nl *nl, int ifindex, bool up)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_SETLINK, 0, ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (ifindex <= 0)
		return -ENODEV;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	return nl_ack(nl, nlh);
}

int link_set_mtu(struct nl *nl, int ifindex, uint32_t mtu)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_SETLINK, 0, ifindex);

	if (ifindex <= 0)
		return -ENODEV;
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return nl_ack(nl, nlh);
}

int link_set_master(struct nl *nl, int ifindex, int master)
{
	struct nlmsghdr *nlh = link_change(nl, RTM_SETLINK, 0, ifindex);

	if (ifindex <= 0)
		return -ENODEV;
	mnl_attr_put_u32(nlh, IFLA_MASTER, master);
	return nl_ack(nl, nlh);
}

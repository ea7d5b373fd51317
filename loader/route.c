// SPDX-License-Identifier: GPL-2.0-only
/* Routes to VTEPs. */
#include <errno.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include "addr.h"
#include "link.h"
#include "nl.h"
#include "route.h"

struct route {
	unsigned char type;		/* RTN_* */
	int oif;
	struct vtep_addr gateway;	/* zero: none, or of the other family */
	struct vtep_addr src;
	uint32_t mtu;			/* of the route itself, 0: its device's */
};

static struct vtep_addr addr_take(const struct nlattr *attr)
{
	struct vtep_addr addr = {};

	if (mnl_attr_get_payload_len(attr) == sizeof(addr))
		memcpy(&addr, mnl_attr_get_payload(attr), sizeof(addr));
	else if (mnl_attr_get_payload_len(attr) == sizeof(__be32))
		addr = addr_from4(mnl_attr_get_u32(attr));
	return addr;
}

static int route_take(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route *route = data;
	struct nlattr *attr, *metric;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*rtm)))
		return MNL_CB_OK;
	route->type = rtm->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_METRICS)
			mnl_attr_for_each_nested(metric, attr)
				if (mnl_attr_get_type(metric) == RTAX_MTU &&
				    mnl_attr_get_payload_len(metric) == sizeof(__u32))
					route->mtu = mnl_attr_get_u32(metric);
		if (mnl_attr_get_type(attr) == RTA_OIF && mnl_attr_get_payload_len(attr) == sizeof(__u32))
			route->oif = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			route->gateway = addr_take(attr);
		else if (mnl_attr_get_type(attr) == RTA_PREFSRC)
			route->src = addr_take(attr);
	}
	return MNL_CB_OK;
}

static int route_get(struct nl *nl, const struct vtep_addr *addr, uint32_t mark, struct route *out)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = addr_is4(addr) ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = addr_bits(addr);
	if (addr_is4(addr))
		mnl_attr_put_u32(nlh, RTA_DST, addr_to4(addr));
	else
		mnl_attr_put(nlh, RTA_DST, sizeof(*addr), addr);
	if (mark)
		mnl_attr_put_u32(nlh, RTA_MARK, mark);
	*out = (struct route){};
	return nl_get(nl, nlh, route_take, out);
}

static bool is_no_way(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL;
}

int route_hop(struct nl *nl, const struct vtep_addr *addr, uint32_t mark, struct route_hop *out)
{
	struct route route;
	struct link link;
	int err = route_get(nl, addr, mark, &route);

	*out = (struct route_hop){};
	if (err || route.type != RTN_UNICAST || !route.oif)
		return is_no_way(err) ? 0 : err;
	err = route.mtu ? 0 : link_get(nl, route.oif, &link);
	if (err)
		return err;
	*out = (struct route_hop){ route.oif, route.mtu ?: link.mtu, route.gateway, route.src };
	return 0;
}

int route_way(struct nl *nl, const struct vtep_addr *addr, uint32_t mark, int *oif, uint32_t *mtu)
{
	struct route_hop hop;
	int err = route_hop(nl, addr, mark, &hop);

	*oif = hop.oif;
	*mtu = hop.mtu;
	return err;
}

int route_device(struct nl *nl, const struct vtep_addr *addr, int *ifindex, struct vtep_addr *gateway)
{
	struct route route;
	int err = addr_is4(addr) ? route_get(nl, addr, 0, &route) : -EAFNOSUPPORT;

	if (err && !is_no_way(err))
		return err;
	*ifindex = err || route.type != RTN_UNICAST ? 0 : route.oif;
	if (gateway)
		*gateway = route.gateway;
	return 0;
}

bool route_is_local(struct nl *nl, const struct vtep_addr *addr)
{
	struct route route;

	return !route_get(nl, addr, 0, &route) && route.type == RTN_LOCAL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Routes to VTEPs. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include "addr.h"
#include "nl.h"
#include "route.h"

struct route {
	unsigned char type;		/* RTN_* */
	int oif;
	struct vtep_addr gateway;	/* zero: none, or not an IPv4 one */
};

static int route_take(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route *route = data;
	struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*rtm)))
		return MNL_CB_OK;
	route->type = rtm->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_payload_len(attr) != sizeof(__u32))
			continue;
		if (mnl_attr_get_type(attr) == RTA_OIF)
			route->oif = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			route->gateway = addr_from4(mnl_attr_get_u32(attr));
	}
	return MNL_CB_OK;
}

static int route_get(struct nl *nl, const struct vtep_addr *addr, struct route *out)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	if (!addr_is4(addr))
		return -EAFNOSUPPORT;
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, addr_to4(addr));
	*out = (struct route){};
	return nl_get(nl, nlh, route_take, out);
}

int route_device(struct nl *nl, const struct vtep_addr *addr, int *ifindex, struct vtep_addr *gateway)
{
	struct route route;
	int err = route_get(nl, addr, &route);

	if (err && err != -ENETUNREACH && err != -EHOSTUNREACH && err != -EACCES && err != -EINVAL)
		return err;
	*ifindex = err || route.type != RTN_UNICAST ? 0 : route.oif;
	if (gateway)
		*gateway = route.gateway;
	return 0;
}

bool route_is_local(struct nl *nl, const struct vtep_addr *addr)
{
	struct route route;

	return !route_get(nl, addr, &route) && route.type == RTN_LOCAL;
}

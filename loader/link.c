/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading network devices and their addresses by rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "link.h"
#include "nl.h"

struct link_dump {
	struct link *links;
	size_t n;
};

static struct nlmsghdr *link_query(struct nl *nl, int ifindex)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nlh;
}

static int link_one(const struct nlmsghdr *nlh, void *data)
{
	int err = link_parse(nlh, data);

	if (!err)
		return MNL_CB_OK;
	errno = -err;
	return MNL_CB_ERROR;
}

static int link_fetch(struct nl *nl, struct nlmsghdr *nlh, struct link *out)
{
	struct link link = { 0 };
	int err = nl_get(nl, nlh, link_one, &link);

	if (err)
		return err;
	if (!link.ifindex)
		return -EPROTO;
	*out = link;
	return 0;
}

int link_get(struct nl *nl, int ifindex, struct link *out)
{
	if (ifindex <= 0)
		return -ENODEV;
	return link_fetch(nl, link_query(nl, ifindex), out);
}

int link_get_name(struct nl *nl, const char *name, struct link *out)
{
	struct nlmsghdr *nlh;

	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	nlh = link_query(nl, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return link_fetch(nl, nlh, out);
}

static int link_collect(const struct nlmsghdr *nlh, void *data)
{
	struct link_dump *list = data;
	struct link *links = nl_room(list->links, list->n, sizeof(*links));

	if (!links)
		return MNL_CB_ERROR;
	list->links = links;
	if (link_one(nlh, &links[list->n]) != MNL_CB_OK)
		return MNL_CB_ERROR;
	list->n++;
	return MNL_CB_OK;
}

static void link_restart(void *data)
{
	struct link_dump *list = data;

	free(list->links);
	*list = (struct link_dump){ 0 };
}

int link_list(struct nl *nl, struct link **links, size_t *n)
{
	struct link_dump list = { 0 };
	int err = nl_dump(nl, link_query(nl, 0), link_collect, &list, link_restart);

	if (err) {
		free(list.links);
		return err;
	}
	*links = list.links;
	*n = list.n;
	return 0;
}

int link_each(struct nl *nl, int (*cb)(const struct link *link, void *data), void *data)
{
	struct link *links;
	size_t i, n;
	int err = link_list(nl, &links, &n);

	if (err)
		return err;
	for (i = 0; !err && i < n; i++)
		err = cb(&links[i], data);
	free(links);
	return err;
}

struct address {
	int ifindex;
	struct vtep_addr addr;		/* zero: none yet */
};

static int address_collect(const struct nlmsghdr *nlh, void *data)
{
	static const uint16_t least[IFA_LOCAL + 1] = {
		[IFA_ADDRESS] = sizeof(struct in_addr),
		[IFA_LOCAL] = sizeof(struct in_addr),
	};
	const struct nlattr *tb[IFA_LOCAL + 1], *attr;
	struct address *found = data;
	const struct ifaddrmsg *ifa;
	struct vtep_addr addr;

	if (nl_attrs(nlh, sizeof(*ifa), tb, least, IFA_LOCAL)) {
		errno = EPROTO;
		return MNL_CB_ERROR;
	}
	ifa = mnl_nlmsg_get_payload(nlh);
	/* On a point-to-point device IFA_ADDRESS is the other end. */
	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr || (int)ifa->ifa_index != found->ifindex || !addr_is_zero(&found->addr))
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET) {
		addr = addr_from4(mnl_attr_get_u32(attr));
		if (ntohl(addr.word[3]) >> 16 == 0xa9fe)	/* 169.254/16, RFC 3927 */
			return MNL_CB_OK;
	} else if (ifa->ifa_family == AF_INET6 && mnl_attr_get_payload_len(attr) == sizeof(addr)) {
		memcpy(&addr, mnl_attr_get_payload(attr), sizeof(addr));
		if (ntohl(addr.word[0]) >> 22 == 0xfe80 >> 6)	/* fe80::/10, RFC 4291 */
			return MNL_CB_OK;
	} else {
		return MNL_CB_OK;
	}
	if (addr_is_unicast(&addr))
		found->addr = addr;
	return MNL_CB_OK;
}

static void address_restart(void *data)
{
	struct address *found = data;

	memset(&found->addr, 0, sizeof(found->addr));
}

int link_address(struct nl *nl, int ifindex, struct vtep_addr *out)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct address found = { .ifindex = ifindex };
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;
	size_t i;
	int err;

	if (ifindex <= 0)
		return -ENODEV;
	for (i = 0; i < sizeof(families); i++) {
		nlh = nl_request(nl, RTM_GETADDR, 0);
		ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
		ifa->ifa_family = families[i];
		ifa->ifa_index = ifindex;
		err = nl_dump(nl, nlh, address_collect, &found, address_restart);
		if (err)
			return err;
		if (addr_is_zero(&found.addr))
			continue;
		*out = found.addr;
		return 0;
	}
	return -ENOENT;
}

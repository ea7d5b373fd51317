/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading, adding and removing the addresses of a device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "ifaddr.h"
#include "nl.h"

#ifndef IFA_PROTO
#define IFA_PROTO	11		/* Linux 5.18 */
#endif

struct collect {
	int ifindex;
	struct ifaddr_entry *list;
	size_t n;
	size_t before;			/* of the other family */
};

static int take(const struct nlmsghdr *nlh, void *data)
{
	static const uint16_t least[12] = {
		[IFA_ADDRESS] = sizeof(struct in_addr),
		[IFA_LOCAL] = sizeof(struct in_addr),
		[IFA_PROTO] = sizeof(uint8_t),
	};
	const struct nlattr *tb[12], *attr;
	struct collect *c = data;
	const struct ifaddrmsg *ifa;
	struct ifaddr_entry *grown, a = {};

	if (nlh->nlmsg_type != RTM_NEWADDR || nl_attrs(nlh, sizeof(*ifa), tb, least, 11)) {
		errno = EPROTO;
		return MNL_CB_ERROR;
	}
	ifa = mnl_nlmsg_get_payload(nlh);
	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr || (int)ifa->ifa_index != c->ifindex)
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET)
		a.addr = addr_from4(mnl_attr_get_u32(attr));
	else if (ifa->ifa_family == AF_INET6 && mnl_attr_get_payload_len(attr) == sizeof(a.addr))
		memcpy(&a.addr, mnl_attr_get_payload(attr), sizeof(a.addr));
	else
		return MNL_CB_OK;
	a.len = ifa->ifa_prefixlen;
	a.proto = tb[IFA_PROTO] ? mnl_attr_get_u8(tb[IFA_PROTO]) : 0;
	a.link_local = !addr_is4(&a.addr) && ntohl(a.addr.word[0]) >> 22 == 0xfe80 >> 6;
	grown = nl_room(c->list, c->n, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	c->list = grown;
	grown[c->n++] = a;
	return MNL_CB_OK;
}

static void restart(void *data)
{
	struct collect *c = data;

	c->n = c->before;
}

static int dump(struct nl *nl, struct collect *c, uint8_t family)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETADDR, 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = family;
	ifa->ifa_index = c->ifindex;
	c->before = c->n;
	return nl_dump(nl, nlh, take, c, restart);
}

int ifaddr_list(struct nl *nl, int ifindex, struct ifaddr_entry **list)
{
	struct collect c = { .ifindex = ifindex };
	int err;

	if (ifindex <= 0)
		return -ENODEV;
	err = dump(nl, &c, AF_INET) ?: dump(nl, &c, AF_INET6);
	if (err) {
		free(c.list);
		return err;
	}
	*list = c.list;
	return c.n;
}

static int change(struct nl *nl, uint16_t type, uint16_t flags, int ifindex, const struct vtep_addr *addr, uint8_t len)
{
	struct nlmsghdr *nlh = nl_request(nl, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	uint8_t proto = VTEP_PROTO;

	if (ifindex <= 0)
		return -ENODEV;
	ifa->ifa_family = addr_is4(addr) ? AF_INET : AF_INET6;
	ifa->ifa_prefixlen = len;
	ifa->ifa_index = ifindex;
	if (addr_is4(addr)) {
		mnl_attr_put_u32(nlh, IFA_LOCAL, addr_to4(addr));
		mnl_attr_put_u32(nlh, IFA_ADDRESS, addr_to4(addr));
	} else {
		mnl_attr_put(nlh, IFA_LOCAL, sizeof(*addr), addr);
	}
	if (type == RTM_NEWADDR)
		mnl_attr_put(nlh, IFA_PROTO, sizeof(proto), &proto);
	return nl_ack(nl, nlh);
}

int ifaddr_add(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t len)
{
	return change(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, addr, len);
}

int ifaddr_del(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t len)
{
	return change(nl, RTM_DELADDR, 0, ifindex, addr, len);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading, adding and removing routes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "addr.h"
#include "ifaddr.h"
#include "nl.h"
#include "route_set.h"

struct collect {
	int oif;			/* by this device; 0: unreachable ones of ours */
	uint32_t table;			/* only count this one's; 0: collect */
	struct route_entry *list;
	size_t n;
};

static int destination(const struct rtmsg *rtm, const struct nlattr *attr, struct vtep_addr *out)
{
	size_t size = rtm->rtm_family == AF_INET ? sizeof(struct in_addr) : sizeof(*out);

	if (attr && mnl_attr_get_payload_len(attr) != size)
		return -EPROTO;
	if (rtm->rtm_family == AF_INET)
		*out = addr_from4(attr ? mnl_attr_get_u32(attr) : 0);
	else if (attr)
		memcpy(out, mnl_attr_get_payload(attr), size);
	return 0;
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	static const uint16_t least[RTA_TABLE + 1] = {
		[RTA_OIF] = sizeof(uint32_t),
		[RTA_PRIORITY] = sizeof(uint32_t),
		[RTA_TABLE] = sizeof(uint32_t),
	};
	const struct nlattr *tb[RTA_TABLE + 1];
	struct route_entry *grown, r = {};
	struct collect *c = data;
	const struct rtmsg *rtm;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	if (nl_attrs(nlh, sizeof(*rtm), tb, least, RTA_TABLE))
		goto malformed;
	rtm = mnl_nlmsg_get_payload(nlh);
	r.table = tb[RTA_TABLE] ? mnl_attr_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	if (c->table) {
		c->n += r.table == c->table && !(rtm->rtm_flags & RTM_F_CLONED);
		return MNL_CB_OK;
	}
	r.oif = tb[RTA_OIF] ? (int)mnl_attr_get_u32(tb[RTA_OIF]) : 0;
	r.proto = rtm->rtm_protocol;
	if ((rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_UNREACHABLE) || (rtm->rtm_flags & RTM_F_CLONED) ||
	    (rtm->rtm_type == RTN_UNICAST ? r.oif != c->oif || !c->oif : r.proto != VTEP_PROTO || c->oif))
		return MNL_CB_OK;
	if (destination(rtm, tb[RTA_DST], &r.dst))
		goto malformed;
	/* IPv6 answers with lo for an unreachable route: rt6_fill_node(). */
	if (rtm->rtm_type == RTN_UNREACHABLE)
		r.oif = 0;
	r.len = rtm->rtm_dst_len;
	r.metric = tb[RTA_PRIORITY] ? mnl_attr_get_u32(tb[RTA_PRIORITY]) : 0;
	grown = nl_room(c->list, c->n, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	c->list = grown;
	grown[c->n++] = r;
	return MNL_CB_OK;
malformed:
	errno = EPROTO;
	return MNL_CB_ERROR;
}

static void restart(void *data)
{
	struct collect *c = data;

	c->n = 0;
	free(c->list);
	c->list = NULL;
}

/* Each family into a list of its own: an interrupted dump throws its list away. */
static int dump(struct nl *nl, struct collect *c, uint8_t family)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = family;
	/* The kernel goes through all, but hands out these alone: fib_dump_info_fnhe(), ip_valid_fib_dump_req(). */
	if (c->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, c->oif);
	else if (!c->table)
		rtm->rtm_protocol = VTEP_PROTO;
	return nl_dump(nl, nlh, take, c, restart);
}

int route_list(struct nl *nl, int oif, struct route_entry **list)
{
	struct collect parts[4] = { { .oif = oif }, { .oif = oif } };
	struct route_entry *all = NULL;
	size_t i, n = 0;
	int err = 0;

	for (i = oif ? 0 : 2; i < 4 && !err; i++) {
		err = dump(nl, &parts[i], i % 2 ? AF_INET6 : AF_INET);
		if (i % 2 && (err == -EAFNOSUPPORT || err == -EOPNOTSUPP))
			err = 0;
		n += parts[i].n;
	}
	if (!err) {
		all = calloc(n + 1, sizeof(*all));
		err = all ? 0 : -ENOMEM;
	}
	for (i = 0, n = 0; i < 4; i++) {
		if (all && parts[i].n)
			memcpy(all + n, parts[i].list, parts[i].n * sizeof(*all));
		n += parts[i].n;
		free(parts[i].list);
	}
	if (err)
		return err;
	*list = all;
	return n;
}

int route_table_used(struct nl *nl, uint32_t table)
{
	struct collect c = { .table = table };
	int err = dump(nl, &c, AF_INET);

	if (!err && !c.n)
		err = dump(nl, &c, AF_INET6);
	return err ?: !!c.n;
}

static struct nlmsghdr *request(struct nl *nl, uint16_t type, uint16_t flags, const struct route_entry *r)
{
	struct nlmsghdr *nlh = nl_request(nl, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = addr_is4(&r->dst) ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = r->len;
	rtm->rtm_table = RT_TABLE_UNSPEC;
	rtm->rtm_protocol = VTEP_PROTO;
	rtm->rtm_type = r->oif ? RTN_UNICAST : RTN_UNREACHABLE;
	rtm->rtm_scope = r->oif && addr_is4(&r->dst) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(nlh, RTA_TABLE, r->table);
	if (addr_is4(&r->dst))
		mnl_attr_put_u32(nlh, RTA_DST, addr_to4(&r->dst));
	else
		mnl_attr_put(nlh, RTA_DST, sizeof(r->dst), &r->dst);
	if (r->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, r->oif);
	if (r->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, r->metric);
	return nlh;
}

int route_add(struct nl *nl, const struct route_entry *r)
{
	return nl_ack(nl, request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r));
}

int route_del(struct nl *nl, const struct route_entry *r)
{
	return nl_ack(nl, request(nl, RTM_DELROUTE, 0, r));
}

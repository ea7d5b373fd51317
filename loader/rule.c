/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading, adding and removing policy rules. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "ifaddr.h"
#include "nl.h"
#include "rule.h"

struct collect {
	int family;
	struct rule *list;
	size_t n;
};

static const uint16_t least[FRA_PROTOCOL + 1] = {
	[FRA_PRIORITY] = sizeof(uint32_t),
	[FRA_FWMARK] = sizeof(uint32_t),
	[FRA_FWMASK] = sizeof(uint32_t),
	[FRA_TABLE] = sizeof(uint32_t),
	[FRA_SUPPRESS_PREFIXLEN] = sizeof(uint32_t),
	[FRA_PROTOCOL] = sizeof(uint8_t),
};

static uint32_t word(const struct nlattr *attr, uint32_t other)
{
	return attr ? mnl_attr_get_u32(attr) : other;
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FRA_PROTOCOL + 1];
	const struct fib_rule_hdr *frh;
	struct collect *c = data;
	struct rule *grown, r;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return MNL_CB_OK;
	if (nl_attrs(nlh, sizeof(*frh), tb, least, FRA_PROTOCOL)) {
		errno = EPROTO;
		return MNL_CB_ERROR;
	}
	frh = mnl_nlmsg_get_payload(nlh);
	if (frh->action != FR_ACT_TO_TBL || frh->src_len || frh->dst_len || frh->tos || tb[FRA_IIFNAME] ||
	    tb[FRA_OIFNAME] || tb[FRA_L3MDEV] || tb[FRA_UID_RANGE] || word(tb[FRA_FWMASK], ~0U) != ~0U)
		return MNL_CB_OK;
	r = (struct rule){ .family = c->family, .priority = word(tb[FRA_PRIORITY], 0),
			   .fwmark = word(tb[FRA_FWMARK], 0), .invert = frh->flags & FIB_RULE_INVERT,
			   .table = word(tb[FRA_TABLE], frh->table),
			   .suppress_default = !word(tb[FRA_SUPPRESS_PREFIXLEN], ~0U),
			   .proto = tb[FRA_PROTOCOL] ? mnl_attr_get_u8(tb[FRA_PROTOCOL]) : 0 };
	grown = nl_room(c->list, c->n, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	c->list = grown;
	grown[c->n++] = r;
	return MNL_CB_OK;
}

static void restart(void *data)
{
	struct collect *c = data;

	free(c->list);
	c->list = NULL;
	c->n = 0;
}

int rule_list(struct nl *nl, int family, struct rule **list)
{
	struct collect c = { .family = family };
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETRULE, 0);
	struct fib_rule_hdr *frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	int err;

	frh->family = family;
	err = nl_dump(nl, nlh, take, &c, restart);
	if (err) {
		free(c.list);
		return err;
	}
	*list = c.list;
	return c.n;
}

static int change(struct nl *nl, uint16_t type, uint16_t flags, const struct rule *rule, uint8_t proto)
{
	struct nlmsghdr *nlh = nl_request(nl, type, flags);
	struct fib_rule_hdr *frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));

	frh->family = rule->family;
	frh->action = FR_ACT_TO_TBL;
	frh->flags = rule->invert ? FIB_RULE_INVERT : 0;
	mnl_attr_put_u32(nlh, FRA_TABLE, rule->table);
	if (rule->priority)
		mnl_attr_put_u32(nlh, FRA_PRIORITY, rule->priority);
	if (rule->fwmark)
		mnl_attr_put_u32(nlh, FRA_FWMARK, rule->fwmark);
	if (rule->suppress_default)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, 0);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, proto);
	return nl_ack(nl, nlh);
}

int rule_add(struct nl *nl, const struct rule *rule)
{
	return change(nl, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, VTEP_PROTO);
}

int rule_del(struct nl *nl, const struct rule *rule)
{
	return change(nl, RTM_DELRULE, 0, rule, rule->proto);
}

bool rule_same(const struct rule *a, const struct rule *b)
{
	return a->family == b->family && a->fwmark == b->fwmark && a->invert == b->invert && a->table == b->table &&
	       a->suppress_default == b->suppress_default;
}

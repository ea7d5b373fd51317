/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink: requests and the ids of families. */
#include <errno.h>
#include <linux/genetlink.h>

#include "genl.h"
#include "nl.h"

struct nlmsghdr *genl_request(struct nl *nl, uint16_t family, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = nl_request(nl, family, 0);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int family_collect(const struct nlmsghdr *nlh, void *data)
{
	static const uint16_t least[CTRL_ATTR_FAMILY_ID + 1] = {
		[CTRL_ATTR_FAMILY_ID] = sizeof(uint16_t),
	};
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	if (nl_attrs(nlh, sizeof(struct genlmsghdr), tb, least, CTRL_ATTR_FAMILY_ID) ||
	    !tb[CTRL_ATTR_FAMILY_ID]) {
		errno = EPROTO;
		return MNL_CB_ERROR;
	}
	*(uint16_t *)data = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return MNL_CB_OK;
}

int genl_family(struct nl *nl, const char *name, uint16_t *id)
{
	struct nlmsghdr *nlh = genl_request(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	return nl_get(nl, nlh, family_collect, id);
}

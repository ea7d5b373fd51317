// SPDX-License-Identifier: GPL-2.0-only
/* RTM_GETVLAN, and IFLA_BRIDGE_VLAN_INFO to change a port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include "nl.h"
#include "vlan.h"

#define VLAN_LAST	4094

static const uint16_t entry_least[BRIDGE_VLANDB_ENTRY_STATE + 1] = {
	[BRIDGE_VLANDB_ENTRY_INFO] = sizeof(struct bridge_vlan_info),
	[BRIDGE_VLANDB_ENTRY_RANGE] = sizeof(uint16_t),
	[BRIDGE_VLANDB_ENTRY_STATE] = sizeof(uint8_t),
};

/* Messages of one port follow each other: the last in the list, or a new one. */
static struct vlan_port *port_of(struct vlans *v, int ifindex)
{
	struct vlan_port *ports;

	if (v->n && v->ports[v->n - 1].ifindex == ifindex)
		return &v->ports[v->n - 1];
	ports = nl_room(v->ports, v->n, sizeof(*ports));
	if (!ports)
		return NULL;
	v->ports = ports;
	ports[v->n] = (struct vlan_port){ .ifindex = ifindex };
	return &ports[v->n++];
}

static int entry_take(struct vlan_port *p, const struct nlattr *nest)
{
	const struct nlattr *tb[BRIDGE_VLANDB_ENTRY_STATE + 1];
	struct bridge_vlan_info info;
	int err = nl_nested(nest, tb, entry_least, BRIDGE_VLANDB_ENTRY_STATE);
	uint16_t last;

	if (err || !tb[BRIDGE_VLANDB_ENTRY_INFO])
		return err;
	memcpy(&info, mnl_attr_get_payload(tb[BRIDGE_VLANDB_ENTRY_INFO]), sizeof(info));
	last = tb[BRIDGE_VLANDB_ENTRY_RANGE] ? mnl_attr_get_u16(tb[BRIDGE_VLANDB_ENTRY_RANGE]) : info.vid;
	p->others += last >= info.vid ? last - info.vid + 1 : 0;
	if (!(info.flags & BRIDGE_VLAN_INFO_PVID))
		return 0;
	p->others--;
	p->pvid = info.vid;
	p->untagged = info.flags & BRIDGE_VLAN_INFO_UNTAGGED;
	p->forwarding = !tb[BRIDGE_VLANDB_ENTRY_STATE] ||
			mnl_attr_get_u8(tb[BRIDGE_VLANDB_ENTRY_STATE]) == BR_STATE_FORWARDING;
	return 0;
}

static int collect(const struct nlmsghdr *nlh, void *data)
{
	const struct br_vlan_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct vlan_port *p;
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg)) {
		errno = EPROTO;
		return MNL_CB_ERROR;
	}
	p = port_of(data, msg->ifindex);
	if (!p)
		return MNL_CB_ERROR;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY && !err)
			err = entry_take(p, attr);
	errno = -err;
	return err ? MNL_CB_ERROR : MNL_CB_OK;
}

static void restart(void *data)
{
	vlans_free(data);
}

static int compare(const void *a, const void *b)
{
	const struct vlan_port *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int vlans_read(struct nl *nl, struct vlans *out)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETVLAN, 0);
	struct br_vlan_msg *msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	struct vlans v = {};
	int err;

	msg->family = AF_BRIDGE;
	err = nl_dump(nl, nlh, collect, &v, restart);
	if (err) {			/* -EOPNOTSUPP: a kernel without them, or without bridges yet */
		vlans_free(&v);
		*out = v;
		return err == -EOPNOTSUPP ? 0 : err;
	}
	if (v.n)
		qsort(v.ports, v.n, sizeof(*v.ports), compare);
	*out = v;
	return 0;
}

void vlans_free(struct vlans *v)
{
	free(v->ports);
	*v = (struct vlans){};
}

const struct vlan_port *vlans_find(const struct vlans *v, int ifindex)
{
	struct vlan_port key = { .ifindex = ifindex };

	return v->n ? bsearch(&key, v->ports, v->n, sizeof(key), compare) : NULL;
}

/* RTM_SETLINK adds, RTM_DELLINK deletes; first to last. */
static int change(struct nl *nl, uint16_t type, int ifindex, uint16_t flags, uint16_t first, uint16_t last)
{
	struct bridge_vlan_info info = { .flags = flags, .vid = first };
	struct nlmsghdr *nlh = nl_request(nl, type, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *nest;

	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = ifindex;
	nest = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	if (last != first)
		info.flags |= BRIDGE_VLAN_INFO_RANGE_BEGIN;
	mnl_attr_put(nlh, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
	if (last != first) {
		info = (struct bridge_vlan_info){ .flags = flags | BRIDGE_VLAN_INFO_RANGE_END, .vid = last };
		mnl_attr_put(nlh, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
	}
	mnl_attr_nest_end(nlh, nest);
	return nl_ack(nl, nlh);
}

int vlan_set_access(struct nl *nl, int ifindex, uint16_t vid)
{
	int err = change(nl, RTM_SETLINK, ifindex, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED, vid, vid);

	/* A bridge's port begins in its default_pvid. */
	if (!err && vid > 1)
		err = change(nl, RTM_DELLINK, ifindex, 0, 1, vid - 1);
	if (!err && vid < VLAN_LAST)
		err = change(nl, RTM_DELLINK, ifindex, 0, vid + 1, VLAN_LAST);
	return err;
}

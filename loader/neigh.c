/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of the vxlan device's and the bridge's forwarding databases: read, dump, set, delete. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include <linux/neighbour.h>

#include "addr.h"
#include "neigh.h"
#include "nl.h"

static const uint16_t neigh_least[NDA_MASTER + 1] = {
	[NDA_DST] = sizeof(struct in_addr),
	[NDA_LLADDR] = 6,
	[NDA_VLAN] = sizeof(uint16_t),
	[NDA_PORT] = sizeof(uint16_t),
	[NDA_VNI] = sizeof(uint32_t),
	[NDA_IFINDEX] = sizeof(uint32_t),
	[NDA_MASTER] = sizeof(uint32_t),
};

struct neigh_list {
	struct neigh *entries;
	size_t n;
};

bool neigh_is_config(const struct neigh *n)
{
	return n->state & (NUD_PERMANENT | NUD_NOARP) || n->flags & (NTF_EXT_LEARNED | NTF_STICKY);
}

/*
 * The vxlan driver keeps what it was told, "static" as NOARP|REACHABLE and its default destination
 * as PERMANENT|REACHABLE; the bridge says NOARP or PERMANENT alone. The strongest bit is meant.
 */
static uint16_t neigh_state(uint16_t state)
{
	if (state & NUD_PERMANENT)
		return NUD_PERMANENT;
	return state & NUD_NOARP ? NUD_NOARP : state;
}

static int dst_parse(const struct nlattr *attr, struct neigh *n)
{
	n->has_dst = true;
	if (mnl_attr_get_payload_len(attr) == sizeof(struct in_addr))
		n->dst = addr_from4(mnl_attr_get_u32(attr));
	else if (mnl_attr_get_payload_len(attr) == sizeof(n->dst))
		memcpy(&n->dst, mnl_attr_get_payload(attr), sizeof(n->dst));
	else
		return -EPROTO;
	return 0;
}

int neigh_parse(const struct nlmsghdr *nlh, struct neigh *out)
{
	const struct nlattr *tb[NDA_MASTER + 1];
	struct neigh n = { 0 };
	const struct ndmsg *ndm;
	int err;

	if (nlh->nlmsg_type != RTM_NEWNEIGH && nlh->nlmsg_type != RTM_DELNEIGH)
		return -EPROTO;
	err = nl_attrs(nlh, sizeof(*ndm), tb, neigh_least, NDA_MASTER);
	if (err)
		return err;
	ndm = mnl_nlmsg_get_payload(nlh);
	if (ndm->ndm_family != AF_BRIDGE || ndm->ndm_ifindex <= 0 || !tb[NDA_LLADDR] ||
	    mnl_attr_get_payload_len(tb[NDA_LLADDR]) != sizeof(n.mac))
		return -EPROTO;
	memcpy(n.mac, mnl_attr_get_payload(tb[NDA_LLADDR]), sizeof(n.mac));
	n.ifindex = ndm->ndm_ifindex;
	n.state = neigh_state(ndm->ndm_state);
	n.flags = ndm->ndm_flags;
	if (tb[NDA_DST])
		err = dst_parse(tb[NDA_DST], &n);
	if (err)
		return err;
	if (tb[NDA_MASTER])
		n.master = mnl_attr_get_u32(tb[NDA_MASTER]);
	if (tb[NDA_VLAN])
		n.vlan = mnl_attr_get_u16(tb[NDA_VLAN]);
	if (tb[NDA_PORT])
		n.udp_port = ntohs(mnl_attr_get_u16(tb[NDA_PORT]));
	if (tb[NDA_VNI])
		n.vni = mnl_attr_get_u32(tb[NDA_VNI]);
	if (tb[NDA_IFINDEX])
		n.via = mnl_attr_get_u32(tb[NDA_IFINDEX]);
	*out = n;
	return 0;
}

static int neigh_collect(const struct nlmsghdr *nlh, void *data)
{
	struct neigh_list *list = data;
	struct neigh *entries = nl_room(list->entries, list->n, sizeof(*entries));
	int err;

	if (!entries)
		return MNL_CB_ERROR;
	list->entries = entries;
	err = neigh_parse(nlh, &entries[list->n]);
	if (err) {
		errno = -err;
		return MNL_CB_ERROR;
	}
	list->n++;
	return MNL_CB_OK;
}

static void neigh_restart(void *data)
{
	struct neigh_list *list = data;

	free(list->entries);
	*list = (struct neigh_list){ 0 };
}

int neigh_each(struct nl *nl, int ifindex, int master,
	       int (*cb)(const struct neigh *n, void *data), void *data)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETNEIGH, 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	struct neigh_list list = { 0 };
	size_t i;
	int err;

	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	if (master)
		mnl_attr_put_u32(nlh, NDA_MASTER, master);
	err = nl_dump(nl, nlh, neigh_collect, &list, neigh_restart);
	for (i = 0; !err && i < list.n; i++)
		err = cb(&list.entries[i], data);
	free(list.entries);
	return err;
}

static int lladdr_take(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NDA_MASTER + 1];
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	uint8_t *found = data;		/* the address, and whether there is one */

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nl_attrs(nlh, sizeof(*ndm), tb, neigh_least, NDA_MASTER) ||
	    !tb[NDA_LLADDR] || ndm->ndm_state & (NUD_FAILED | NUD_INCOMPLETE))
		return MNL_CB_OK;
	memcpy(found, mnl_attr_get_payload(tb[NDA_LLADDR]), 6);
	found[6] = 1;
	return MNL_CB_OK;
}

int neigh_lookup(struct nl *nl, int ifindex, const struct vtep_addr *addr, uint8_t mac[6])
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETNEIGH, 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	uint8_t found[7] = {};
	int err;

	ndm->ndm_family = addr_is4(addr) ? AF_INET : AF_INET6;
	ndm->ndm_ifindex = ifindex;
	if (addr_is4(addr))
		mnl_attr_put_u32(nlh, NDA_DST, addr_to4(addr));
	else
		mnl_attr_put(nlh, NDA_DST, sizeof(*addr), addr);
	err = nl_get(nl, nlh, lladdr_take, found);
	if (!err && !found[6])
		err = -ENOENT;
	if (!err)
		memcpy(mac, found, 6);
	return err;
}

static struct nlmsghdr *neigh_request(struct nl *nl, uint16_t type, uint16_t nlflags,
				      const struct neigh *n)
{
	struct nlmsghdr *nlh = nl_request(nl, type, nlflags);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = n->ifindex;
	ndm->ndm_state = n->state;
	ndm->ndm_flags = n->flags;
	/* As read, the bridge's entries name no table; on the bridge itself they are `self`. */
	if (!(n->flags & (NTF_SELF | NTF_MASTER)))
		ndm->ndm_flags |= n->master && n->master != n->ifindex ? NTF_MASTER : NTF_SELF;
	/* vxlan_fdb_add() takes "static" only so. */
	if (ndm->ndm_flags & NTF_SELF && n->state & NUD_NOARP)
		ndm->ndm_state |= NUD_REACHABLE;
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(n->mac), n->mac);
	if (n->has_dst && addr_is4(&n->dst))
		mnl_attr_put_u32(nlh, NDA_DST, addr_to4(&n->dst));
	else if (n->has_dst)
		mnl_attr_put(nlh, NDA_DST, sizeof(n->dst), &n->dst);
	if (n->vlan)
		mnl_attr_put_u16(nlh, NDA_VLAN, n->vlan);
	if (n->udp_port)
		mnl_attr_put_u16(nlh, NDA_PORT, htons(n->udp_port));
	if (n->vni)
		mnl_attr_put_u32(nlh, NDA_VNI, n->vni);
	if (n->via)
		mnl_attr_put_u32(nlh, NDA_IFINDEX, n->via);
	return nlh;
}

int neigh_set(struct nl *nl, const struct neigh *n, uint16_t nlflags)
{
	return nl_ack(nl, neigh_request(nl, RTM_NEWNEIGH, nlflags, n));
}

int neigh_del(struct nl *nl, const struct neigh *n)
{
	return nl_ack(nl, neigh_request(nl, RTM_DELNEIGH, 0, n));
}

void neigh_queue(struct nl *nl, const struct neigh *n, uint16_t nlflags)
{
	nl_queue(nl, neigh_request(nl, RTM_NEWNEIGH, nlflags, n));
}

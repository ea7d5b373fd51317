/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * WireGuard's configuration by generic netlink. What does not fit one message goes on in the next:
 * the kernel merges a peer that is named again (set_peer() in drivers/net/wireguard/netlink.c).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <linux/wireguard.h>

#include "addr.h"
#include "genl.h"
#include "nl.h"
#include "wg.h"
#include "wg_plan.h"
#include "wg_set.h"

/* Room for what one attribute nest adds at most, its neighbours' ends included. */
#define PEER_ROOM	192
#define ALLOWED_ROOM	64

struct writer {
	struct nl nl;
	uint16_t family;
	const char *ifname;
	struct nlmsghdr *nlh;		/* NULL: none begun */
	struct nlattr *peers, *peer, *allowed;	/* nests that are open */
	unsigned int messages;
};

static void message_begin(struct writer *w)
{
	w->nlh = genl_request(&w->nl, w->family, WG_CMD_SET_DEVICE, WG_GENL_VERSION);
	mnl_attr_put_strz(w->nlh, WGDEVICE_A_IFNAME, w->ifname);
}

static void nest_close(struct writer *w, struct nlattr **nest)
{
	if (*nest)
		mnl_attr_nest_end(w->nlh, *nest);
	*nest = NULL;
}

static int message_send(struct writer *w)
{
	int err;

	nest_close(w, &w->allowed);
	nest_close(w, &w->peer);
	nest_close(w, &w->peers);
	err = nl_ack(&w->nl, w->nlh);
	explicit_bzero(w->nl.buf, sizeof(w->nl.buf));
	w->nlh = NULL;
	w->messages++;
	return err;
}

static bool has_room(const struct writer *w, size_t bytes)
{
	return w->nlh->nlmsg_len + bytes <= sizeof(w->nl.buf);
}

static void peer_begin(struct writer *w, const uint8_t *key, uint32_t flags)
{
	if (!w->nlh)
		message_begin(w);
	if (!w->peers)
		w->peers = mnl_attr_nest_start(w->nlh, WGDEVICE_A_PEERS);
	w->peer = mnl_attr_nest_start(w->nlh, 0);
	mnl_attr_put(w->nlh, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, key);
	if (flags)
		mnl_attr_put_u32(w->nlh, WGPEER_A_FLAGS, flags);
}

/*
 * A message that is full is sent, and the peer named again in the next one: without
 * WGPEER_F_REPLACE_ALLOWEDIPS, or the first part would be lost.
 */
static int put_allowed(struct writer *w, const struct wg_change *c, const struct wg_allowed_ip *ip)
{
	struct nlattr *nest;
	int err = 0;

	if (!has_room(w, ALLOWED_ROOM)) {
		err = message_send(w);
		peer_begin(w, c->public_key, WGPEER_F_UPDATE_ONLY);
	}
	if (!w->allowed)
		w->allowed = mnl_attr_nest_start(w->nlh, WGPEER_A_ALLOWEDIPS);
	nest = mnl_attr_nest_start(w->nlh, 0);
	mnl_attr_put_u16(w->nlh, WGALLOWEDIP_A_FAMILY, addr_is4(&ip->addr) ? AF_INET : AF_INET6);
	if (addr_is4(&ip->addr))
		mnl_attr_put_u32(w->nlh, WGALLOWEDIP_A_IPADDR, addr_to4(&ip->addr));
	else
		mnl_attr_put(w->nlh, WGALLOWEDIP_A_IPADDR, sizeof(ip->addr), &ip->addr);
	mnl_attr_put_u8(w->nlh, WGALLOWEDIP_A_CIDR_MASK, ip->prefix);
	mnl_attr_nest_end(w->nlh, nest);
	return err;
}

static uint32_t peer_flags(const struct wg_change *c)
{
	if (c->remove)
		return WGPEER_F_REMOVE_ME;
	return (c->add ? 0 : WGPEER_F_UPDATE_ONLY) | (c->replace_allowed ? WGPEER_F_REPLACE_ALLOWEDIPS : 0);
}

static int put_peer(struct writer *w, const struct wg_change *c)
{
	size_t i;
	int err = w->nlh && !has_room(w, PEER_ROOM) ? message_send(w) : 0;

	if (err)
		return err;
	peer_begin(w, c->public_key, peer_flags(c));
	if (c->set_psk)
		mnl_attr_put(w->nlh, WGPEER_A_PRESHARED_KEY, WG_KEY_LEN, c->psk);
	if (c->set_endpoint)
		mnl_attr_put(w->nlh, WGPEER_A_ENDPOINT, c->endpoint.sa.sa_family == AF_INET ?
			     sizeof(c->endpoint.in) : sizeof(c->endpoint.in6), &c->endpoint);
	if (c->set_keepalive)
		mnl_attr_put_u16(w->nlh, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, c->keepalive);
	for (i = 0; i < c->n_allowed && !err; i++)
		err = put_allowed(w, c, &c->allowed[i]);
	nest_close(w, &w->allowed);
	nest_close(w, &w->peer);
	return err;
}

static void put_device(struct writer *w, const struct wg_plan *plan, const uint8_t *private_key)
{
	message_begin(w);
	if (plan->set_private_key)
		mnl_attr_put(w->nlh, WGDEVICE_A_PRIVATE_KEY, WG_KEY_LEN, private_key);
	if (plan->set_listen_port)
		mnl_attr_put_u16(w->nlh, WGDEVICE_A_LISTEN_PORT, plan->listen_port);
	if (plan->set_fwmark)
		mnl_attr_put_u32(w->nlh, WGDEVICE_A_FWMARK, plan->fwmark);
}

int wg_apply(const char *ifname, const struct wg_plan *plan, const uint8_t *private_key,
	     unsigned int *messages)
{
	struct writer w = { .ifname = ifname };
	size_t i;
	int err;

	if (!ifname[0] || strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	err = nl_open(&w.nl, NETLINK_GENERIC);
	if (err)
		return err;
	err = genl_family(&w.nl, WG_GENL_NAME, &w.family);
	if (!err && (plan->set_private_key || plan->set_listen_port || plan->set_fwmark))
		put_device(&w, plan, private_key);
	for (i = 0; i < plan->n_changes && !err; i++)
		err = put_peer(&w, &plan->changes[i]);
	if (!err && w.nlh)
		err = message_send(&w);
	nl_close(&w.nl);
	explicit_bzero(w.nl.buf, sizeof(w.nl.buf));
	if (messages)
		*messages = w.messages;
	return err;
}

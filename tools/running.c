/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs, as a model: WireGuard's device, addresses of devices, segments of an instance. */
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include "addr.h"
#include "instance.h"
#include "link.h"
#include "model.h"
#include "nl.h"
#include "running.h"
#include "wg.h"

static unsigned int mask_length(const uint8_t *mask, size_t bytes)
{
	unsigned int n = 0;

	while (bytes--)
		n += __builtin_popcount(*mask++);
	return n;
}

static bool prefix_of(const struct ifaddrs *a, struct model_prefix *out)
{
	const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)a->ifa_addr;
	const struct sockaddr_in *ip4 = (const struct sockaddr_in *)a->ifa_addr;

	if (!a->ifa_addr || !a->ifa_netmask)
		return false;
	if (a->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *mask = (const struct sockaddr_in *)a->ifa_netmask;

		out->addr = addr_from4(ip4->sin_addr.s_addr);
		out->len = mask_length((const uint8_t *)&mask->sin_addr, 4);
		return true;
	}
	if (a->ifa_addr->sa_family != AF_INET6 || IN6_IS_ADDR_LINKLOCAL(&ip6->sin6_addr))
		return false;		/* the kernel's own */
	memcpy(&out->addr, &ip6->sin6_addr, sizeof(out->addr));
	out->len = mask_length((const uint8_t *)&((const struct sockaddr_in6 *)a->ifa_netmask)->sin6_addr, 16);
	return true;
}

static int addresses_read(const char *ifname, struct model_prefix **list, size_t *n)
{
	struct ifaddrs *all, *a;
	int err = 0;

	if (getifaddrs(&all))
		return -errno;
	for (a = all; a && !err; a = a->ifa_next) {
		struct model_prefix *more, prefix;

		if (strcmp(a->ifa_name, ifname) || !prefix_of(a, &prefix))
			continue;
		more = nl_room(*list, *n, sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		*list = more;
		more[(*n)++] = prefix;
	}
	freeifaddrs(all);
	return err;
}

static int peer_read(const struct wg_peer *peer, struct model_peer *out)
{
	size_t i;

	memcpy(out->public_key, peer->public_key, sizeof(out->public_key));
	out->keepalive = peer->keepalive;
	out->allowed = calloc(peer->n_allowed ? peer->n_allowed : 1, sizeof(*out->allowed));
	if (*peer->endpoint)
		out->endpoint = strdup(peer->endpoint);
	if (!out->allowed || (*peer->endpoint && !out->endpoint))
		return -ENOMEM;
	for (i = 0; i < peer->n_allowed; i++)
		out->allowed[i] = (struct model_prefix){ peer->allowed[i].addr, peer->allowed[i].prefix };
	out->n_allowed = peer->n_allowed;
	return 0;
}

static int wg_read(const struct model *file, struct model *out)
{
	struct model_wg *wg = &out->wg;
	struct wg_device *dev;
	int err = wg_get(file->ifname, &dev);
	size_t i;

	if (err)
		return err;
	wg->has_listen_port = file->wg.has_listen_port;
	wg->listen_port = dev->listen_port;
	wg->fwmark = dev->fwmark;
	wg->has_private_key = *dev->key;
	memcpy(wg->private_key, dev->public_key, sizeof(wg->private_key));
	wg->peers = calloc(dev->n_peers ? dev->n_peers : 1, sizeof(*wg->peers));
	if (!wg->peers)
		err = -ENOMEM;
	for (i = 0; i < dev->n_peers && !err; i++) {
		wg->n_peers++;
		err = peer_read(&dev->peers[i], &wg->peers[i]);
	}
	wg_free(dev);
	return err ? err : addresses_read(file->ifname, &wg->addresses, &wg->n_addresses);
}

static int mtu_read(const struct model *file, struct model *out)
{
	struct link link;
	struct nl nl = { 0 };
	int err = nl_open(&nl, NETLINK_ROUTE);

	err = err ? err : link_get_name(&nl, file->ifname, &link);
	if (!err && file->wg.mtu)
		out->wg.mtu = link.mtu;
	nl_close(&nl);
	return err;
}

struct reading {
	const struct model *file;
	struct model *out;
};

static const struct model_vni *vni_in(const struct model *m, uint32_t vni)
{
	int i;

	for (i = 0; i < m->n_vnis; i++)
		if (m->vnis[i].vni == vni)
			return &m->vnis[i];
	return NULL;
}

static int vni_read(__u32 slot, const struct vtep_vni *vni, void *data)
{
	struct reading *r = data;
	const struct model_vni *wanted = vni_in(r->file, vni->vni);
	struct model_vni *v = model_add_vni(r->out);
	char bridge[IFNAMSIZ];

	(void)slot;
	if (!v)
		return -ENOMEM;
	v->vni = vni->vni;
	if (!if_indextoname(vni->vx_ifindex, v->device) || !(wanted && *wanted->device))
		*v->device = '\0';
	if (!if_indextoname(vni->br_ifindex, bridge))
		return 0;
	if (wanted && *wanted->bridge)
		strcpy(v->bridge, bridge);
	if (!wanted || !wanted->n_addresses)
		return 0;
	return addresses_read(bridge, &v->addresses, &v->n_addresses);
}

static int segments_read(const struct model *file, struct model *out)
{
	struct reading r = { file, out };
	struct instance in;
	int err = instance_open(file->ifname, &in);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = instance_each_vni(&in, vni_read, &r);
	instance_close(&in);
	return err;
}

int running_read(const struct model *file, struct model *out)
{
	int err;

	model_init(out);
	strcpy(out->ifname, file->ifname);
	err = mtu_read(file, out);
	if (!err && file->wg.given)
		err = wg_read(file, out);
	return err ? err : segments_read(file, out);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The WireGuard device as a network device. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "addr.h"
#include "daemon.h"
#include "endpoints.h"
#include "ifaddr.h"
#include "log.h"
#include "route.h"
#include "tunnel_link.h"

#define OVERHEAD	80		/* WireGuard over IPv6, as wg-quick counts for either */
#define MTU_MOST	1500

struct narrowest {
	struct daemon *d;
	uint32_t mtu;			/* 0: none yet */
};

static void take_way(struct narrowest *w, const struct vtep_addr *addr)
{
	uint32_t mtu;
	int oif;

	if (route_way(&w->d->nl, addr, w->d->tunnel.fwmark, &oif, &mtu) || !mtu || !oif || oif == w->d->wg.ifindex)
		return;
	if (!w->mtu || mtu < w->mtu)
		w->mtu = mtu;
}

uint32_t tunnel_mtu(struct daemon *d)
{
	/* Anywhere else, RFC 5737 and RFC 3849: the default route. */
	static const char *const elsewhere[] = { "198.51.100.1", "2001:db8::1" };
	struct narrowest w = { .d = d };
	struct vtep_addr addr;
	size_t i;

	if (d->model.wg.mtu)
		return d->model.wg.mtu;
	for (i = 0; i < d->model.wg.n_peers; i++)
		if (endpoints_address(d, i, &addr))
			take_way(&w, &addr);
	for (i = 0; i < 2 && !w.mtu; i++)
		if (!addr_parse(elsewhere[i], &addr))
			take_way(&w, &addr);
	if (!w.mtu)
		return MTU_MOST - OVERHEAD;
	return w.mtu > OVERHEAD ? w.mtu - OVERHEAD : w.mtu;
}

static bool has_link_local(struct daemon *d)
{
	struct ifaddr_entry *list = NULL;
	int i, n = ifaddr_list(&d->nl, d->wg.ifindex, &list);
	bool found = false;

	for (i = 0; i < n; i++)
		found |= list[i].link_local;
	free(list);
	return found;
}

/* By sysctl, which makes the address at once; rtnetlink would only note the mode for the next opening. */
void tunnel_link_local(struct daemon *d)
{
	char path[80];
	int fd;

	if (!d->wg.ours || !(d->wg.flags & IFF_UP) || has_link_local(d))
		return;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", d->wg.name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;			/* no IPv6 here */
	/* The kernel acts on a change only. */
	if (write(fd, "1", 1) != 1 || pwrite(fd, "0", 1, 0) != 1)
		log_info("%s: no IPv6 link-local address: %s", d->wg.name, strerror(errno));
	close(fd);
}

static int up_failed(const struct daemon *d, const char *what, int err)
{
	log_err("%s: cannot %s: %s%s%s", d->model.ifname, what, strerror(-err), *d->nl.error ? ": " : "", d->nl.error);
	if (err == -EADDRINUSE)
		log_hint("udp/%u is taken: ss -ulpn 'sport = %u'", d->model.wg.listen_port, d->model.wg.listen_port);
	else
		log_hint("ip -d link show dev %s", d->model.ifname);
	return err;
}

/* A device that stood keeps the MTU that it has, unless the file names one. */
int tunnel_up(struct daemon *d)
{
	uint32_t mtu = d->wg.ours || d->model.wg.mtu ? tunnel_mtu(d) : d->wg.mtu;
	int err = 0;

	if (mtu != d->wg.mtu)
		err = link_set_mtu(&d->nl, d->wg.ifindex, mtu);
	if (err)
		return up_failed(d, "set its MTU", err);
	err = link_set_up(&d->nl, d->wg.ifindex, true);
	if (err)
		return up_failed(d, "bring it up", err);
	err = link_get(&d->nl, d->wg.ifindex, &d->wg);
	if (!err)
		tunnel_link_local(d);
	return err;
}

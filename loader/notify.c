// SPDX-License-Identifier: GPL-2.0-only
/* Notifications. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include "daemon.h"
#include "mirror.h"
#include "neigh.h"
#include "notify.h"
#include "sync.h"

#define NOTIFY_BUFFER	(8 << 20)
#define NOTIFY_BUDGET	1024
#define NOTIFY_HANDFUL	16		/* messages for one system call */
#define NOTIFY_MESSAGE	32768		/* bytes of one at most; only what is used takes memory */

int notify_open(struct nl *events)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_BRVLAN, RTNLGRP_NEIGH, RTNLGRP_IPV4_ROUTE,
				      RTNLGRP_IPV4_RULE, RTNLGRP_IPV4_IFADDR };
	int size = NOTIFY_BUFFER, err = nl_open(events, NETLINK_ROUTE);
	size_t i;

	for (i = 0; !err && i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(events->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			err = -errno;
	}
	if (!err)
		setsockopt(mnl_socket_get_fd(events->sock), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return err;
}

/*
 * Configuration in a vxlan device's or bridge's FDB marks its segment. A dynamic entry that came is
 * BPF's own, mirrored; one that went was deleted by somebody.
 */
static void take_neigh(struct daemon *d, const struct nlmsghdr *nlh)
{
	struct segment *s;
	struct neigh n;

	if (neigh_parse(nlh, &n))
		return;
	s = n.master ? daemon_segment_of(d, n.master, n.vlan) : daemon_segment_by_ifindex(d, n.ifindex);
	if (!s)
		return;
	if (neigh_is_config(&n))
		s->dirty = true;
	else if (nlh->nlmsg_type == RTM_DELNEIGH)
		mirror_forget(d, s, &n);
	else if (sync_has_static(s, n.mac))
		s->dirty = true;	/* it was until now */
	else if (s->vlan && n.master)
		mirror_tagged(d, s, &n);
}

static void mark_segments(struct daemon *d)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		d->segments[i].dirty = true;
}

void notify_all(struct daemon *d)
{
	d->links_dirty = true;
	d->ways_dirty = true;
	mark_segments(d);
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	struct daemon *d = data;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_NEWVLAN:
	case RTM_DELVLAN:
		d->links_dirty = true;
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWADDR:
	case RTM_DELADDR:
		d->tunnel.routes_dirty = true;
		d->ways_dirty = true;
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		take_neigh(d, nlh);
		break;
	}
	return MNL_CB_OK;
}

/* As many as are there, up to a handful, in one go. Their number, or -errno. */
static int notify_take(struct daemon *d, int fd)
{
	static _Alignas(struct nlmsghdr) char bufs[NOTIFY_HANDFUL][NOTIFY_MESSAGE];
	struct mmsghdr msgs[NOTIFY_HANDFUL] = { 0 };
	struct iovec iov[NOTIFY_HANDFUL];
	int i, n;

	for (i = 0; i < NOTIFY_HANDFUL; i++) {
		iov[i] = (struct iovec){ bufs[i], sizeof(bufs[i]) };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, msgs, NOTIFY_HANDFUL, MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++)
		if (msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
			notify_all(d);
		else
			mnl_cb_run(bufs[i], msgs[i].msg_len, 0, 0, take, d);
	return n;
}

int notify_read(struct daemon *d, struct nl *events)
{
	int i, n, budget;

	/* Level-triggered: what is left is read next time, and signals are heard in between. */
	for (budget = NOTIFY_BUDGET; budget > 0; budget -= n) {
		n = notify_take(d, mnl_socket_get_fd(events->sock));
		if (n == -EAGAIN)
			mirror_heard(d);
		if (n == -EAGAIN || n == -EINTR)
			break;
		if (n < 0 && n != -ENOBUFS)
			return n;
		if (n < 0) {		/* some were lost: read everything again */
			notify_all(d);
			n = 1;
		}
	}
	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].dirty)
			return 1;
	return d->links_dirty || d->ways_dirty;
}

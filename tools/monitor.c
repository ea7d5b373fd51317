/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl monitor: the loop, its events, and VNIs that come and go. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>

#include "monitor.h"
#include "peer.h"
#include "verbs.h"

#define MONITOR_POLL	1000		/* ms between two looks at what nobody notifies of */
#define MONITOR_BUFFER	(8 << 20)	/* bytes of notifications that may wait */

void monitor_event(const struct monitor *m, const char *object, const char *event, enum color color,
		   json_t *fields, const char *fmt, ...)
{
	const struct options *opt = m->s->opt;
	struct timespec now;
	char stamp[64];
	struct tm local;
	json_t *all;
	va_list ap;

	clock_gettime(CLOCK_REALTIME, &now);
	if (opt->json) {
		all = json_pack("{ss ss sf ss}", "event", event, "object", object, "time",
				now.tv_sec + now.tv_nsec / 1e9, "interface", m->s->in.meta.ifname);
		json_object_update(all, fields);
		json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(13));
		json_decref(all);
	} else {
		if (opt->timestamp && localtime_r(&now.tv_sec, &local) &&
		    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &local))
			printf("[%s.%03ld] ", stamp, now.tv_nsec / 1000000);
		printf("%s%-8s%s ", color_on(opt, color), event, color_off(opt));
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
	}
	json_decref(fields);
	putchar('\n');
	fflush(stdout);
}

static void vni_event(const struct monitor *m, const struct session_vni *v, const char *event, enum color color)
{
	monitor_event(m, "vni", event, color,
		      json_pack("{si ss ss}", "vni", v->vni.vni, "ifname", v->vx, "master", v->br),
		      "vni %u dev %s%s%s", v->vni.vni, v->vx, *v->br ? " master " : "", v->br);
}

static const struct session_vni *vni_in(const struct session_vni *vnis, size_t n, __u32 vni)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (vnis[i].vni.vni == vni)
			return &vnis[i];
	return NULL;
}

/* 0, -ENOENT: the instance is gone, or another's by now; or -errno. */
static int vnis_poll(struct monitor *m)
{
	struct session_vni *before = m->s->vnis;
	size_t i, n = m->s->n_vnis;
	struct instance again;
	int err = instance_open(m->s->in.meta.ifname, &again);

	if (err)
		return err;
	instance_close(&again);
	err = session_vnis_read(m->s);
	if (err)
		return err;
	for (i = 0; i < n && m->vnis; i++)
		if (!session_vni(m->s, before[i].vni.vni))
			vni_event(m, &before[i], "gone", COLOR_RED);
	for (i = 0; i < m->s->n_vnis && m->vnis; i++)
		if (!vni_in(before, n, m->s->vnis[i].vni.vni))
			vni_event(m, &m->s->vnis[i], "new", COLOR_GREEN);
	free(before);
	return 0;
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	struct monitor *m = data;

	if (m->fdb && (nlh->nlmsg_type == RTM_NEWNEIGH || nlh->nlmsg_type == RTM_DELNEIGH))
		monitor_fdb_take(m, nlh);
	return MNL_CB_OK;
}

static int notifications_open(struct nl *events)
{
	int group = RTNLGRP_NEIGH, size = MONITOR_BUFFER, err = nl_open(events, NETLINK_ROUTE);

	if (!err && mnl_socket_setsockopt(events->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		err = -errno;
	if (!err)
		setsockopt(mnl_socket_get_fd(events->sock), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return err;
}

/* After a loss the tables are read again in silence: what happened meanwhile is not known. */
static int notifications_read(struct monitor *m, struct nl *events)
{
	ssize_t n = recv(mnl_socket_get_fd(events->sock), events->buf, sizeof(events->buf), MSG_DONTWAIT);

	if (n >= 0) {
		mnl_cb_run(events->buf, n, 0, 0, take, m);
		return 0;
	}
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (errno != ENOBUFS)
		return -errno;
	fputs("note: more changed than could be read; some events are missing\n", stderr);
	return m->fdb ? monitor_fdb_start(m) : 0;
}

static int polls(struct monitor *m)
{
	int err = vnis_poll(m);

	if (!err && m->fdb)
		err = monitor_held_poll(m, false);
	return err || !m->peers ? err : monitor_peers_poll(m, false);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int watch(struct monitor *m, struct nl *events)
{
	struct pollfd fd = { .fd = mnl_socket_get_fd(events->sock), .events = POLLIN };
	long next = now_ms() + MONITOR_POLL, left;
	int err = 0, settle = -1;

	while (!err) {
		left = next - now_ms();
		if (left <= 0) {
			err = polls(m);
			next = now_ms() + MONITOR_POLL;
			continue;
		}
		if (poll(&fd, 1, settle >= 0 && settle < left ? settle : left) < 0 && errno != EINTR)
			return -errno;
		if (fd.revents)
			err = notifications_read(m, events);
		settle = m->fdb ? monitor_fdb_settle(m) : -1;
	}
	return err;
}

static int monitor_run(struct session *s, bool fdb, bool peers, bool vnis)
{
	struct monitor m = { .s = s, .fdb = fdb, .peers = peers && s->wg, .vnis = vnis };
	struct nl *events = calloc(1, sizeof(*events));
	const char *ifname = s->in.meta.ifname;
	int err = events ? notifications_open(events) : -ENOMEM;

	if (!err && fdb)
		err = monitor_fdb_start(&m) ?: monitor_held_poll(&m, true);
	if (!err && peers)
		err = monitor_peers_poll(&m, true);
	if (!err)
		err = watch(&m, events);
	monitor_fdb_stop(&m);
	monitor_peers_stop(&m);
	if (events)
		nl_close(events);
	free(events);
	if (err != -ENOENT)
		return session_refused(s, err, "watch %s", ifname);
	error_say("the instance of %s is gone", ifname);
	error_hint("systemctl status vtepd@%s", ifname);
	return EXIT_NO_INSTANCE;
}

int monitor_all(struct session *s, const struct args *args)
{
	(void)args;
	return monitor_run(s, true, true, true);
}

int monitor_fdb(struct session *s, const struct args *args)
{
	(void)args;
	return monitor_run(s, true, false, false);
}

int monitor_peer(struct session *s, const struct args *args)
{
	int code = peer_check(s);

	(void)args;
	return code ? code : monitor_run(s, false, true, false);
}

int monitor_vni(struct session *s, const struct args *args)
{
	(void)args;
	return monitor_run(s, false, false, true);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and dumps of loader/nl.c where something goes wrong on the way: a dump that the kernel
 * calls inconsistent, one given up half-way, one refused. In a network namespace of its own (root).
 * The kernel says "interrupted" if a device comes or goes between two messages of a dump: here the
 * callback does it.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>

#include "expect.h"
#include "link.h"
#include "neigh.h"
#include "nl.h"

#define DEVICES	80			/* several messages of 32 KiB */

static struct nl nl, other;

struct walk {
	int seen;			/* answers since the last restart */
	int restarts;
	int disturb;			/* so many attempts are disturbed */
	int stop_at;			/* 0: never */
	int result;			/* then */
};

static int walk(const struct nlmsghdr *nlh, void *data)
{
	struct walk *w = data;
	int ifindex;

	(void)nlh;
	if (!w->seen++ && w->restarts < w->disturb) {
		if (!link_bridge_add(&other, "disturb", 0, &ifindex))
			link_del(&other, ifindex);
	}
	if (w->seen != w->stop_at)
		return MNL_CB_OK;
	errno = EXFULL;
	return w->result;
}

static void restart(void *data)
{
	struct walk *w = data;

	w->restarts++;
	w->seen = 0;
}

static int links(struct walk *w)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_GETLINK, 0);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return nl_dump(&nl, nlh, walk, w, restart);
}

static void test_restart(void)
{
	struct walk calm = { 0 }, some = { .disturb = 3 }, all = { .disturb = 1000 };

	expect(links(&calm), 0, "a dump in peace");
	tap_ok(calm.seen > DEVICES, "all devices: %d", calm.seen);
	expect(calm.restarts, 0, "no restart");
	expect(links(&some), 0, "a dump disturbed three times");
	expect(some.seen, calm.seen, "all devices once");
	expect(some.restarts, 3, "three restarts");
	expect(links(&all), -EAGAIN, "a dump disturbed for ever");
	expect(all.restarts, 8, "eight restarts");
}

static void test_abort(void)
{
	struct walk stop = { .stop_at = 2, .result = MNL_CB_STOP };
	struct walk error = { .stop_at = 2, .result = MNL_CB_ERROR };
	struct walk calm = { 0 };
	struct link link;

	expect(links(&stop), 0, "MNL_CB_STOP ends a dump without error");
	expect(stop.seen, 2, "at once");
	expect(links(&error), -EXFULL, "MNL_CB_ERROR ends it with errno");
	expect(error.seen, 2, "at once");
	expect(link_get_name(&nl, "lo", &link), 0, "the next request gets its own answer");
	expect(links(&calm), 0, "the next dump is not busy");
	tap_ok(calm.seen > DEVICES, "and complete");
}

static void test_refused(void)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_GETNEIGH, 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	struct walk w = { 0 };

	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_state = 1;
	expect(nl_dump(&nl, nlh, walk, &w, NULL), -EINVAL, "strict checks refuse a bad header");
	tap_ok(nl.error[0], "which the kernel explains: %s", nl.error);
	expect(w.seen, 0, "nothing handed out");
	nlh = nl_request(&nl, 0x3ff, 0);
	expect(nl_ack(&nl, nlh), -EOPNOTSUPP, "an unknown request");
	expect(links(&w), 0, "the next dump works");
	tap_ok(!nl.error[0], "and clears the text");
}

/* An answer that gets lost must not be mistaken for a later one's. */
static void test_stale(void)
{
	struct nlmsghdr *nlh = nl_request(&nl, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct link link;

	ifi->ifi_index = 99999;
	tap_ok(mnl_socket_sendto(nl.sock, nlh, nlh->nlmsg_len) > 0, "a request left unread");
	expect(link_get_name(&nl, "lo", &link), 0, "the next one isn't given its answer");
	expect(link.ifindex, 1, "but its own");
}

static void test_renew(void)
{
	struct timeval patience = { .tv_usec = 50000 };
	socklen_t len = sizeof(patience);
	struct nlmsghdr *nlh;
	struct link link;
	int ifindex = -1;

	setsockopt(mnl_socket_get_fd(nl.sock), SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	nlh = nl_request(&nl, RTM_GETLINK, 0);
	nlh->nlmsg_len = 8;		/* no message at all: the kernel is silent */
	expect(nl_ack(&nl, nlh), -EAGAIN, "a failed receive");
	getsockopt(mnl_socket_get_fd(nl.sock), SOL_SOCKET, SO_RCVTIMEO, &patience, &len);
	expect(patience.tv_usec, 0, "gets a new socket");
	expect(link_get_name(&nl, "lo", &link), 0, "that works");
	close(mnl_socket_get_fd(nl.sock));
	tap_ok(link_bridge_add(&nl, "nobody", 0, &ifindex) < 0, "a dead socket fails");
	expect(ifindex, -1, "and leaves the output alone");
}

int main(void)
{
	char name[IFNAMSIZ];
	int i, ifindex, failed = 0;

	if (unshare(CLONE_NEWNET) < 0)
		tap_skip_all("needs root");
	expect(nl_open(&nl, NETLINK_ROUTE), 0, "netlink socket");
	expect(nl_open(&other, NETLINK_ROUTE), 0, "another");
	for (i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "br%d", i);
		failed += !!link_bridge_add(&nl, name, 0, &ifindex);
	}
	expect(failed, 0, "%d devices", DEVICES);
	test_restart();
	test_abort();
	test_refused();
	test_stale();
	test_renew();
	nl_close(&nl);
	nl_close(&other);
	return tap_end();
}

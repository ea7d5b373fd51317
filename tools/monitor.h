/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl monitor: what changes, as it changes. Each source compares what it sees with what it saw,
 * and says the difference as events. Included by the files of monitor alone.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <jansson.h>
#include <time.h>
#include "neigh.h"
#include "session.h"

struct nlmsghdr;

struct monitor {
	struct session *s;
	bool fdb, peers, vnis;		/* what is watched */
	__u64 held;			/* as vtep_gauge: to see that there are new ones */
	__u32 held_at;			/* tick of the look at it */
	void *macs;			/* tsearch(3) tree of monitor_fdb.c */
	struct peer_seen *seen;		/* of monitor_peer.c */
	size_t n_seen;
};

/*
 * One line: "[time] EVENT  TEXT", or with -j an object of `fields`, which is taken, with "event",
 * "object" and "time" (seconds since 1970) put before.
 */
void monitor_event(const struct monitor *m, const char *object, const char *event, enum color color,
		   json_t *fields, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* The forwarding databases as they are: silent. 0 or -errno. */
int monitor_fdb_start(struct monitor *m);
/* A notification of a forwarding database. */
void monitor_fdb_take(struct monitor *m, const struct nlmsghdr *nlh);
/* Says what went and did not come back elsewhere; milliseconds until there is more to say, -1: nothing. */
int monitor_fdb_settle(struct monitor *m);
/* MACs held down since the last look, of which no notification tells. 0 or -errno. */
int monitor_held_poll(struct monitor *m, bool silent);
void monitor_fdb_stop(struct monitor *m);

/* WireGuard asked again: it notifies of nothing. The first time is silent. 0 or -errno. */
int monitor_peers_poll(struct monitor *m, bool silent);
void monitor_peers_stop(struct monitor *m);
#endif

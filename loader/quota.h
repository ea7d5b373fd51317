/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fair shares of the FDB, the daemon's half of bpf/quota.h: room for who has less than its share,
 * and counts that stay right. Included by mirror.c and sweep.c.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include <linux/types.h>
#include <vtep/abi.h>

struct daemon;
struct segment;

/*
 * A VTEP_EVENT_REFUSED: takes the oldest entries of the biggest holder out of the table that is full, and
 * learns the newcomer in its place. True: it is learned.
 */
bool quota_make_room(struct daemon *d, struct segment *s, const struct vtep_event *event);

/* A walk over the FDB that counts anew. One that could not be begun counts nothing. */
struct quota_count;
struct quota_count *quota_count_begin(const struct daemon *d);
void quota_count_one(struct quota_count *c, const struct daemon *d, const struct vtep_fdb_key *key,
		     const struct vtep_fdb *e);
void quota_count_drop(struct quota_count *c);
/* Mends what is certain to be wrong, and frees c. */
void quota_count_end(struct daemon *d, struct quota_count *c);
/* Says, once each, which port or VTEP has reached the limit that it was given. */
void quota_say(struct daemon *d);
#endif

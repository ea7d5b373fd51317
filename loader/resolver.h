/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names to addresses, without holding the daemon up: getaddrinfo() blocks, so that each name has a
 * thread of its own, which sends its answer over a socket. Included by endpoints.c and loop.c.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdint.h>
#include "wg.h"

#define RESOLVER_ADDRESSES	8

struct resolver {
	int ends[2];			/* [0] to be watched */
	unsigned int asked;		/* threads under way */
};

struct resolver_answer {
	uint64_t id;			/* as it was asked for */
	int error;			/* 0, or EAI_* of netdb.h */
	unsigned int n;			/* in the order of RFC 6724 */
	struct wg_endpoint at[RESOLVER_ADDRESSES];
};

int resolver_open(struct resolver *r);
/* Threads that are still under way end with the process. */
void resolver_close(struct resolver *r);
/* 0, -EAGAIN (too many under way: later) or another -errno. */
int resolver_ask(struct resolver *r, uint64_t id, const char *host, const char *port);
/* One answer. 0, or -EAGAIN: none is there. */
int resolver_read(struct resolver *r, struct resolver_answer *out);
/* Numeric host and port, at once. 0 or EAI_*. */
int resolver_numeric(const char *host, const char *port, struct wg_endpoint *out);
#endif

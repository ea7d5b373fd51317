/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink requests over libmnl: one request and its acknowledgement, or one dump. Included by the
 * files that speak rtnetlink or generic netlink; silent, errors go upward as -errno.
 */
#ifndef NL_H
#define NL_H

#include <stdint.h>
#include <libmnl/libmnl.h>

struct nl {
	struct mnl_socket *sock;
	unsigned int portid;
	uint32_t seq;
	uint32_t queued;		/* bytes of buf: requests that nobody has sent yet, see nl_queue */
	char buf[32768];		/* the request is built here, behind them; see nl_request */
	char error[160];		/* the kernel's extended ack of the last failure, or "" */
};

/*
 * bus: NETLINK_ROUTE or NETLINK_GENERIC. Extended acks, strict dump checks and a 1 MB receive
 * buffer on.
 */
int nl_open(struct nl *nl, int bus);
void nl_close(struct nl *nl);

/* A fresh header in nl->buf: type, NLM_F_REQUEST | flags, next sequence number. */
struct nlmsghdr *nl_request(struct nl *nl, uint16_t type, uint16_t flags);
/* Sends nlh and waits for its acknowledgement. 0 or -errno. */
int nl_ack(struct nl *nl, struct nlmsghdr *nlh);
/*
 * Keeps nlh to be sent in front of the next request, in one go with all that are kept: for many small
 * changes of which none needs an answer, since what fails is not told. At the latest by nl_flush(),
 * which is free when there are none.
 */
void nl_queue(struct nl *nl, const struct nlmsghdr *nlh);
void nl_flush(struct nl *nl);
/*
 * Sends nlh (NLM_F_ACK added) and hands each answer to cb(nlh, data) (MNL_CB_*; cb sets errno
 * before MNL_CB_ERROR, it becomes the result). What cb does not want to see is read all the same:
 * the socket stays usable.
 */
int nl_get(struct nl *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);
/*
 * Dump: nlh gets NLM_F_DUMP. When the kernel says that the dump was interrupted (NLM_F_DUMP_INTR)
 * restart(data) is called and the whole dump is repeated, up to 8 times, then -EAGAIN. restart may
 * be NULL.
 */
int nl_dump(struct nl *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data, void (*restart)(void *data));

/*
 * Attributes by type into tb[0…max], NULL where there is none; types above max are skipped.
 * least[type], if given, is the payload in bytes that an attribute must have. nl_attrs: of a
 * message, after `header` bytes. 0 or -EPROTO.
 */
int nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr *tb[],
	     const uint16_t least[], uint16_t max);
int nl_nested(const struct nlattr *nest, const struct nlattr *tb[], const uint16_t least[],
	      uint16_t max);
/*
 * For collecting: array of n entries, grown to hold one more (by doubling; only if it always grew
 * here). NULL: no memory, and the array stands.
 */
void *nl_room(void *array, size_t n, size_t size);
#endif

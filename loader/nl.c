/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink requests: send one, read until its acknowledgement or the end of the dump, parse
 * attributes. mnl_cb_run() is not used: it forgets the errno in NLMSG_DONE, the extended ack, and
 * whether a dump that it gave up is still running on the socket.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>

#include "nl.h"

#define NL_RCVBUF	(1 << 20)
#define NL_ANSWER	65536		/* dump messages are at most 32 KiB: netlink_recvmsg() */
#define NL_RESTARTS	8
#define NL_QUEUE	2048		/* bytes that may wait: some forty changes of an FDB */

/* What has been read of the answer to one request. */
struct answer {
	mnl_cb_t cb;
	void *data;
	int err;
	bool done;			/* acknowledgement or end of dump seen */
	bool silent;			/* cb wants no more; the rest is only drained */
	bool interrupted;		/* NLM_F_DUMP_INTR seen */
};

static int nl_attr_table(const void *start, size_t size, const struct nlattr *tb[],
			 const uint16_t least[], uint16_t max)
{
	const char *end = (const char *)start + size;
	const struct nlattr *attr = start;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; mnl_attr_ok(attr, end - (const char *)attr); attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type > max)
			continue;
		if (least && mnl_attr_get_payload_len(attr) < least[type])
			return -EPROTO;
		tb[type] = attr;
	}
	return (const char *)attr < end ? -EPROTO : 0;
}

int nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr *tb[],
	     const uint16_t least[], uint16_t max)
{
	header = MNL_ALIGN(header);
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN || mnl_nlmsg_get_payload_len(nlh) < header)
		return -EPROTO;
	return nl_attr_table(mnl_nlmsg_get_payload_offset(nlh, header),
			     mnl_nlmsg_get_payload_len(nlh) - header, tb, least, max);
}

int nl_nested(const struct nlattr *nest, const struct nlattr *tb[], const uint16_t least[],
	      uint16_t max)
{
	return nl_attr_table(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), tb,
			     least, max);
}

void *nl_room(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

static int nl_setup(struct mnl_socket *sock)
{
	static const int options[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK };
	int fd = mnl_socket_get_fd(sock);
	int rcvbuf = NL_RCVBUF;
	int on = 1;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (mnl_socket_setsockopt(sock, options[i], &on, sizeof(on)) < 0)
			return -errno;
	/* Without CAP_NET_ADMIN only up to net.core.rmem_max: good enough for reading. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	return mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
}

int nl_open(struct nl *nl, int bus)
{
	struct mnl_socket *sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int err;

	if (!sock)
		return -errno;
	err = nl_setup(sock);
	if (err) {
		mnl_socket_close(sock);
		return err;
	}
	/* The buffer, too: libmnl before 1.0.5 leaves the padding of attributes as it was. */
	memset(nl, 0, sizeof(*nl));
	nl->sock = sock;
	nl->portid = mnl_socket_get_portid(sock);
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/*
 * After a failed receive the socket may hold unread answers, or a dump that the kernel goes on
 * with (the next one would get -EBUSY): start with a new one. If that fails too, requests get
 * -EBADF.
 */
static void nl_renew(struct nl *nl)
{
	socklen_t len = sizeof(int);
	int bus;

	if (getsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_PROTOCOL, &bus, &len) < 0)
		bus = -1;
	nl_close(nl);
	nl_open(nl, bus);
}

struct nlmsghdr *nl_request(struct nl *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->buf + nl->queued);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->seq;
	return nlh;
}

static int nl_send(struct nl *nl, const struct nlmsghdr *nlh)
{
	const char *first = (const char *)nlh - nl->queued;
	size_t len = nl->queued + nlh->nlmsg_len;
	ssize_t n;

	nl->queued = 0;
	if (!nl->sock)
		return -EBADF;
	do {
		n = mnl_socket_sendto(nl->sock, first, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* One datagram of the kernel (port 0; other processes can send, too). Its length or -errno. */
static ssize_t nl_receive(struct nl *nl, void *buf, size_t size)
{
	int fd = mnl_socket_get_fd(nl->sock);
	struct sockaddr_nl from = { 0 };
	socklen_t len;
	ssize_t n;

	do {
		len = sizeof(from);
		n = recvfrom(fd, buf, size, MSG_TRUNC, (struct sockaddr *)&from, &len);
	} while (n < 0 ? errno == EINTR : from.nl_pid != 0);
	if (n < 0)
		return -errno;
	return (size_t)n > size ? -EMSGSIZE : n;
}

/* The end of an answer: err, and the words for it in the attributes after `header` bytes. */
static void nl_end(struct nl *nl, const struct nlmsghdr *nlh, size_t header, int err,
		   struct answer *answer)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MSG + 1];
	const struct nlattr *text;

	answer->done = true;
	if (err >= 0 || answer->err)
		return;
	answer->err = err;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nl_attrs(nlh, header, tb, NULL, NLMSGERR_ATTR_MSG))
		return;
	text = tb[NLMSGERR_ATTR_MSG];
	if (text)
		snprintf(nl->error, sizeof(nl->error), "%.*s", mnl_attr_get_payload_len(text),
			 mnl_attr_get_str(text));
}

static void nl_message(struct nl *nl, const struct nlmsghdr *nlh, struct answer *answer)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t header = sizeof(*ack);

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_DONE) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(int))
			nl_end(nl, nlh, 0, 0, answer);
		else
			nl_end(nl, nlh, sizeof(int), *(const int *)ack, answer);
	} else if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(nlh) < header) {
			nl_end(nl, nlh, 0, -EPROTO, answer);
			return;
		}
		/* An uncapped one repeats the whole request in front of the attributes. */
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			header += ack->msg.nlmsg_len - MNL_NLMSG_HDRLEN;
		nl_end(nl, nlh, header, ack->error, answer);
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && !answer->silent && answer->cb) {
		int ret;

		errno = 0;
		ret = answer->cb(nlh, answer->data);
		answer->silent = ret <= MNL_CB_STOP;
		if (ret < MNL_CB_STOP)
			answer->err = errno ? -errno : -EPROTO;
	}
}

static int nl_exchange(struct nl *nl, const struct nlmsghdr *request, struct answer *answer)
{
	_Alignas(struct nlmsghdr) char buf[NL_ANSWER];
	ssize_t used = 0;
	int err;

	nl->error[0] = '\0';
	err = nl_send(nl, request);
	if (err)
		return err;
	while (!answer->done) {
		ssize_t n = nl_receive(nl, buf, sizeof(buf));
		const struct nlmsghdr *nlh = (const void *)buf;
		int left = n;

		if (n < 0) {
			answer->err = n;
			nl_renew(nl);
			break;
		}
		used = n > used ? n : used;
		for (; !answer->done && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_seq == request->nlmsg_seq && nlh->nlmsg_pid == nl->portid)
				nl_message(nl, nlh, answer);
	}
	/* WireGuard's answers carry keys. */
	explicit_bzero(buf, used);
	return answer->err;
}

int nl_ack(struct nl *nl, struct nlmsghdr *nlh)
{
	return nl_get(nl, nlh, NULL, NULL);
}

int nl_get(struct nl *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	struct answer answer = { .cb = cb, .data = data };

	nlh->nlmsg_flags |= NLM_F_ACK;
	return nl_exchange(nl, nlh, &answer);
}

void nl_queue(struct nl *nl, const struct nlmsghdr *nlh)
{
	nl->queued += NLMSG_ALIGN(nlh->nlmsg_len);
	if (nl->queued > NL_QUEUE)
		nl_flush(nl);
}

/* netlink_rcv_skb() acknowledges a message of no type like any other, and does nothing for it. */
void nl_flush(struct nl *nl)
{
	if (nl->queued)
		nl_ack(nl, nl_request(nl, NLMSG_NOOP, 0));
}

int nl_dump(struct nl *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data,
	    void (*restart)(void *data))
{
	int repeats;

	nlh->nlmsg_flags |= NLM_F_DUMP;
	for (repeats = 0; repeats <= NL_RESTARTS; repeats++) {
		struct answer answer = { .cb = cb, .data = data };
		int err;

		if (repeats) {
			if (restart)
				restart(data);
			nlh->nlmsg_seq = ++nl->seq;
		}
		err = nl_exchange(nl, nlh, &answer);
		if (err || !answer.interrupted)
			return err;
	}
	return -EAGAIN;
}

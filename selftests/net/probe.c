// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams as QUIC and others send them: never fragmented, or segmented by the kernel.
 *
 * usage: probe pmtu ADDRESS PORT SIZE          a datagram of SIZE bytes of IP, with DF
 *        probe uso ADDRESS PORT SEGMENT COUNT  one write of COUNT segments of SEGMENT bytes (UDP_SEGMENT)
 *        probe count PORT SEGMENT COUNT        receives those: prints "ready", then what came
 *
 * pmtu waits for the answer that it is too large, and prints what the kernel has learned from it: a JSON
 * object with "error" (of the socket, 0: none came), "told" (the MTU in the answer) and "mtu" (IP_MTU,
 * IPV6_MTU, as the program that sent would ask for it).
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT	3000		/* ms */
#define MOST	65535

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static unsigned char data[MOST];

static int connected(const char *address, const char *port, int *family)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(port)) };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	bool ip6 = inet_pton(AF_INET6, address, &to6.sin6_addr) == 1;
	int fd;

	if (!ip6 && inet_pton(AF_INET, address, &to4.sin_addr) != 1)
		errx(1, "%s: not an address", address);
	*family = ip6 ? AF_INET6 : AF_INET;
	fd = socket(*family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, ip6 ? (void *)&to6 : (void *)&to4, ip6 ? sizeof(to6) : sizeof(to4)))
		err(2, "%s port %s", address, port);
	return fd;
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(2, "socket option %d of %d", name, level);
}

/* The error that an answer has left, and the MTU in it. */
static int error_read(int fd, unsigned int *told)
{
	char control[512];
	struct iovec part = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return 0;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *e = (void *)CMSG_DATA(c);

		if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			*told = e->ee_info;
			return e->ee_errno;
		}
	}
	return 0;
}

static int pmtu(char **argv)
{
	int family, fd = connected(argv[0], argv[1], &family), error = 0, mtu = 0;
	bool ip6 = family == AF_INET6;
	size_t size = atoi(argv[2]) - (ip6 ? 48 : 28);
	struct pollfd p = { .fd = fd };
	socklen_t len = sizeof(mtu);
	unsigned int told = 0;

	if (ip6) {
		option(fd, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
		option(fd, SOL_IPV6, IPV6_DONTFRAG, 1);
		option(fd, SOL_IPV6, IPV6_RECVERR, 1);
	} else {
		option(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
		option(fd, SOL_IP, IP_RECVERR, 1);
	}
	if (send(fd, data, size, 0) != (ssize_t)size)
		err(2, "send");
	if (poll(&p, 1, WAIT) == 1)
		error = error_read(fd, &told);
	if (getsockopt(fd, ip6 ? SOL_IPV6 : SOL_IP, ip6 ? IPV6_MTU : IP_MTU, &mtu, &len))
		err(2, "MTU");
	printf("{\"error\":%d,\"told\":%u,\"mtu\":%d}\n", error, told, mtu);
	return 0;
}

/* Segments that differ, so that none is taken for another. */
static void segments_make(size_t segment, size_t count)
{
	if (segment * count > sizeof(data))
		errx(1, "more than %zu bytes", sizeof(data));
	for (size_t i = 0; i < segment * count; i++)
		data[i] = i * 31 + i / segment;
}

static int uso(char **argv)
{
	size_t segment = atoi(argv[2]), count = atoi(argv[3]);
	int family, fd = connected(argv[0], argv[1], &family);

	segments_make(segment, count);
	option(fd, SOL_UDP, UDP_SEGMENT, segment);
	if (send(fd, data, segment * count, 0) != (ssize_t)(segment * count))
		err(2, "send");
	return 0;
}

static int count(char **argv)
{
	static unsigned char got[MOST];
	size_t segment = atoi(argv[1]), want = atoi(argv[2]), right = 0, wrong = 0;
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(argv[0])) };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	segments_make(segment, want);
	if (fd < 0 || bind(fd, (void *)&at, sizeof(at)))
		err(2, "port %s", argv[0]);
	option(fd, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20);
	puts("ready");
	fflush(stdout);
	while (right + wrong < want && poll(&p, 1, WAIT) == 1) {
		ssize_t n = recv(fd, got, sizeof(got), 0);
		bool found = false;

		for (size_t i = 0; i < want && !found; i++)
			found = n == (ssize_t)segment && !memcmp(got, data + i * segment, segment);
		right += found;
		wrong += !found;
	}
	printf("%zu right, %zu wrong\n", right, wrong);
	return right == want ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "pmtu"))
		return pmtu(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "uso"))
		return uso(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "count"))
		return count(argv + 2);
	errx(1, "usage: probe pmtu ADDRESS PORT SIZE | uso ADDRESS PORT SEGMENT COUNT | count PORT SEGMENT COUNT");
}

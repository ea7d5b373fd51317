// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic in a closed loop between two network namespaces, for a guest whose clock counts
 * instructions: the next packet leaves because one has arrived, so that the CPU never
 * idles and elapsed time is work done. One process holds sockets in both.
 *
 * usage: flow udp|ping|rr|bulk FROM TO ADDRESS COUNT [N]
 *
 *   udp   COUNT datagrams of 22 bytes (frames of 64), N (64) in flight
 *   ping  COUNT echo requests of 64 bytes
 *   rr    COUNT requests and responses of one byte over TCP
 *   bulk  COUNT bytes over N (1) TCP streams
 *
 * A tenth of it comes before, unmeasured. Prints nanoseconds per packet, round trip or
 * byte. What is lost or late ends it with status 3: such a run has no figure.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT		7000
#define WINDOW_MAX	512
#define STREAMS_MAX	64
#define LOST		3
#define PATIENCE_SEC	3

struct flow {
	const char *from, *to;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	unsigned long count;
	unsigned int n;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Milliseconds without work so far, of all CPUs: should not grow during a run. */
static double idle_ms(void)
{
	double up, idle = 0;
	FILE *f = fopen("/proc/uptime", "r");

	if (!f || fscanf(f, "%lf %lf", &up, &idle) != 2)
		err(2, "/proc/uptime");
	fclose(f);
	return idle * 1000;
}

static void report(double start, double idle, double each)
{
	double ns = now() - start;

	idle = idle_ms() - idle;
	if (idle * 1e6 > ns / 50 + 2e7)
		warnx("idle for %.0f of %.0f ms", idle, ns / 1e6);
	printf("%.*f\n", each > 1e6 ? 4 : 1, ns / each);
}

/* Sends a window whole before anybody works on it, and takes an answer when it comes. */
static void realtime(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		err(2, "SCHED_FIFO");
}

static int netns_socket(const char *name, int family, int type, int proto)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SEC };
	char path[256];
	int fd, one = 1;

	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "namespace %s", path);
	close(fd);
	fd = socket(family, type, proto);
	if (fd < 0)
		err(2, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	return fd;
}

static void port_set(struct sockaddr_storage *addr, int port)
{
	((struct sockaddr_in *)addr)->sin_port = htons(port); /* at the same place in both */
}

static int listener(const struct flow *f, int type, int port)
{
	struct sockaddr_storage addr = f->addr;
	int one = 1, size = 4 << 20, fd = netns_socket(f->to, addr.ss_family, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	port_set(&addr, port);
	if (bind(fd, (void *)&addr, f->addr_len))
		err(2, "bind");
	if (type == SOCK_STREAM && listen(fd, STREAMS_MAX))
		err(2, "listen");
	return fd;
}

static int connected(const struct flow *f, int type, int port)
{
	struct sockaddr_storage addr = f->addr;
	int size = 4 << 20, fd = netns_socket(f->from, addr.ss_family, type, 0);

	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	port_set(&addr, port);
	if (connect(fd, (void *)&addr, f->addr_len)) {
		warn("connect");
		exit(LOST);
	}
	return fd;
}

static void batch(struct mmsghdr *msgs, struct iovec *iov, char (*data)[22])
{
	memset(msgs, 0, WINDOW_MAX * sizeof(*msgs));
	for (int i = 0; i < WINDOW_MAX; i++) {
		iov[i] = (struct iovec){ data[i], sizeof(data[i]) };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/*
 * The last of a window goes to a port of its own, for which we sleep: one wake-up per
 * window.
 */
static void udp_windows(const struct flow *f, const int out[2], const int in[2], unsigned long windows)
{
	static struct mmsghdr msgs[WINDOW_MAX];
	static struct iovec iov[WINDOW_MAX];
	static char data[WINDOW_MAX][22];
	int most = f->n - 1;

	batch(msgs, iov, data);
	while (windows--) {
		if ((most && sendmmsg(out[0], msgs, most, 0) != most) || send(out[1], data, sizeof(*data), 0) < 0)
			err(2, "send");
		if (recv(in[1], data, sizeof(*data), 0) < 0) {
			warnx("the last of a window was lost, %lu windows to go", windows);
			exit(LOST);
		}
		if (most && recvmmsg(in[0], msgs, most, MSG_DONTWAIT, NULL) != most) {
			warnx("some of a window lost or late, %lu windows to go", windows);
			exit(LOST);
		}
	}
}

static void udp(const struct flow *f)
{
	unsigned long windows = f->count / f->n;
	double start, idle;
	int in[2], out[2];

	realtime();
	for (int i = 0; i < 2; i++) {
		in[i] = listener(f, SOCK_DGRAM, PORT + i);
		out[i] = connected(f, SOCK_DGRAM, PORT + i);
	}
	udp_windows(f, out, in, windows / 10 + 1);
	start = now();
	idle = idle_ms();
	udp_windows(f, out, in, windows);
	report(start, idle, windows * f->n);
}

static void ping_times(const struct flow *f, int fd, unsigned long count)
{
	bool v6 = f->addr.ss_family == AF_INET6;
	char request[64] = {}, reply[256];

	request[0] = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	while (count--) {
		if (send(fd, request, sizeof(request), 0) < 0)
			err(2, "send");
		if (recv(fd, reply, sizeof(reply), 0) < 0) {
			warnx("no reply, %lu to go", count);
			exit(LOST);
		}
	}
}

static void ping(const struct flow *f)
{
	bool v6 = f->addr.ss_family == AF_INET6;
	int fd = netns_socket(f->from, f->addr.ss_family, SOCK_DGRAM, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	double start, idle;

	if (connect(fd, (void *)&f->addr, f->addr_len))
		err(2, "connect");
	realtime();
	ping_times(f, fd, f->count / 10 + 1);
	start = now();
	idle = idle_ms();
	ping_times(f, fd, f->count);
	report(start, idle, f->count);
}

static void rr_times(int a, int b, unsigned long count)
{
	char byte = 0;

	while (count--)
		if (write(a, &byte, 1) != 1 || read(b, &byte, 1) != 1 || write(b, &byte, 1) != 1 ||
		    read(a, &byte, 1) != 1) {
			warnx("request or response lost, %lu to go", count);
			exit(LOST);
		}
}

static void rr(const struct flow *f)
{
	int l = listener(f, SOCK_STREAM, PORT), a = connected(f, SOCK_STREAM, PORT), one = 1;
	int b = accept(l, NULL, NULL);
	double start, idle;

	setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	realtime();
	rr_times(a, b, f->count / 10 + 1);
	start = now();
	idle = idle_ms();
	rr_times(a, b, f->count);
	report(start, idle, f->count);
}

static void bulk_send(const int *fds, unsigned int n)
{
	static char data[128 << 10];
	struct pollfd poll_fds[STREAMS_MAX];

	for (unsigned int i = 0; i < n; i++) {
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
		poll_fds[i] = (struct pollfd){ .fd = fds[i], .events = POLLOUT };
	}
	while (poll(poll_fds, n, -1) > 0)
		for (unsigned int i = 0; i < n; i++)
			if (poll_fds[i].revents && write(fds[i], data, sizeof(data)) < 0)
				exit(0); /* the receiver has had enough */
}

static void bulk_receive(const int *fds, unsigned int n, unsigned long bytes)
{
	static char data[256 << 10];
	struct pollfd poll_fds[STREAMS_MAX];

	for (unsigned int i = 0; i < n; i++)
		poll_fds[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	while (bytes) {
		if (poll(poll_fds, n, PATIENCE_SEC * 1000) <= 0) {
			warnx("the stream stalled, %lu bytes to go", bytes);
			exit(LOST);
		}
		for (unsigned int i = 0; i < n; i++) {
			ssize_t len = poll_fds[i].revents ? recv(fds[i], data, sizeof(data), MSG_DONTWAIT) : 0;

			if (len > 0)
				bytes -= (unsigned long)len < bytes ? (unsigned long)len : bytes;
		}
	}
}

static void bulk(const struct flow *f)
{
	int l = listener(f, SOCK_STREAM, PORT), a[STREAMS_MAX], b[STREAMS_MAX];
	double start, idle;
	pid_t sender;

	for (unsigned int i = 0; i < f->n; i++) {
		a[i] = connected(f, SOCK_STREAM, PORT);
		b[i] = accept(l, NULL, NULL);
	}
	sender = fork();
	if (sender < 0)
		err(2, "fork");
	for (unsigned int i = 0; i < f->n; i++)
		close(sender ? a[i] : b[i]);
	if (!sender)
		bulk_send(a, f->n);
	bulk_receive(b, f->n, f->count / 10);
	start = now();
	idle = idle_ms();
	bulk_receive(b, f->n, f->count);
	report(start, idle, f->count);
	for (unsigned int i = 0; i < f->n; i++)
		close(b[i]);
	waitpid(sender, NULL, 0);
}

static bool address_parse(struct flow *f, const char *text)
{
	struct sockaddr_in6 *v6 = (void *)&f->addr;
	struct sockaddr_in *v4 = (void *)&f->addr;

	f->addr.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	f->addr_len = f->addr.ss_family == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
	return inet_pton(f->addr.ss_family, text,
			 f->addr.ss_family == AF_INET6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const struct flow *f);
		unsigned int n, n_max;
	} modes[] = { { "udp", udp, 64, WINDOW_MAX }, { "ping", ping, 1, 1 }, { "rr", rr, 1, 1 },
		      { "bulk", bulk, 1, STREAMS_MAX } };
	struct flow f = {};

	if (argc < 6 || argc > 7 || !address_parse(&f, argv[4]))
		errx(1, "usage: flow udp|ping|rr|bulk FROM TO ADDRESS COUNT [N]");
	f.from = argv[2];
	f.to = argv[3];
	f.count = strtoul(argv[5], NULL, 10);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		f.n = argc > 6 ? strtoul(argv[6], NULL, 10) : modes[i].n;
		if (!f.n || f.n > modes[i].n_max || f.count < f.n)
			errx(1, "%s: from 1 to %u, and at least as many in all", modes[i].name, modes[i].n_max);
		modes[i].run(&f);
		return 0;
	}
	errx(1, "%s: not udp, ping, rr or bulk", argv[1]);
}

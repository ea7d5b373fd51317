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
 * FLOW_PAD in the environment makes each udp, ping and rr message that many bytes longer.
 *
 * A tenth of it comes before, unmeasured. Prints nanoseconds per packet, round trip (the
 * cheapest of eight parts) or byte. What is lost or late ends it with status 3: such a run has no figure.
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
#define PARTS		8
#define UDP_PAYLOAD	22	/* Ethernet, IPv4 and UDP headers: 64 */
#define PING_PAYLOAD	64	/* of ping -s 56 */
#define PAYLOAD_MAX	512

struct flow {
	const char *from, *to;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	unsigned long count;
	unsigned int n, pad;
};

struct ends {
	int from[2], to[2];
};

/* Does `count`, a multiple of n. Ends the process if anything is lost. */
typedef void part_fn(const struct flow *f, const struct ends *e, unsigned long count);

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

static void idle_judge(double idle, double ns)
{
	if (idle * 1e6 > ns / 50 + 1e8)
		warnx("idle for %.0f of %.0f ms", idle, ns / 1e6);
}

static void lost(const char *what, unsigned long left)
{
	warnx("lost: %s, %lu to go", what, left);
	exit(LOST);
}

/* Sends a window whole before anybody works on it, and takes an answer when it comes. */
static void realtime(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		err(2, "SCHED_FIFO");
}

/*
 * The cheapest of some parts: who preempts whom settles into a pattern that may last for
 * a whole run. A pause of another length before each part lets it settle anew.
 */
static void cheapest(const struct flow *f, const struct ends *e, part_fn *part)
{
	unsigned long count = f->count / PARTS / f->n * f->n;
	double start, ns, idle = 0, least = 0, all = 0;

	realtime();
	part(f, e, f->count / 10 / f->n * f->n + f->n);
	for (int i = 0; i < PARTS; i++) {
		usleep(1700 * (i + 1));
		idle -= idle_ms();
		start = now();
		part(f, e, count);
		ns = now() - start;
		idle += idle_ms();
		all += ns;
		if (!i || ns < least)
			least = ns;
	}
	idle_judge(idle, all);
	printf("%.1f\n", least / count);
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
		lost("connection", f->count);
	}
	return fd;
}

static void batch(struct mmsghdr *msgs, struct iovec *iov, char (*data)[PAYLOAD_MAX], size_t size)
{
	memset(msgs, 0, WINDOW_MAX * sizeof(*msgs));
	for (int i = 0; i < WINDOW_MAX; i++) {
		iov[i] = (struct iovec){ data[i], size };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/*
 * The last of a window goes to a port of its own, for which we sleep: one wake-up per
 * window.
 */
static void udp_part(const struct flow *f, const struct ends *e, unsigned long count)
{
	static struct mmsghdr msgs[WINDOW_MAX];
	static struct iovec iov[WINDOW_MAX];
	static char data[WINDOW_MAX][PAYLOAD_MAX];
	size_t size = UDP_PAYLOAD + f->pad;
	int most = f->n - 1;

	batch(msgs, iov, data, size);
	for (; count; count -= f->n) {
		if ((most && sendmmsg(e->from[0], msgs, most, 0) != most) ||
		    send(e->from[1], data, size, 0) < 0)
			err(2, "send");
		if (recv(e->to[1], data, size, 0) < 0)
			lost("the last of a window", count);
		if (most && recvmmsg(e->to[0], msgs, most, MSG_DONTWAIT, NULL) != most)
			lost("some of a window, or it was late", count);
	}
}

static void udp(const struct flow *f)
{
	struct ends e;

	for (int i = 0; i < 2; i++) {
		e.to[i] = listener(f, SOCK_DGRAM, PORT + i);
		e.from[i] = connected(f, SOCK_DGRAM, PORT + i);
	}
	cheapest(f, &e, udp_part);
}

static void ping_part(const struct flow *f, const struct ends *e, unsigned long count)
{
	char request[PAYLOAD_MAX] = {}, reply[PAYLOAD_MAX];
	size_t size = PING_PAYLOAD + f->pad;

	request[0] = f->addr.ss_family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	for (; count; count--) {
		if (send(e->from[0], request, size, 0) < 0)
			err(2, "send");
		if (recv(e->from[0], reply, sizeof(reply), 0) < 0)
			lost("a reply", count);
	}
}

static void ping(const struct flow *f)
{
	int proto = f->addr.ss_family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	struct ends e = { .from = { netns_socket(f->from, f->addr.ss_family, SOCK_DGRAM, proto) } };

	if (connect(e.from[0], (void *)&f->addr, f->addr_len))
		err(2, "connect");
	cheapest(f, &e, ping_part);
}

static void rr_part(const struct flow *f, const struct ends *e, unsigned long count)
{
	int a = e->from[0], b = e->to[0];
	ssize_t size = 1 + f->pad;
	char data[PAYLOAD_MAX] = {};

	for (; count; count--)
		if (write(a, data, size) != size || read(b, data, size) != size ||
		    write(b, data, size) != size || read(a, data, size) != size)
			lost("a request or response", count);
}

static void rr(const struct flow *f)
{
	int l = listener(f, SOCK_STREAM, PORT), one = 1;
	struct ends e = { .from = { connected(f, SOCK_STREAM, PORT) } };

	e.to[0] = accept(l, NULL, NULL);
	setsockopt(e.from[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(e.to[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	cheapest(f, &e, rr_part);
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
			lost("a stream stalled", bytes);
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
	idle = idle_ms();
	start = now();
	bulk_receive(b, f->n, f->count);
	start = now() - start;
	idle_judge(idle_ms() - idle, start);
	printf("%.4f\n", start / f->count);
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
	const char *pad = getenv("FLOW_PAD");
	struct flow f = {};

	if (argc < 6 || argc > 7 || !address_parse(&f, argv[4]))
		errx(1, "usage: flow udp|ping|rr|bulk FROM TO ADDRESS COUNT [N]");
	f.from = argv[2];
	f.to = argv[3];
	f.count = strtoul(argv[5], NULL, 10);
	if (pad)
		f.pad = strtoul(pad, NULL, 10);
	if (f.pad > PAYLOAD_MAX - PING_PAYLOAD)
		errx(1, "FLOW_PAD: up to %d", PAYLOAD_MAX - PING_PAYLOAD);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		f.n = argc > 6 ? strtoul(argv[6], NULL, 10) : modes[i].n;
		if (!f.n || f.n > modes[i].n_max || f.count / PARTS < f.n)
			errx(1, "%s: N from 1 to %u, COUNT at least eight times that", modes[i].name, modes[i].n_max);
		modes[i].run(&f);
		return 0;
	}
	errx(1, "%s: not udp, ping, rr or bulk", argv[1]);
}

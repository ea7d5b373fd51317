/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What flow.c and stream.c share: two network namespaces, sockets in both, and a clock that
 * counts instructions. Each is included by one file alone, so everything is static.
 */
#ifndef BENCH_SOCKET_H
#define BENCH_SOCKET_H

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PORT		7000
#define STREAMS_MAX	64
#define LOST		3
#define PATIENCE_SEC	3

struct flow {
	const char *from, *to;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	unsigned long count;
	unsigned int n, pad;
};

struct mode {
	const char *name;
	void (*run)(const struct flow *f);
	unsigned int n, n_max;	/* by default and at most */
};

static void lost(const char *what, unsigned long left)
{
	warnx("lost: %s, %lu to go", what, left);
	exit(LOST);
}

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

static bool address_parse(struct flow *f, const char *text)
{
	struct sockaddr_in6 *v6 = (void *)&f->addr;
	struct sockaddr_in *v4 = (void *)&f->addr;

	f->addr.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	f->addr_len = f->addr.ss_family == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
	return inet_pton(f->addr.ss_family, text,
			 f->addr.ss_family == AF_INET6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

/* Runs what the command line says: MODE FROM TO ADDRESS COUNT [N]; `least` is of COUNT, per N. */
static int flow_main(int argc, char **argv, const struct mode *modes, unsigned long least)
{
	const char *pad = getenv("FLOW_PAD");
	struct flow f = {};

	if (argc < 6 || argc > 7 || !address_parse(&f, argv[4]))
		errx(1, "usage: %s MODE FROM TO ADDRESS COUNT [N]", argv[0]);
	f.from = argv[2];
	f.to = argv[3];
	f.count = strtoul(argv[5], NULL, 10);
	if (pad)
		f.pad = strtoul(pad, NULL, 10);
	for (; modes->name; modes++) {
		if (strcmp(argv[1], modes->name))
			continue;
		f.n = argc > 6 ? strtoul(argv[6], NULL, 10) : modes->n;
		if (!f.n || f.n > modes->n_max || f.count / least < f.n)
			errx(1, "%s: N from 1 to %u, COUNT at least %lu times that", modes->name,
			     modes->n_max, least);
		modes->run(&f);
		return 0;
	}
	errx(1, "%s: no such mode", argv[1]);
}

#endif

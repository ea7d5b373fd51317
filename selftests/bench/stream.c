// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP between two network namespaces, for a guest whose clock counts instructions: as much
 * as goes, so that the CPU never idles and elapsed time is work done.
 *
 * usage: stream bulk|mixed FROM TO ADDRESS COUNT [N]
 *
 *   bulk   COUNT bytes over N (1) connections: prints nanoseconds per byte
 *   mixed  the same, and beside it one byte there and one back, over and over: prints
 *          nanoseconds per round trip too
 *
 * In five rounds, each with connections of its own and some bytes unmeasured to begin with: who
 * preempts whom settles into another pattern each time. The figure is the median of the rounds.
 * Several streams share a window that a tap's queue of 500 packets holds: what it drops else
 * is a matter of luck, and of who waits for the only CPU.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "socket.h"

#define ROUNDS	5
#define WINDOW	(512 << 10)

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

static pid_t forked(void)
{
	pid_t child = fork();

	if (child < 0)
		err(2, "fork");
	return child;
}

/* Ends when the bulk's receiver does. */
static pid_t talk_start(const struct flow *f, volatile unsigned long *trips)
{
	int l = listener(f, SOCK_STREAM, PORT + 1), one = 1;
	int a = connected(f, SOCK_STREAM, PORT + 1), b = accept(l, NULL, NULL);
	pid_t child = forked();
	char data;

	setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (!child) {
		if (write(a, "", 1) != 1 || read(b, &data, 1) != 1 || write(b, "", 1) != 1 ||
		    read(a, &data, 1) != 1)
			lost("a request or response", 0);
		++*trips;
	}
	close(a);
	close(b);
	close(l);
	return child;
}

static double round_bulk(const struct flow *f, int l, unsigned long bytes)
{
	int a[STREAMS_MAX], b[STREAMS_MAX];
	double start, idle;
	int window = WINDOW / f->n;
	pid_t sender;

	if (f->n > 1)
		setsockopt(l, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	for (unsigned int i = 0; i < f->n; i++) {
		a[i] = connected(f, SOCK_STREAM, PORT);
		b[i] = accept(l, NULL, NULL);
	}
	sender = forked();
	for (unsigned int i = 0; i < f->n; i++)
		close(sender ? a[i] : b[i]);
	if (!sender)
		bulk_send(a, f->n);
	bulk_receive(b, f->n, bytes / 4);
	idle = idle_ms();
	start = now();
	bulk_receive(b, f->n, bytes);
	start = now() - start;
	idle_judge(idle_ms() - idle, start);
	for (unsigned int i = 0; i < f->n; i++)
		close(b[i]);
	waitpid(sender, NULL, 0);
	return start;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

static void bulk(const struct flow *f)
{
	int l = listener(f, SOCK_STREAM, PORT);
	unsigned long bytes = f->count / ROUNDS;
	double each[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		each[i] = round_bulk(f, l, bytes) / bytes;
	printf("%.4f\n", median(each));
}

static void mixed(const struct flow *f)
{
	volatile unsigned long *trips = mmap(NULL, sizeof(*trips), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int l = listener(f, SOCK_STREAM, PORT);
	unsigned long bytes = f->count / ROUNDS;
	double each[ROUNDS], talk[ROUNDS];
	int status;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t talker = talk_start(f, trips);
		unsigned long before = *trips;
		double start = now();

		each[i] = round_bulk(f, l, bytes) / bytes;
		if (*trips == before)
			lost("every request or response", bytes);
		talk[i] = (now() - start) / (*trips - before);
		if (waitpid(talker, &status, WNOHANG))
			exit(LOST);
		kill(talker, SIGKILL);
		waitpid(talker, NULL, 0);
	}
	printf("%.4f %.1f\n", median(each), median(talk));
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "bulk", bulk, 1, STREAMS_MAX }, { "mixed", mixed, 1, STREAMS_MAX }, {},
	};

	return flow_main(argc, argv, modes, ROUNDS);
}

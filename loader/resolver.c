// SPDX-License-Identifier: GPL-2.0-only
/* Resolving names in threads. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "resolver.h"

#define RESOLVER_THREADS	64
#define RESOLVER_STACK		(256 << 10)

/* Owned by its thread: the daemon may be gone from it when the answer comes. */
struct question {
	int fd;
	uint64_t id;
	char *host, *port;
};

static void question_free(struct question *q)
{
	close(q->fd);
	free(q->host);
	free(q->port);
	free(q);
}

static unsigned int collect(const struct addrinfo *list, struct wg_endpoint *out, unsigned int max)
{
	unsigned int n = 0;

	for (; list && n < max; list = list->ai_next) {
		if ((list->ai_family != AF_INET && list->ai_family != AF_INET6) || list->ai_addrlen > sizeof(*out))
			continue;
		memset(&out[n], 0, sizeof(out[n]));
		memcpy(&out[n++], list->ai_addr, list->ai_addrlen);
	}
	return n;
}

static int look_up(const char *host, const char *port, int flags, struct wg_endpoint *out, unsigned int max,
		   unsigned int *n)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_protocol = IPPROTO_UDP,
				  .ai_flags = flags };
	struct addrinfo *list;
	int err = getaddrinfo(host, port, &hints, &list);

	if (err)
		return err;
	*n = collect(list, out, max);
	freeaddrinfo(list);
	return *n ? 0 : EAI_NONAME;
}

int resolver_numeric(const char *host, const char *port, struct wg_endpoint *out)
{
	unsigned int n;

	return look_up(host, port, AI_NUMERICHOST | AI_NUMERICSERV, out, 1, &n);
}

static void *question_run(void *data)
{
	struct resolver_answer answer;
	struct question *q = data;

	memset(&answer, 0, sizeof(answer));
	answer.id = q->id;
	answer.error = look_up(q->host, q->port, 0, answer.at, RESOLVER_ADDRESSES, &answer.n);
	while (send(q->fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
	question_free(q);
	return NULL;
}

int resolver_open(struct resolver *r)
{
	*r = (struct resolver){};
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, r->ends) ? -errno : 0;
}

void resolver_close(struct resolver *r)
{
	if (r->ends[1] <= 0)
		return;
	close(r->ends[0]);
	close(r->ends[1]);
	*r = (struct resolver){};
}

static int question_start(struct question *q)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, RESOLVER_STACK);
	err = pthread_create(&thread, &attr, question_run, q);
	pthread_attr_destroy(&attr);
	return -err;
}

int resolver_ask(struct resolver *r, uint64_t id, const char *host, const char *port)
{
	struct question *q;
	int err;

	if (r->asked >= RESOLVER_THREADS)
		return -EAGAIN;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->id = id;
	q->host = strdup(host);
	q->port = strdup(port);
	q->fd = fcntl(r->ends[1], F_DUPFD_CLOEXEC, 0);
	err = q->fd < 0 ? -errno : q->host && q->port ? question_start(q) : -ENOMEM;
	if (err)
		question_free(q);
	else
		r->asked++;
	return err;
}

int resolver_read(struct resolver *r, struct resolver_answer *out)
{
	if (recv(r->ends[0], out, sizeof(*out), MSG_DONTWAIT) != sizeof(*out))
		return -EAGAIN;
	r->asked--;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Asking silent peers. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include "addr.h"
#include "question.h"

static struct sockaddr_in at4(const struct vtep_addr *addr, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = addr_to4(addr) };
}

/* With a device of its own it needs no route. */
int question_open(const char *ifname, const struct vtep_addr *local)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;
	struct sockaddr_in from = at4(local, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname) + 1)) {
		err = -errno;
		close(fd);
		return err;
	}
	/* It need not be one: WireGuard acknowledges what it has decrypted, before it looks at the source. */
	(void)!bind(fd, (struct sockaddr *)&from, sizeof(from));
	return fd;
}

/* -EPERM is what a packet dropped in OUTPUT comes to: nf_hook_slow(). */
bool question_send(int fd, const struct vtep_addr *to)
{
	struct sockaddr_in at;

	if (fd < 0 || !addr_is4(to))
		return false;
	at = at4(to, QUESTION_PORT);
	return !sendto(fd, "", 0, 0, (struct sockaddr *)&at, sizeof(at)) || errno != EPERM;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends frames from guests and says which guests got how many of them: one process with a packet socket in each, so
 * that a hundred questions take seconds.
 *
 * usage: tally NETNS...		guests 0, 1, …; their device is eth0
 *
 * A question is a line of standard input, the answer a line of standard output:
 *
 *	COUNT FROM HEX CONTROL_FROM CONTROL_TO HEX
 *
 * COUNT frames leave guest FROM, then a control frame that must arrive at CONTROL_TO: what has not come by then, and
 * for a moment after, does not come. "####" in HEX becomes the question's number, which must follow the EtherType: frames
 * are known by it, control frames by the EtherType 88b6. Short ones are padded. The answer is how many came to each guest, with their VLAN tags,
 * "5" or "5/8100.000a" (or "lost", when the control frame was). What a guest sends itself does not count.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#define GUESTS_MAX	16
#define FRAME_MAX	9216
#define TAGS		32		/* characters */
#define CONTROL		0x88b6
#define CONTROL_MS	5000
#define QUIET_MS	40

struct guest {
	int fd;
	unsigned int count;
	char tags[TAGS];		/* of the frames that came */
	bool control;
};

static struct guest guests[GUESTS_MAX];
static int n_guests;
static unsigned int question;

static int guest_open(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int ns, fd, on = 1, size = 4 << 20;
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(2, "namespace %s", path);
	close(ns);
	to.sll_ifindex = if_nametoindex("eth0");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) || bind(fd, (void *)&to, sizeof(to)))
		err(2, "%s: packet socket", name);
	return fd;
}

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c | 0x20);

	return c && at ? at - digits : -1;
}

static size_t frame_build(const char *hex, unsigned char *frame)
{
	size_t len = 0;

	while (*hex) {
		if (len + 2 > FRAME_MAX)
			errx(1, "longer than %d bytes", FRAME_MAX);
		if (!strncmp(hex, "####", 4)) {
			frame[len++] = question >> 8;
			frame[len++] = question;
			hex += 4;
			continue;
		}
		if (nibble(hex[0]) < 0 || nibble(hex[1]) < 0)
			errx(1, "not hex: %s", hex);
		frame[len++] = nibble(hex[0]) << 4 | nibble(hex[1]);
		hex += 2;
	}
	while (len < ETH_ZLEN)
		frame[len++] = 0;
	return len;
}

/* ENOBUFS: dropped at the egress, as a test may want. */
static void guest_send(const struct guest *g, const unsigned char *frame, size_t len)
{
	if (send(g->fd, frame, len, 0) != (ssize_t)len && errno != ENOBUFS)
		err(2, "send");
}

static void tag_add(char *tags, unsigned int tpid, unsigned int tci)
{
	size_t len = strlen(tags);

	snprintf(tags + len, TAGS - len, "/%04x.%04x", tpid & 0xffff, tci & 0xffff);
}

/* The tag that the stack has taken off, then those in the bytes. */
static void judge(struct guest *g, const unsigned char *frame, size_t len, const struct tpacket_auxdata *aux)
{
	char tags[TAGS] = "";
	size_t at = 12;
	unsigned int type;

	if (aux && aux->tp_status & TP_STATUS_VLAN_VALID)
		tag_add(tags, aux->tp_vlan_tpid, aux->tp_vlan_tci);
	for (; at + 6 < len; at += 4) {
		type = frame[at] << 8 | frame[at + 1];
		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
		tag_add(tags, type, frame[at + 2] << 8 | frame[at + 3]);
	}
	if (at + 4 > len || (unsigned int)(frame[at + 2] << 8 | frame[at + 3]) != (question & 0xffff))
		return;
	if ((frame[at] << 8 | frame[at + 1]) == CONTROL) {
		g->control = true;
		return;
	}
	if (g->count++ && strcmp(g->tags, tags))
		strcpy(tags, "/mixed");
	strcpy(g->tags, tags);
}

/* One frame, if there is one. */
static bool guest_receive(struct guest *g)
{
	unsigned char frame[FRAME_MAX], control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec part = { frame, sizeof(frame) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(g->fd, &msg, 0);
	struct cmsghdr *c;

	if (len < 0)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	judge(g, frame, len, c && c->cmsg_type == PACKET_AUXDATA ? (void *)CMSG_DATA(c) : NULL);
	return true;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the control frame is there, then until nothing comes for a while. */
static bool wait_for(const struct guest *to)
{
	struct pollfd fds[GUESTS_MAX];
	long end = now_ms() + CONTROL_MS;
	int i, n;

	for (i = 0; i < n_guests; i++)
		fds[i] = (struct pollfd){ .fd = guests[i].fd, .events = POLLIN };
	do {
		n = poll(fds, n_guests, to->control ? QUIET_MS : 100);
		for (i = 0; i < n_guests; i++)
			while (guest_receive(&guests[i]))
				;
	} while ((n > 0 || !to->control) && now_ms() < end);
	return to->control;
}

static void answer(unsigned int count, const struct guest *from, const char *hex, const struct guest *control_from,
		   const struct guest *control_to, const char *control_hex)
{
	unsigned char frame[FRAME_MAX];
	size_t len;
	int i;

	question++;
	for (i = 0; i < n_guests; i++) {
		while (guest_receive(&guests[i]))
			;
		guests[i].count = 0;
		guests[i].control = false;
		guests[i].tags[0] = 0;
	}
	len = frame_build(hex, frame);
	while (count--)
		guest_send(from, frame, len);
	len = frame_build(control_hex, frame);
	guest_send(control_from, frame, len);
	if (!wait_for(control_to))
		printf("lost ");
	for (i = 0; i < n_guests; i++)
		printf("%u%s%c", guests[i].count, guests[i].tags, i + 1 < n_guests ? ' ' : '\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static char hex[2 * FRAME_MAX], control_hex[2 * FRAME_MAX];
	unsigned int count, from, control_from, control_to;

	if (argc < 2 || argc > GUESTS_MAX + 1)
		errx(1, "usage: tally NETNS...");
	for (n_guests = 0; n_guests < argc - 1; n_guests++)
		guests[n_guests].fd = guest_open(argv[n_guests + 1]);
	while (scanf("%u %u %18431s %u %u %18431s", &count, &from, hex, &control_from, &control_to, control_hex) == 6) {
		if (from >= (unsigned int)n_guests || control_from >= (unsigned int)n_guests ||
		    control_to >= (unsigned int)n_guests)
			errx(1, "no such guest");
		answer(count, &guests[from], hex, &guests[control_from], &guests[control_to], control_hex);
	}
	return 0;
}

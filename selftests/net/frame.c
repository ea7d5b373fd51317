// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends Ethernet frames as they are written: any EtherType, any length, any source.
 *
 * usage: frame DEVICE HEX [COUNT [MICROSECONDS]]
 *
 * COUNT frames (1), so far apart (0). "####" in HEX becomes the frame's number, 16 bits from 0:
 * a port for each flow, an address for each station, a mark to find the lost one by.
 * Prints "ready" when it begins.
 */
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FRAME_MAX 9216
#define NUMBER "####"

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c | 0x20);

	return c && at ? at - digits : -1;
}

/* Bytes of `hex` with `number` filled in; its length. */
static size_t frame_build(const char *hex, unsigned int number, unsigned char *frame)
{
	size_t len = 0;

	while (*hex) {
		if (len + 2 > FRAME_MAX)
			errx(1, "longer than %d bytes", FRAME_MAX);
		if (!strncmp(hex, NUMBER, strlen(NUMBER))) {
			frame[len++] = number >> 8;
			frame[len++] = number;
			hex += strlen(NUMBER);
			continue;
		}
		if (nibble(hex[0]) < 0 || nibble(hex[1]) < 0)
			errx(1, "not hex: %s", hex);
		frame[len++] = nibble(hex[0]) << 4 | nibble(hex[1]);
		hex += 2;
	}
	if (len < ETH_HLEN)
		errx(1, "shorter than an Ethernet header");
	return len;
}

static int device_open(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (!to.sll_ifindex)
		err(2, "%s", name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(2, "%s: packet socket", name);
	return fd;
}

/* ENOBUFS: a program or queue at the egress dropped it, as a test may want. */
static void frame_send(int fd, const unsigned char *frame, size_t len)
{
	if (send(fd, frame, len, 0) != (ssize_t)len && errno != ENOBUFS)
		err(2, "send");
}

int main(int argc, char **argv)
{
	static unsigned char frame[FRAME_MAX];
	unsigned long count = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	unsigned long apart = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	struct timespec next;
	int fd;

	if (argc < 3 || argc > 5)
		errx(1, "usage: frame DEVICE HEX [COUNT [MICROSECONDS]]");
	fd = device_open(argv[1]);
	puts("ready");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (unsigned long i = 0; i < count; i++) {
		frame_send(fd, frame, frame_build(argv[2], i, frame));
		next.tv_nsec += apart * 1000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		if (apart)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}

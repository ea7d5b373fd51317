// SPDX-License-Identifier: GPL-2.0-only
/*
 * One frame of every length from one guest to another: what became of each.
 *
 * usage: sweep NETNS NETNS MAC 4|4df|6 [vlan N] [last N]
 *
 * Frames of 60 to 1600 bytes (or N) leave eth0 of the first namespace for MAC. Each has arrived at
 * eth0 of the second, byte for byte, or its sender was told that it is too large (ICMP fragmentation
 * needed, ICMPv6 packet too big), or it is missing. Prints one JSON object; the lengths in it are
 * those of whole frames, tag included.
 *
 * The number of a frame is its length: in the identification of IPv4, the flow label of IPv6, which
 * an answer quotes.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../prog/frame.h"
#include "addr.h"

#define FIRST	60
#define MOST	9000
#define BURST	32		/* on the way at once: fewer than WireGuard and the stack queue */
#define PATIENCE	400	/* ms without news: the rest of a burst is not coming */
#define IGNORE_OUTGOING	23	/* PACKET_IGNORE_OUTGOING, Linux 4.20 */

enum kind { IP4, IP4_DF, IP6 };

struct fate {
	unsigned char delivered, answered;
};

static __u8 to_mac[6], own_mac[6];
static enum kind kind;
static unsigned int vlan, last = 1600;
static struct fate fate[MOST + 1];
static unsigned int damaged, mtu_least = ~0U, mtu_most;

static unsigned int header(void) { return ETH_LEN + (vlan ? 4 : 0); }

static void frame_of(unsigned int len, struct frame *f)
{
	unsigned int ip = kind == IP6 ? 40 : 20, room = len - header() - ip;
	__u8 *l3 = f->byte + header(), *l4 = l3 + ip, protocol = room >= 8 ? 17 : 59;

	f->len = len;
	memcpy(f->byte, to_mac, 6);
	memcpy(f->byte + 6, own_mac, 6);
	if (vlan) {
		put16(f->byte + 12, ETH_P_8021Q);
		put16(f->byte + 14, vlan);
	}
	put16(l3 - 2, kind == IP6 ? ETH_P_IPV6 : ETH_P_IP);
	for (unsigned int i = header() + ip; i < len; i++)
		f->byte[i] = i * 7 + len;
	if (kind == IP6) {
		frame_ip6(l3, room, protocol, 1, 2);
		put16(l3 + 2, len);
	} else {
		frame_ip4(l3, ip + room, protocol, 0xc0000201, 0xc0000202);
		put16(l3 + 4, len);
		put16(l3 + 6, kind == IP4_DF ? 0x4000 : 0);
		put16(l3 + 10, 0);
		put16(l3 + 10, frame_checksum(l3, ip, 0));
	}
	if (protocol != 17)
		return;
	put16(l4, 1024);
	put16(l4 + 2, 5353);
	put16(l4 + 4, room);
	put16(l4 + 6, 0);
	put16(l4 + 6, frame_l4_checksum(l3, l4, room, 17) ?: 0xffff);
}

static int eth0_open(const char *netns, __u8 *mac)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
	struct ifreq ifr = { .ifr_name = "eth0" };
	int fd, ns, on = 1, size = 8 << 20;
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(2, "namespace %s", netns);
	close(ns);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		err(2, "eth0 in %s", netns);
	if (mac)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	at.sll_ifindex = all.mr_ifindex = if_nametoindex("eth0");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) ||
	    bind(fd, (void *)&at, sizeof(at)))
		err(2, "packet socket in %s", netns);
	return fd;
}

/* The next frame, its tag where the wire had it. False: none waits. */
static bool eth0_read(int fd, struct frame *f)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec part = { f->byte + 4, sizeof(f->byte) - 4 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, 0);
	struct tpacket_auxdata aux = {};
	struct cmsghdr *c;

	if (n < ETH_LEN)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	f->len = n;
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID)) {
		memmove(f->byte, f->byte + 4, n);
		return true;
	}
	memmove(f->byte, f->byte + 4, 12);
	put16(f->byte + 12, aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETH_P_8021Q);
	put16(f->byte + 14, aux.tp_vlan_tci);
	f->len += 4;
	return true;
}

/* The number in an IP header, 0 where that is not one of ours. */
static unsigned int number(const struct frame *f, unsigned int at)
{
	const __u8 *l3 = f->byte + at;
	unsigned int n;

	if (f->len < at + (kind == IP6 ? 40 : 20) || l3[0] >> 4 != (kind == IP6 ? 6 : 4))
		return 0;
	if (kind == IP6)
		n = get16(l3 + 8) == 0xfd00 && l3[23] == 1 && l3[39] == 2 ? get16(l3 + 2) : 0;
	else
		n = get32(l3 + 12) == 0xc0000201 && get32(l3 + 16) == 0xc0000202 ? get16(l3 + 4) : 0;
	return n >= FIRST && n <= last ? n : 0;
}

static unsigned int arrivals(int fd)
{
	static struct frame got, want;
	unsigned int n, news = 0;

	while (eth0_read(fd, &got)) {
		n = number(&got, header());
		if (!n || memcmp(got.byte + 6, own_mac, 6))
			continue;
		frame_of(n, &want);
		damaged += got.len != want.len || memcmp(got.byte, want.byte, want.len);
		fate[n].delivered++;
		news++;
	}
	return news;
}

static unsigned int answers(int fd)
{
	unsigned int ip = kind == IP6 ? 40 : 20, l4 = header() + ip, n, mtu, news = 0;
	static struct frame got;

	while (eth0_read(fd, &got)) {
		const __u8 *icmp = got.byte + l4;

		n = number(&got, l4 + 8);
		if (!n || memcmp(got.byte, own_mac, 6) || get16(got.byte + header() - 2) != (kind == IP6 ? ETH_P_IPV6 : ETH_P_IP) ||
		    (vlan && get16(got.byte + 14) != vlan))
			continue;
		if (kind == IP6 ? icmp[0] != 2 : icmp[0] != 3 || icmp[1] != 4)
			continue;
		mtu = kind == IP6 ? get32(icmp + 4) : get16(icmp + 6);
		mtu_least = mtu < mtu_least ? mtu : mtu_least;
		mtu_most = mtu > mtu_most ? mtu : mtu_most;
		fate[n].answered++;
		news++;
	}
	return news;
}

static bool burst_done(unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++)
		if (!fate[i].delivered && !fate[i].answered)
			return false;
	return true;
}

/* Until each of the burst has a fate, or nothing has been heard for a while. */
static void burst_wait(int from, int to, unsigned int first, unsigned int n)
{
	struct pollfd p[] = { { .fd = from, .events = POLLIN }, { .fd = to, .events = POLLIN } };
	struct timespec heard, now;

	clock_gettime(CLOCK_MONOTONIC, &heard);
	while (!burst_done(first, n)) {
		poll(p, 2, PATIENCE);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (arrivals(to) + answers(from))
			heard = now;
		else if ((now.tv_sec - heard.tv_sec) * 1000 + (now.tv_nsec - heard.tv_nsec) / 1000000 >= PATIENCE)
			break;
	}
}

/* What comes although nothing is awaited any more: second copies. */
static void stragglers(int from, int to)
{
	struct pollfd p[] = { { .fd = from, .events = POLLIN }, { .fd = to, .events = POLLIN } };

	while (poll(p, 2, PATIENCE / 4) > 0)
		if (!(arrivals(to) + answers(from)) && !(p[0].revents | p[1].revents))
			break;
}

static void report(void)
{
	unsigned int delivered = 0, answered = 0, both = 0, twice = 0, missing = 0, longest = 0, shortest = 0, first = 0;

	for (unsigned int i = FIRST; i <= last; i++) {
		const struct fate *f = &fate[i];

		delivered += !!f->delivered;
		answered += !!f->answered;
		both += f->delivered && f->answered;
		twice += f->delivered > 1 || f->answered > 1;
		if (f->delivered)
			longest = i;
		if (f->answered && !shortest)
			shortest = i;
		if (!f->delivered && !f->answered && !missing++)
			first = i;
	}
	printf("{\"sent\":%u,\"delivered\":%u,\"answered\":%u,\"missing\":%u,\"both\":%u,\"twice\":%u,\"damaged\":%u,"
	       "\"longest_delivered\":%u,\"shortest_answered\":%u,\"first_missing\":%u,\"mtu\":[%u,%u]}\n",
	       last - FIRST + 1, delivered, answered, missing, both, twice, damaged, longest, shortest, first,
	       answered ? mtu_least : 0, mtu_most);
}

int main(int argc, char **argv)
{
	static struct frame f;
	int from, to;

	if (argc < 5 || mac_parse(argv[3], to_mac))
		errx(1, "usage: sweep NETNS NETNS MAC 4|4df|6 [vlan N] [last N]");
	kind = !strcmp(argv[4], "6") ? IP6 : !strcmp(argv[4], "4df") ? IP4_DF : IP4;
	for (int i = 5; i + 1 < argc; i += 2)
		*(strcmp(argv[i], "vlan") ? &last : &vlan) = atoi(argv[i + 1]);
	if (last < FIRST || last > MOST)
		errx(1, "last: from %d to %d", FIRST, MOST);
	from = eth0_open(argv[1], own_mac);
	to = eth0_open(argv[2], NULL);
	for (unsigned int len = FIRST; len <= last; len += BURST) {
		unsigned int n = last - len + 1 < BURST ? last - len + 1 : BURST;

		for (unsigned int i = len; i < len + n; i++) {
			frame_of(i, &f);
			if (send(from, f.byte, f.len, 0) != (ssize_t)f.len)
				err(2, "send %zu bytes", f.len);
		}
		burst_wait(from, to, len, n);
	}
	stragglers(from, to);
	report();
	return 0;
}

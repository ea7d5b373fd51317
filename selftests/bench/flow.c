// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic in a closed loop between two network namespaces, for a guest whose clock counts
 * instructions: the next packet leaves because one has arrived, so that the CPU never
 * idles and elapsed time is work done. One process holds sockets in both.
 *
 * usage: flow udp|ping|rr|known|learn FROM TO ADDRESS COUNT [N]
 *
 *   udp    COUNT datagrams of 22 bytes (frames of 64), N (64) in flight
 *   ping   COUNT echo requests of 64 bytes
 *   rr     COUNT requests and responses of one byte over TCP
 *   known  as udp, whole frames from FROM's eth0 and with its source address
 *   learn  the same, each with a source address that was never seen before
 *
 * FLOW_PAD in the environment makes each udp, ping and rr message that many bytes longer.
 *
 * A tenth of it comes before, unmeasured. Prints nanoseconds per packet or round trip (the
 * cheapest of eight parts). What is lost or late ends it with status 3: such a run has no figure.
 */
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <net/ethernet.h>
#include <sys/ioctl.h>
#include "socket.h"

#define WINDOW_MAX	512
#define PARTS		8
#define UDP_PAYLOAD	22	/* Ethernet, IPv4 and UDP headers: 64 */
#define PING_PAYLOAD	64	/* of ping -s 56 */
#define PAYLOAD_MAX	512

struct ends {
	int from[2], to[2];
};

/* Does `count`, a multiple of n. Ends the process if anything is lost. */
typedef void part_fn(const struct flow *f, const struct ends *e, unsigned long count);

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
static void window_receive(const struct flow *f, const struct ends *e, unsigned long left)
{
	static struct mmsghdr msgs[WINDOW_MAX];
	static struct iovec iov[WINDOW_MAX];
	static char data[WINDOW_MAX][PAYLOAD_MAX];
	int most = f->n - 1;

	batch(msgs, iov, data, PAYLOAD_MAX);
	if (recv(e->to[1], data, PAYLOAD_MAX, 0) < 0)
		lost("the last of a window", left);
	if (most && recvmmsg(e->to[0], msgs, most, MSG_DONTWAIT, NULL) != most)
		lost("some of a window, or it was late", left);
}

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
		window_receive(f, e, count);
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

struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	char data[UDP_PAYLOAD];
} __attribute__((packed));

static struct frame frame_template;
static bool frame_fresh;	/* a source address of its own for each */

static __u16 ip_checksum(const struct iphdr *ip)
{
	const __u16 *words = (const void *)ip;
	unsigned int sum = 0;

	for (size_t i = 0; i < sizeof(*ip) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void frame_part(const struct flow *f, const struct ends *e, unsigned long count)
{
	static struct mmsghdr msgs[WINDOW_MAX];
	static struct iovec iov[WINDOW_MAX];
	static char data[WINDOW_MAX][PAYLOAD_MAX];
	static unsigned int fresh;

	batch(msgs, iov, data, sizeof(struct frame));
	for (; count; count -= f->n) {
		for (unsigned int i = 0; i < f->n; i++) {
			struct frame *frame = (void *)data[i];

			*frame = frame_template;
			frame->udp.dest = htons(i == f->n - 1 ? PORT + 1 : PORT);
			if (!frame_fresh)
				continue;
			fresh++;
			memcpy(frame->eth.ether_shost + 2, &fresh, sizeof(fresh));
		}
		if (sendmmsg(e->from[0], msgs, f->n, 0) != (int)f->n)
			err(2, "send");
		window_receive(f, e, count);
	}
}

static void eth0_address(const char *netns, void *mac)
{
	struct ifreq request = { .ifr_name = "eth0" };
	int fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCGIFHWADDR, &request))
		err(2, "eth0");
	memcpy(mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

static void frames(const struct flow *f)
{
	const struct sockaddr_in *to = (const void *)&f->addr;
	struct sockaddr_ll port = { .sll_family = AF_PACKET };
	struct frame *t = &frame_template;
	struct iphdr ip;
	struct ends e;

	if (to->sin_family != AF_INET)
		errx(1, "frames are IPv4");
	for (int i = 0; i < 2; i++)
		e.to[i] = listener(f, SOCK_DGRAM, PORT + i);
	eth0_address(f->to, t->eth.ether_dhost);
	eth0_address(f->from, t->eth.ether_shost);
	e.from[0] = netns_socket(f->from, AF_PACKET, SOCK_RAW, 0);
	port.sll_ifindex = if_nametoindex("eth0");
	if (bind(e.from[0], (void *)&port, sizeof(port)))
		err(2, "eth0");
	if (frame_fresh)
		memcpy(t->eth.ether_shost, "\x02\x77", 2);
	t->eth.ether_type = htons(ETHERTYPE_IP);
	ip = (struct iphdr){ .version = 4, .ihl = 5, .tot_len = htons(sizeof(*t) - sizeof(t->eth)),
			     .ttl = 64, .protocol = IPPROTO_UDP, .daddr = to->sin_addr.s_addr };
	ip.saddr = ip.daddr ^ htonl(128); /* nobody's, of the same network */
	ip.check = ip_checksum(&ip);
	t->ip = ip;
	t->udp.source = htons(PORT);
	t->udp.len = htons(sizeof(t->udp) + sizeof(t->data));
	cheapest(f, &e, frame_part);
}

static void known(const struct flow *f)
{
	frames(f);
}

static void learn(const struct flow *f)
{
	frame_fresh = true;
	frames(f);
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

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "udp", udp, 64, WINDOW_MAX },	{ "ping", ping, 1, 1 },
		{ "rr", rr, 1, 1 },		{ "known", known, 64, WINDOW_MAX },
		{ "learn", learn, 64, WINDOW_MAX }, {},
	};

	return flow_main(argc, argv, modes, PARTS);
}

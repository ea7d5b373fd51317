// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames at full rate from one namespace to another, over whatever lies between them: all on one
 * CPU, so that the time a frame takes is that of everything on its way, both nodes' work.
 *
 * usage: native-rate ROUNDS MS BYTES NAME=FROM,TO,SOURCE,DESTINATION...
 *
 * FROM and TO are files of network namespaces, whose device is eth0; then its MAC addresses. The
 * ways take turns, ROUNDS times, for MS milliseconds each: what else the machine does strikes them
 * all. Prints "NAME, BYTES of the frame, ns, ns of CPU time, lost", tab-separated, one line a turn.
 * The CPU time is the sender's, in whose name the kernel works off what it sends; a kernel that
 * accounts softirqs apart (CONFIG_IRQ_TIME_ACCOUNTING) leaves the most of it out. A frame ends where
 * the last device receives it. For Linux 6.6 or later (tcx).
 */
#include "../prog/bench.h"

#define BATCH	64
#define WAYS	16

struct way {
	const char *name;
	int from, to;		/* namespaces */
	int fd;			/* packet socket in `from` */
	struct frame frame;
};

static struct way ways[WAYS];

static double clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET))
		tap_bail("namespace: %s", strerror(errno));
}

static int netns_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		tap_bail("%s: %s", path, strerror(errno));
	return fd;
}

static unsigned long long received(const struct way *w)
{
	unsigned long long packets = 0;
	char line[512];
	FILE *f;

	enter(w->to);
	f = fopen("/proc/thread-self/net/dev", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " eth0: %*u %llu", &packets) == 1)
			break;
	if (!f)
		tap_bail("/proc/thread-self/net/dev: %s", strerror(errno));
	fclose(f);
	return packets;
}

/* Drops every frame that eth0 receives: `to` is no part of what is measured. */
static void end_here(const struct way *w)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_SHOT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ends", "GPL", insns, 2, NULL);

	enter(w->to);
	if (fd < 0 || bpf_link_create(fd, if_nametoindex("eth0"), BENCH_TCX_INGRESS, NULL) < 0)
		tap_bail("tcx: %s", strerror(errno));
}

static void open_socket(struct way *w)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int on = 1;

	enter(w->from);
	to.sll_ifindex = if_nametoindex("eth0");
	w->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || bind(w->fd, (void *)&to, sizeof(to)) ||
	    setsockopt(w->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		tap_bail("%s: packet socket: %s", w->name, strerror(errno));
}

static void parse_mac(const char *text, __u8 mac[6])
{
	unsigned int b[6];

	if (!text || sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6)
		tap_bail("%s: no MAC address", text ? text : "NAME=FROM,TO");
	for (int i = 0; i < 6; i++)
		mac[i] = b[i];
}

static void parse(struct way *w, char *text, size_t bytes)
{
	__u8 src[6], dst[6];
	char *rest = text;

	w->name = strsep(&rest, "=");
	w->from = netns_open(strsep(&rest, ",") ?: "");
	w->to = netns_open(strsep(&rest, ",") ?: "");
	parse_mac(strsep(&rest, ","), src);
	parse_mac(rest, dst);
	frame_make(&w->frame, FRAME_IP4, bytes, dst, src, 0);
	open_socket(w);
	end_here(w);
}

static void turn(struct way *w, double ns)
{
	static struct mmsghdr msgs[BATCH];
	struct iovec part = { w->frame.byte, w->frame.len };
	unsigned long long before = received(w), sent = 0, got;
	double busy = clock_ns(CLOCK_THREAD_CPUTIME_ID), start = clock_ns(CLOCK_MONOTONIC), end = start;
	int n;

	for (int i = 0; i < BATCH; i++)
		msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1 };
	while (end - start < ns) {
		n = sendmmsg(w->fd, msgs, BATCH, 0);
		if (n < 0 && errno != ENOBUFS)
			tap_bail("%s: %s", w->name, strerror(errno));
		sent += n < 0 ? 0 : n;
		end = clock_ns(CLOCK_MONOTONIC);
	}
	busy = clock_ns(CLOCK_THREAD_CPUTIME_ID) - busy;
	got = received(w) - before;
	if (!got)
		tap_bail("%s: nothing arrived of %llu", w->name, sent);
	printf("%s\t%zu\t%.1f\t%.1f\t%lld\n", w->name, w->frame.len, (end - start) / got, busy / got,
	       (long long)(sent - got));
}

static void pin(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		tap_bail("affinity: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	int rounds = argc > 4 ? atoi(argv[1]) : 0, n = argc - 4;
	size_t bytes = argc > 4 ? atoi(argv[3]) : 0;

	if (rounds < 1 || bytes < 60 || bytes > sizeof(ways[0].frame.byte) || n > WAYS) {
		fprintf(stderr, "usage: native-rate ROUNDS MS BYTES NAME=FROM,TO,SOURCE,DESTINATION...\n");
		return 1;
	}
	pin();
	for (int i = 0; i < n; i++)
		parse(&ways[i], argv[4 + i], bytes);
	for (int r = 0; r < rounds; r++)
		for (int i = 0; i < n; i++)
			turn(&ways[i], atof(argv[2]) * 1e6);
	return 0;
}

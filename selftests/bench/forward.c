// SPDX-License-Identifier: GPL-2.0-only
/*
 * What forwarding one frame takes on this machine's own kernel, from the system call that a device
 * receives it by to the queue of the one that sends it; the kernel's bridge and vxlan beside the
 * programs. No WireGuard: a TUN stands in for it (wire.h), the same for both.
 *
 *	out	port_a -> encapsulation -> wg0		in	wg0 -> decapsulation -> port_b
 *
 * usage: forward [ROUNDS]
 *
 * Prints "NAME, out or in, bytes of the frame, ns", tab-separated, the best of some rounds. "write" ends where
 * the device received the frame: what every other row has too. For Linux 6.6 or later (tcx).
 */
#include "../prog/bench.h"

#define BATCH		200		/* of a queue of 500 */
#define BATCHES		500

static struct wire wire;
static struct object object;
static struct frame frame, outer;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void shell(const char *command)
{
	if (system(command))
		tap_bail("failed: %s", command);
}

static unsigned int drain(enum wire_device i)
{
	static char data[2048];
	unsigned int n = 0;

	while (read(wire.fd[i], data, sizeof(data)) > 0)
		n++;
	return n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * ns a packet, the median of batches; `to` must have sent each, or none of them where it is
 * WIRE_DEVICES.
 */
static double round_ns(enum wire_device from, enum wire_device to, const struct frame *f)
{
	static double ns[BATCHES];
	double start;
	unsigned int got;

	for (int i = 0; i < BATCHES; i++) {
		start = now_ns();
		for (int j = 0; j < BATCH; j++)
			wire_send(&wire, from, f->byte, f->len);
		ns[i] = now_ns() - start;
		got = to == WIRE_DEVICES ? BATCH : drain(to);
		if (got != BATCH && i)		/* the first may be learned from */
			tap_bail("%u of %d went from %s to %s", got, BATCH, wire_names[from],
				 wire_names[to]);
	}
	qsort(ns, BATCHES, sizeof(ns[0]), by_value);
	return ns[BATCHES / 2] / BATCH;
}

static void report(const char *name, const char *direction, enum wire_device from,
		   enum wire_device to, const struct frame *f, int rounds)
{
	double ns, best = 0;

	for (int i = 0; i < rounds; i++) {
		ns = round_ns(from, to, f);
		if (!i || ns < best)
			best = ns;
	}
	printf("%s\t%s\t%zu\t%.0f\n", name, direction, frame.len, best);
}

static void both(const char *name, int rounds)
{
	report(name, "out", WIRE_PORT_A, WIRE_WG, &frame, rounds);
	report(name, "in", WIRE_WG, WIRE_PORT_B, &outer, rounds);
}

/* Ends every packet where the device received it. */
static void writes(int rounds)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_SHOT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ends", "GPL", insns, 2, NULL);
	int a = bpf_link_create(fd, wire.ifindex[WIRE_PORT_A], BENCH_TCX_INGRESS, NULL);
	int b = bpf_link_create(fd, wire.ifindex[WIRE_WG], BENCH_TCX_INGRESS, NULL);

	if (a < 0 || b < 0)
		tap_bail("tcx: %s", strerror(errno));
	report("write", "out", WIRE_PORT_A, WIRE_DEVICES, &frame, rounds);
	report("write", "in", WIRE_WG, WIRE_DEVICES, &outer, rounds);
	close(a);
	close(b);
	close(fd);
}

static void kernel(int rounds)
{
	shell("ip address add 10.9.0.1/32 dev wg0 && ip route add 8.0.0.0/16 dev wg0");
	wire_write_file("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
	wire_write_file("/proc/sys/net/ipv4/conf/wg0/rp_filter", "0");
	shell("ip link add br1 mtu 1500 type bridge mcast_snooping 0 && ip link set br1 up");
	shell("ip link add vxlan1 mtu 1500 type vxlan id 5001 local 10.9.0.1 dstport 4789 nolearning noudpcsum");
	shell("for i in port_a port_b vxlan1; do ip link set $i master br1 up || exit; done");
	shell("bridge fdb replace 02:00:00:00:01:01 dev vxlan1 dst 8.0.0.2 self static");
	shell("bridge fdb replace 02:00:00:00:01:01 dev vxlan1 master static");
	shell("bridge fdb replace 02:00:00:00:00:0a dev port_a master static");
	shell("bridge fdb replace 02:00:00:00:00:0b dev port_b master static");
	both("kernel bridge and vxlan", rounds);
	shell("ip link del vxlan1 && ip link del br1 && ip address del 10.9.0.1/32 dev wg0");
}

/* To the end of the process: what bench_attach() attaches stays. */
static void vtepd_attach(void)
{
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
}

static void packets(size_t size)
{
	static struct frame inner;

	frame_make(&frame, FRAME_IP4, size, mac_far, mac_a, 0);
	frame_make(&inner, FRAME_IP4, size, mac_b, mac_far, 0);
	outer_make(&outer, REMOTE(1), LOCAL, 50000, VNI1, &inner);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 64, 1384 };	/* of the frame */
	int rounds = argc > 1 ? atoi(argv[1]) : 5;

	if (rounds < 1 || argc > 2) {
		fprintf(stderr, "usage: forward [ROUNDS]\n");
		return 1;
	}
	wire_open(&wire);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		packets(sizes[i]);
		writes(rounds);
		kernel(rounds);
	}
	vtepd_attach();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		packets(sizes[i]);
		both("vtepd", rounds);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one run of each program takes on this machine's own kernel, by BPF_PROG_TEST_RUN.
 *
 * usage: native [ROUNDS]
 *
 * Prints "NAME, how it was run, ns", tab-separated, the best of some rounds. Two ways to run:
 *
 *	again	the kernel repeats the program on one packet, for ways that leave it as it is
 *	single	a system call for each run, for ways that change the packet, which the kernel
 *		does not undo: the median of many. What a lone run's clock and cold caches
 *		add is measured with a program that can be run both ways, and taken off.
 *
 * A redirect is decided, not done. A way that did not end as it should has no figure.
 */
#include "../prog/bench.h"

#define REPEAT		200000
#define SINGLES		20001
#define SIZE		64

/* COLD: single, and nothing is remembered from the run before. */
enum how { AGAIN, SINGLE, COLD };

struct way {
	const char *name;
	const struct bpf_program *prog;
	__u32 ifindex;
	const struct frame *packet;
	__u32 mark;
	int verdict;
	enum how how;
};

static struct wire wire;
static struct object object;
static double lone;		/* ns that a single run shows too much */

/* Nothing at all, as a floor. */
static int empty_fd(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_UNSPEC },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "empty", "GPL", insns, 2, NULL);

	if (fd < 0)
		tap_bail("empty program: %s", strerror(errno));
	return fd;
}

static __u32 one_run(int fd, const struct way *w, int repeat)
{
	struct __sk_buff ctx = { .ifindex = w->ifindex, .mark = w->mark };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = w->packet->byte,
		    .data_size_in = w->packet->len, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .repeat = repeat);

	if (bpf_prog_test_run_opts(fd, &opts))
		tap_bail("%s: %s", w->name, strerror(errno));
	if ((int)opts.retval != w->verdict)
		tap_bail("%s: verdict %d, not %d", w->name, (int)opts.retval, w->verdict);
	return opts.duration;
}

static int by_value(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

/* `next`, unless NULL, prepares the packet of each run. */
static double singles(int fd, const struct way *w, void (*next)(void))
{
	static __u32 ns[SINGLES];

	for (int i = 0; i < SINGLES; i++) {
		if (w->how == COLD)
			object_void(&object);
		if (next)
			next();
		ns[i] = one_run(fd, w, 1);
	}
	qsort(ns, SINGLES, sizeof(ns[0]), by_value);
	return ns[SINGLES / 2];
}

static double cost(int fd, const struct way *w, int rounds, void (*next)(void))
{
	double ns, best = 0;

	for (int i = 0; i < rounds; i++) {
		ns = w->how != AGAIN ? singles(fd, w, next) : one_run(fd, w, REPEAT);
		if (!i || ns < best)
			best = ns;
	}
	return w->how != AGAIN ? best - lone : best;
}

static void report(const struct way *w, double ns)
{
	printf("%s\t%s\t%.0f\n", w->name, w->how != AGAIN ? "single" : "again", ns);
}

static struct frame local, far, unknown, broadcast;	/* from mac_a on port_a */
static struct frame to_port, to_bridge, not_ours, stranger, from_far;

static void packets(void)
{
	static struct frame f;

	frame_make(&local, FRAME_IP4, SIZE, mac_b, mac_a, 0);
	frame_make(&far, FRAME_IP4, SIZE, mac_far, mac_a, 0);
	frame_make(&unknown, FRAME_IP4, SIZE, mac_new, mac_a, 0);
	frame_make(&broadcast, FRAME_ARP, SIZE, mac_broadcast, mac_a, 0);
	frame_make(&from_far, FRAME_IP4, SIZE, mac_a, mac_far, 0);
	outer_make(&to_port, REMOTE(1), LOCAL, 50000, VNI1, &from_far);
	frame_make(&f, FRAME_ARP, SIZE, mac_broadcast, mac_far, 0);
	outer_make(&to_bridge, REMOTE(1), LOCAL, 50000, VNI1, &f);
	outer_make(&stranger, REMOTE(77), LOCAL, 50000, VNI1, &from_far);
	not_ours = to_port;
	put16(not_ours.byte + 22, 53);
}

static void programs(int rounds)
{
	const struct bpf_program *port_rx = object.skel->progs.vtep_port_rx;
	const struct bpf_program *wg_rx = object.skel->progs.vtep_wg_rx;
	const struct bpf_program *vx_tx = object.skel->progs.vtep_vx_tx;
	const struct bpf_program *vx_rx = object.skel->progs.vtep_vx_rx;
	const __u32 a = wire.ifindex[WIRE_PORT_A], vx = wire.ifindex[WIRE_VX1];
	const __u32 wg = wire.ifindex[WIRE_WG];
	const struct way ways[] = {
		{ "port_rx: to another local port, passed", port_rx, a, &local, 0, TC_ACT_UNSPEC, AGAIN },
		{ "port_rx: unknown, passed to the bridge", port_rx, a, &unknown, 0, TC_ACT_UNSPEC, AGAIN },
		{ "port_rx: broadcast, passed to the bridge", port_rx, a, &broadcast, 0, TC_ACT_UNSPEC, AGAIN },
		{ "port_rx: encapsulated, pair remembered", port_rx, a, &far, 0, TC_ACT_REDIRECT, SINGLE },
		{ "port_rx: encapsulated, looked up", port_rx, a, &far, 0, TC_ACT_REDIRECT, COLD },
		{ "vx_tx: the host's frame, encapsulated", vx_tx, vx, &far, 0, TC_ACT_REDIRECT, SINGLE },
		{ "wg_rx: not VXLAN, passed", wg_rx, wg, &not_ours, 0, TC_ACT_UNSPEC, AGAIN },
		{ "wg_rx: from no VTEP, dropped", wg_rx, wg, &stranger, 0, TC_ACT_SHOT, AGAIN },
		{ "wg_rx: to a port, pair remembered", wg_rx, wg, &to_port, 0, TC_ACT_REDIRECT, SINGLE },
		{ "wg_rx: to a port, looked up", wg_rx, wg, &to_port, 0, TC_ACT_REDIRECT, COLD },
		{ "wg_rx: broadcast, to the bridge", wg_rx, wg, &to_bridge, 0, TC_ACT_REDIRECT, SINGLE },
		{ "vx_rx: unproved, dropped", vx_rx, vx, &from_far, 0, TC_ACT_SHOT, AGAIN },
		{ "vx_rx: proved, to a port", vx_rx, vx, &from_far, VTEP_PROOF, TC_ACT_REDIRECT, SINGLE },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		report(&ways[i], cost(bpf_program__fd(ways[i].prog), &ways[i], rounds, NULL));
}

/* A MAC of a full database, another each time. */
static __u32 fdb_size;

static void far_mac(__u8 *mac, __u32 i)
{
	put16(mac, 0x0210);
	put32(mac + 2, i);
}

static void far_next(void)
{
	static __u64 state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	far_mac(far.byte, (state >> 33) % fdb_size);
}

static void fdb_fill(void)
{
	struct vtep_fdb e = { .where = where_remote(1) };
	struct vtep_fdb_key key = { .vni = VNI1 };

	e.where.flags |= VTEP_FDB_STATIC_ENTRY;
	for (__u32 i = 0; i < fdb_size; i++) {
		far_mac(key.mac, i);
		map_set(object.skel->maps.fdb, &key, &e);
	}
}

static void database(__u32 size, int rounds)
{
	char name[64];
	struct way w = { name, NULL, wire.ifindex[WIRE_PORT_A], &far, 0, TC_ACT_REDIRECT, SINGLE };

	snprintf(name, sizeof(name), "port_rx: encapsulated, to any of %u", size);
	bench_load(&object, &wire, (struct object_options){ .fdb_max = size });
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	fdb_size = size;
	fdb_fill();
	report(&w, cost(bpf_program__fd(object.skel->progs.vtep_port_rx), &w, rounds, far_next));
	bench_unload(&object);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5, empty;
	struct way nothing = { "nothing, the least that can be seen", NULL, 0, &local, 0, TC_ACT_UNSPEC, AGAIN };
	double again;

	if (rounds < 1 || argc > 2) {
		fprintf(stderr, "usage: native [ROUNDS]\n");
		return 1;
	}
	packets();
	wire_open(&wire);
	empty = empty_fd();
	nothing.ifindex = wire.ifindex[WIRE_PORT_A];
	again = cost(empty, &nothing, rounds, NULL);
	report(&nothing, again);
	nothing.how = SINGLE;
	lone = cost(empty, &nothing, rounds, NULL) - again;

	bench_load(&object, &wire, (struct object_options){});
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	programs(rounds);
	bench_unload(&object);
	for (__u32 size = 1 << 10; size <= 1 << 20; size <<= 5)
		database(size, rounds);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many VNIs, the same two MACs in each, a VTEP for each: nothing of one appears in another. VNIs are
 * neighbours that differ in one bit as well as both ends of the range, slots the first and the last.
 *
 *	tap pN --tc ingress vtep_port_rx--> wg0		tap xN --tc egress vtep_vx_tx--> wg0
 *	wg0 --tc ingress vtep_wg_rx--> pN
 */
#include "bench.h"

#define N	48U
#define ROUNDS	3

static struct wire wire;
static struct object object;
static struct frame inner, outer, out;
static int port[N], vx[N];		/* of pN; packet sockets on xN */
static __u32 port_ifindex[N];

static __u32 vni(__u32 i) { return i < N / 2 ? 96 + i : VTEP_VNI_MAX - (i - N / 2); }
static __u32 slot(__u32 i) { return i & 1 ? VTEP_MAX_VNIS - 1 - i : 4 + i; }	/* 1 to 3 are bench.h's */
static __u32 vtep(__u32 i) { return 10 + i; }
static __u32 port_slot(__u32 i) { return 100 + i; }

/* Every pair of a round, never in the order of the round before: what was remembered is of another VNI. */
static __u32 shuffled(__u32 i, __u32 round)
{
	static const __u32 step[ROUNDS] = { 5, 7, 11 };		/* no common factor with N */

	return (i * step[round] + round) % N;
}

static void make(__u32 i)
{
	struct vtep_port p = { .vni_slot = slot(i), .flags = VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING };
	struct vtep_iface iface = { .vni_slot = slot(i), .port_slot = port_slot(i) };
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	__u32 key = port_slot(i), flood[2] = { 1, vtep(i) }, s = slot(i);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	char name[16];
	int list;

	snprintf(name, sizeof(name), "p%u", i);
	port[i] = wire_open_named(&wire, name, IFF_TAP, &port_ifindex[i]);
	p.ifindex = iface.ifindex = port_ifindex[i];
	snprintf(name, sizeof(name), "x%u", i);
	wire_open_named(&wire, name, IFF_TAP, (__u32 *)&to.sll_ifindex);
	vx[i] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (vx[i] < 0 || bind(vx[i], (void *)&to, sizeof(to)))
		tap_bail("packet socket on %s: %s", name, strerror(errno));
	object_vni(&object, slot(i), vni(i), to.sll_ifindex, VTEP_VNI_LEARNING);
	map_set(object.skel->maps.ports, &key, &p);
	object_iface(&object, &iface);
	object_remote(&object, vtep(i), wire.ifindex[WIRE_WG]);
	object_member(&object, vni(i), slot(i), vtep(i));
	object_fdb(&object, vni(i), mac_far, where_remote(vtep(i)), 0);
	list = bpf_map_create(BPF_MAP_TYPE_ARRAY, "flood_list", 4, 4, 2, &opts);
	for (key = 0; key < 2; key++)
		bpf_map_update_elem(list, &key, &flood[key], BPF_ANY);
	map_set(object.skel->maps.flood, &s, &list);
	close(list);
	bench_attach_one(object.skel->progs.vtep_port_rx, port_ifindex[i], false);
	bench_attach_one(object.skel->progs.vtep_vx_tx, to.sll_ifindex, true);
}

/* How many frames wait at port i, all of them taken. */
static unsigned int taken(__u32 i)
{
	unsigned int n = 0;

	while (wire_ready(port[i], 0) && read(port[i], out.byte, sizeof(out.byte)) > 0)
		n++;
	return n;
}

static __u64 count(__u32 i, enum vtep_hook hook, enum vtep_reason reason)
{
	__u32 key = slot(i) * VTEP_HOOK_MAX + hook;
	__u64 sum = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.counters), &key, object.percpu))
		tap_bail("counters: %s", strerror(errno));
	for (int cpu = 0; cpu < object.cpus; cpu++)
		sum += object.percpu[cpu].reason[reason].packets;
	return sum;
}

static void from_tunnel(__u32 a, __u32 b)
{
	outer_make(&outer, REMOTE(vtep(a)), LOCAL, 50000, vni(b), &inner);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
}

/* To the overlay: what leaves is VNI i's, to its VTEP, and alone. */
static bool left_by(__u32 i)
{
	const char *why;

	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	why = out.len ? outer_wrong(out.byte, out.len, LOCAL, REMOTE(vtep(i)), vni(i)) : "nothing";
	if (!why && wire_ready(wire.fd[WIRE_WG], 0))
		why = "more than one";
	if (why)
		tap_note("VNI %u: %s", vni(i), why);
	return !why;
}

static void test_to_overlay(void)
{
	unsigned int bad = 0;

	frame_make(&inner, FRAME_IP4, 100, mac_far, mac_a, 0);
	for (__u32 round = 0; round < ROUNDS; round++)
		for (__u32 k = 0; k < N; k++) {
			const struct virtio_net_hdr plain = {};
			struct iovec part[] = { { (void *)&plain, sizeof(plain) }, { inner.byte, inner.len } };
			__u32 i = shuffled(k, round);

			if (writev(port[i], part, 2) < 0)
				tap_bail("p%u: %s", i, strerror(errno));
			if (round || count(i, VTEP_HOOK_PORT_RX, VTEP_R_LEARNED) != 1)
				bad += !left_by(i);
		}
	tap_ok(!bad && wire_silent(&wire, WIRE_WG), "the same two MACs in %u VNIs, %d rounds: each to its own VTEP", N,
	       ROUNDS);
	for (__u32 i = 0; i < N; i++)
		bad += !object_fdb_is(&object, vni(i), mac_a, (struct vtep_fdb_where){ .slot = port_slot(i) });
	tap_ok(!bad, "learned in each VNI on its own port");
}

static void test_from_overlay(void)
{
	unsigned int at, wrong = 0, right = 0, uncounted = 0;
	__u64 before[N];

	frame_make(&inner, FRAME_IP4, 100, mac_a, mac_far, 0);
	for (__u32 b = 0; b < N; b++)
		before[b] = count(b, VTEP_HOOK_WG_RX, VTEP_R_VTEP_UNKNOWN);
	for (__u32 round = 0; round < ROUNDS; round++)
		for (__u32 a = 0; a < N; a++)
			for (__u32 k = 0; k < N; k++)
				from_tunnel(a, shuffled(k, round));
	wire_silent_all(&wire);
	for (__u32 b = 0; b < N; b++) {
		at = taken(b);
		right += at == ROUNDS;
		wrong += at > ROUNDS;
		uncounted += count(b, VTEP_HOOK_WG_RX, VTEP_R_VTEP_UNKNOWN) - before[b] != ROUNDS * (N - 1);
	}
	tap_ok(right == N && !wrong, "from every VTEP to every VNI: the %u right ones of %u pairs arrive, %d times", N, N * N,
	       ROUNDS);
	tap_ok(!uncounted, "the others are counted, each in its VNI");
}

static void test_flood(void)
{
	unsigned int bad = 0;

	frame_make(&inner, FRAME_ARP, 60, mac_broadcast, mac_a, 0);
	for (__u32 k = 0; k < N; k++) {
		__u32 i = shuffled(k, 1);

		if (send(vx[i], inner.byte, inner.len, 0) != (ssize_t)inner.len)
			tap_bail("x%u: %s", i, strerror(errno));
		bad += !left_by(i);
	}
	tap_ok(!bad, "a broadcast of each VNI: to the flood list of its own");
}

/* A MAC that moves in one VNI stays where it is in the others. */
static void test_move(void)
{
	unsigned int bad = 0;

	frame_make(&inner, FRAME_IP4, 100, mac_broadcast, mac_a, 0);
	from_tunnel(7, 7);
	wire_silent_all(&wire);
	for (__u32 i = 0; i < N; i++)
		bad += !object_fdb_is(&object, vni(i), mac_a, i == 7 ? where_remote(vtep(7)) :
				      (struct vtep_fdb_where){ .slot = port_slot(i) });
	tap_ok(!bad, "a MAC moves in one VNI alone");
}

/* The test would see a leak: with one VTEP in one VNI more, the pair arrives. */
static void test_twin(void)
{
	frame_make(&inner, FRAME_IP4, 100, mac_a, mac_new, 0);
	from_tunnel(0, 1);
	wire_silent_all(&wire);
	if (!tap_ok(!taken(1), "VTEP of the first, VNI of the second: nothing"))
		return;
	object_member(&object, vni(1), slot(1), vtep(0));
	from_tunnel(0, 1);
	from_tunnel(0, 1);		/* the first one shows the bridge its source */
	wire_silent_all(&wire);
	tap_ok(taken(1) == 1, "once it is a member there: it arrives");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .slots = VTEP_MAX_VNIS, .fdb_max = 4096 });
	bench_attach(&object);
	for (__u32 i = 0; i < N; i++)
		make(i);
	test_to_overlay();
	test_from_overlay();
	test_flood();
	test_move();
	test_twin();
	bench_unload(&object);
	return tap_end();
}

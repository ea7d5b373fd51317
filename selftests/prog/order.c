// SPDX-License-Identifier: GPL-2.0-only
/*
 * Order within a flow where super-packets take the kernel's decapsulation, which is asynchronous:
 * while one of a flow is on its way from vtep_wg_rx to vtep_vx_rx, single packets of that flow must
 * not overtake it. BPF_PROG_TEST_RUN plays the kernel: what wg_rx passes with a mark arrives at
 * vx_rx with it, in segments as the test likes.
 */
#include "bench.h"

static struct wire wire;
static struct object object;
static struct frame inner, outer;
static struct run result;

/*
 * One packet of a flow at wg0; the reason it is counted by. segments: 0 for a packet that is no
 * super-packet.
 */
static bool wg_rx(__u16 flow, __u32 segments, enum vtep_reason reason)
{
	struct tally before;

	frame_make(&inner, FRAME_IP4, 100, mac_b, mac_far, 0);
	outer_make(&outer, REMOTE(1), LOCAL, flow, VNI1, &inner);
	bench_tally(&object, &before);
	bench_run(object.skel->progs.vtep_wg_rx, wire.ifindex[WIRE_WG], &outer, 0, segments,
		  &result);
	return bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, reason, 1);
}

/* The kernel has decapsulated it. */
static bool vx_rx(__u32 mark, __u32 segments)
{
	struct tally before;

	bench_tally(&object, &before);
	bench_run(object.skel->progs.vtep_vx_rx, wire.ifindex[WIRE_VX1], &inner, mark, segments,
		  &result);
	return bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_FORWARDED, 1) &&
	       result.mark == 0;
}

static void test_follow(void)
{
	__u32 first, second;

	tap_ok(wg_rx(50000, 0, VTEP_R_DELIVERED), "a single packet is decapsulated at once");
	tap_ok(wg_rx(50000, 10, VTEP_R_SUPER), "a super-packet goes to the kernel");
	first = result.mark;
	tap_ok((first & VTEP_PROOF_MASK) == VTEP_PROOF && !(first & VTEP_PROOF_BRIDGE),
	       "with proof");
	tap_ok(wg_rx(50000, 0, VTEP_R_IN_ORDER), "a single packet follows it");
	second = result.mark;
	tap_ok(wg_rx(50001, 0, VTEP_R_DELIVERED), "another flow does not");
	tap_ok(vx_rx(first, 10) && wg_rx(50000, 0, VTEP_R_IN_ORDER),
	       "still, while that single is on its way");
	tap_ok(vx_rx(second, 0) && vx_rx(result.mark ?: second, 0), "both arrive");
	tap_ok(wg_rx(50000, 0, VTEP_R_DELIVERED), "all have arrived: at once again");
}

/* gro_cells may merge what was several packets. */
static void test_merged(void)
{
	__u32 mark;

	wg_rx(50010, 10, VTEP_R_SUPER);
	mark = result.mark;
	tap_ok(wg_rx(50010, 0, VTEP_R_IN_ORDER) && wg_rx(50010, 5, VTEP_R_SUPER) && vx_rx(mark, 16),
	       "three packets arrive as one of 16 segments");
	tap_ok(wg_rx(50010, 0, VTEP_R_DELIVERED), "that was all of them");
}

/*
 * What the kernel drops never arrives: singles of the flow must not stay on the slow way for ever.
 */
static void test_lost(void)
{
	__u32 mark;

	wg_rx(50020, 10, VTEP_R_SUPER);
	usleep(400000);
	tap_ok(wg_rx(50020, 0, VTEP_R_DELIVERED), "a super-packet that never arrived is given up");
	tap_ok(wg_rx(50020, 4, VTEP_R_SUPER) && wg_rx(50020, 0, VTEP_R_IN_ORDER),
	       "the next one counts again");
	vx_rx(result.mark, 0);

	wg_rx(50030, 10, VTEP_R_SUPER);
	mark = result.mark;
	usleep(400000);
	wg_rx(50030, 0, VTEP_R_DELIVERED);
	vx_rx(mark, 10);
	usleep(400000);
	tap_ok(wg_rx(50030, 4, VTEP_R_SUPER) && wg_rx(50030, 0, VTEP_R_IN_ORDER),
	       "one that arrives after it was given up does not spoil the count");
}

/* A source that the bridge has to see. */
static void test_new_source(void)
{
	struct tally before;

	frame_make(&inner, FRAME_IP4, 100, mac_b, mac_new, 0);
	outer_make(&outer, REMOTE(1), LOCAL, 50040, VNI1, &inner);
	bench_tally(&object, &before);
	bench_run(object.skel->progs.vtep_wg_rx, wire.ifindex[WIRE_WG], &outer, 0, 3, &result);
	tap_ok((result.mark & (VTEP_PROOF_MASK | VTEP_PROOF_BRIDGE)) ==
		       (VTEP_PROOF | VTEP_PROOF_BRIDGE),
	       "a super-packet of a new source is marked for the bridge");
	bench_run(object.skel->progs.vtep_vx_rx, wire.ifindex[WIRE_VX1], &inner, result.mark, 3,
		  &result);
	tap_ok(result.verdict == TC_ACT_UNSPEC &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_TO_BRIDGE, 1),
	       "which sees it");
	tap_ok(wg_rx(50040, 0, VTEP_R_DELIVERED), "and it was taken off the count");
}

/* Where the kernel can decapsulate super-packets in place there is one way for all. */
static void test_one_way(void)
{
	struct object other;

	bench_load(&other, &wire, (struct object_options){ .decap_gso = 1ULL << 10 });
	object_fdb(&other, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&other, VNI1, mac_far, where_remote(1), 0);
	frame_make(&inner, FRAME_IP4, 100, mac_b, mac_far, 0);
	outer_make(&outer, REMOTE(1), LOCAL, 50050, VNI1, &inner);
	bench_run(other.skel->progs.vtep_wg_rx, wire.ifindex[WIRE_WG], &outer, 0, 0, &result);
	tap_ok(result.verdict == TC_ACT_REDIRECT,
	       "with BPF_F_ADJ_ROOM_DECAP_L4_UDP: a single packet is decapsulated");
	bench_unload(&other);
}

/* Where the kernel's way is blocked nothing takes it, and what was dropped there holds up nobody (gro.c has super-packets). */
static void test_firewalled(void)
{
	tap_ok(wg_rx(50060, 10, VTEP_R_SUPER), "a super-packet goes to the kernel, and is dropped there");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_FIREWALLED);
	tap_ok(wg_rx(50060, 0, VTEP_R_DELIVERED), "VTEP_VNI_FIREWALLED: a single packet does not follow it");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	tap_ok(wg_rx(50061, 10, VTEP_R_SUPER), "without it, the kernel is asked again");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	test_follow();
	test_merged();
	test_lost();
	test_new_source();
	test_one_way();
	test_firewalled();
	bench_unload(&object);
	return tap_end();
}

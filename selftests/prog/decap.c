// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the overlay, byte by byte: a VXLAN packet into wg0's stand-in.
 *
 *	wg0 --tc ingress vtep_wg_rx--> port_b, whose MAC is known
 *	wg0 --tc ingress vtep_wg_rx--> vx1 --tc ingress vtep_vx_rx--> the stack, where a bridge
 * would be
 */
#include "bench.h"

#define SHORTEST	34	/* below that bpf_skb_adjust_room() finds no inner IP header */
#define SHORTEST_IP6	54

static const __u16 protocols[FRAME_KINDS] = { 0x0800, 0x86dd, 0x0806, 0x0004, 0x88b5 };
static struct wire wire;
static struct object object;
static struct frame in, outer, out;

/* NULL when the frame in `out` is the one that was sent. */
static const char *wrong(void)
{
	if (!out.len)
		return "nothing came";
	if (out.len != in.len)
		return "length";
	return memcmp(out.byte, in.byte, in.len) ? "frame changed" : NULL;
}

static void send_outer(void)
{
	outer_make(&outer, REMOTE(1), LOCAL, 50000, VNI1, &in);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
}

/* To a known MAC: the frame leaves by port_b. */
static void test_port(enum frame_kind kind, size_t first)
{
	const char *why = NULL;
	struct tally before;
	size_t len, last = frame_last(kind);

	bench_tally(&object, &before);
	for (len = first; len <= last && !why; len++) {
		frame_make(&in, kind, len, mac_b, mac_far, len);
		send_outer();
		out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
		why = wrong();
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_DELIVERED,
				     last - first + 1),
	       "%s frames of %zu to %zu bytes to a port", frame_names[kind], first, last);
}

/* To an unknown or multicast MAC: by vx1's ingress, where the proof is taken off. */
static void test_bridge(enum frame_kind kind, size_t first, const __u8 *dst, const char *name)
{
	int caught = wire_socket(&wire, WIRE_VX1, protocols[kind]);
	const char *why = NULL;
	struct tally before;
	__u32 mark;
	size_t len, last = frame_last(kind);

	bench_tally(&object, &before);
	for (len = first; len <= last && !why; len++) {
		frame_make(&in, kind, len, dst, mac_far, len);
		send_outer();
		out.len = wire_caught(caught, out.byte, sizeof(out.byte), &mark, WIRE_WAIT);
		why = wrong() ?: mark ? "marked" : NULL;
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_BRIDGED,
				     last - first + 1) &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_TO_BRIDGE,
				     last - first + 1),
	       "%s frames of %zu to %zu bytes to %s, by the bridge", frame_names[kind], first, last,
	       name);
	close(caught);
}

/*
 * What the helper can't take out leaves as it came, with the proof for the kernel's own
 * decapsulation.
 */
static void test_short(void)
{
	int caught = wire_socket(&wire, WIRE_WG, 0x0800);
	struct tally before;
	unsigned int good = 0;
	__u32 mark;

	bench_tally(&object, &before);
	for (size_t len = ETH_LEN; len < SHORTEST; len++) {
		frame_make(&in, FRAME_OTHER, 60, mac_b, mac_far, 0);
		in.len = len;
		send_outer();
		out.len = wire_caught(caught, out.byte, sizeof(out.byte), &mark, WIRE_WAIT);
		good += out.len == outer.len && !memcmp(out.byte, outer.byte, outer.len) &&
			mark == VTEP_PROOF;
	}
	tap_equal(good, SHORTEST - ETH_LEN,
		  "inner frames of 14 to 33 bytes go on unharmed and proved");
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_ROOM, SHORTEST - ETH_LEN),
	       "inner frames of 14 to 33 bytes are counted as room");
	close(caught);
}

/*
 * Inner frames with 1 to 4 VLAN tags of both kinds. The tap gives back the tags that the kernel
 * took off.
 */
static void test_tags(void)
{
	const char *why = NULL;
	int tags;

	for (tags = 1; tags <= 4 && !why; tags++) {
		frame_make(&in, FRAME_OTHER, 200, mac_b, mac_far, 0);
		for (int i = 0; i < tags; i++) {
			put16(in.byte + 12 + 4 * i, i == 0 && tags > 1 ? 0x88a8 : 0x8100);
			put16(in.byte + 14 + 4 * i, 0x2000 + 10 + i);
		}
		put16(in.byte + 12 + 4 * tags, 0x0800);
		send_outer();
		out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
		why = wrong();
	}
	tap_ok(!why, "inner frames with 1 to 4 VLAN tags to a port%s%s", why ? ": " : "",
	       why ?: "");
}

/* VXLAN that vx1 gets from elsewhere: the kernel's socket listens on every address. */
static void test_proof(void)
{
	static const __u32 marks[] = {
		0, 1, VTEP_PROOF_BRIDGE, VTEP_PROOF - 1, VTEP_PROOF + 0x10000, ~VTEP_PROOF
	};
	const struct bpf_program *vx_rx = object.skel->progs.vtep_vx_rx;
	__u32 vx1 = wire.ifindex[WIRE_VX1];
	struct tally before;
	static struct run run;
	unsigned int good = 0;

	frame_make(&in, FRAME_IP4, 100, mac_b, mac_far, 0);
	bench_tally(&object, &before);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		bench_run(vx_rx, vx1, &in, marks[i], 0, &run);
		good += run.verdict == TC_ACT_SHOT;
	}
	tap_ok(good == 6 && bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_UNPROVED, 6),
	       "vx_rx drops frames without proof");
	wire_send(&wire, WIRE_VX1, in.byte, in.len);
	tap_ok(wire_silent_all(&wire), "vx_rx: nothing came out of those");

	bench_tally(&object, &before);
	bench_run(vx_rx, vx1, &in, VTEP_PROOF, 0, &run);
	tap_ok(run.verdict == TC_ACT_REDIRECT && run.mark == 0 &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_FORWARDED, 1),
	       "vx_rx forwards a proved frame to the known port, unmarked");
	bench_tally(&object, &before);
	bench_run(vx_rx, vx1, &in, VTEP_PROOF | VTEP_PROOF_BRIDGE, 0, &run);
	tap_ok(run.verdict == TC_ACT_UNSPEC && run.mark == 0 && run.out.len == in.len &&
	       !memcmp(run.out.byte, in.byte, in.len) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_TO_BRIDGE, 1),
	       "vx_rx shows the bridge what is marked for it, unmarked and unharmed");
}

/* One pass over everything. False when the kernel does not know the flag. */
static bool test_all(__u64 decap_l3)
{
	size_t first6 = decap_l3 ? SHORTEST_IP6 : SHORTEST + 20;
	struct tally before;

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .decap_l3 = decap_l3 });
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	bench_tally(&object, &before);
	frame_make(&in, FRAME_IP6, 100, mac_b, mac_far, 0);
	send_outer();
	out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte),
			       decap_l3 ? WIRE_QUIET : WIRE_WAIT);
	if (decap_l3 && !out.len &&
	    bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_ROOM, 1))
		return false;
	for (int kind = 0; kind < FRAME_KINDS; kind++) {
		size_t first = kind == FRAME_IP6 ? first6 + 8 :
			       kind == FRAME_IP4 ? SHORTEST + 8 :
						   SHORTEST;

		test_port(kind, first);
		test_bridge(kind, first, mac_new, "an unknown MAC");
		test_bridge(kind, first, mac_broadcast, "all");
	}
	test_short();
	test_tags();
	test_proof();
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return true;
}

int main(void)
{
	tap_note("without BPF_F_ADJ_ROOM_DECAP_L3_IPV6");
	test_all(0);
	tap_note("with BPF_F_ADJ_ROOM_DECAP_L3_IPV6");
	if (!test_all(BENCH_DECAP_L3_IPV6))
		tap_skip("the same with BPF_F_ADJ_ROOM_DECAP_L3_IPV6", "kernel before 6.3");
	return tap_end();
}

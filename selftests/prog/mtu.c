// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames about as large as the overlay's MTU: which are carried, and which are handed to the vxlan
 * device for an answer.
 *
 *	port_a --tc ingress vtep_port_rx--> wg0                        carried
 *	                                \-> vx1 --tc egress vtep_vx_tx--> the device, marked with the proof
 */
#include "bench.h"

#define MTU	1370U

static struct wire wire;
static struct object object;
static struct frame in, out;

enum way { CARRIED, ANSWERED, DROPPED };

/* One frame of MTU + over bytes of IP; where it comes out and how port_rx counts it. */
static bool goes(enum way want, enum vtep_reason reason, const char *what)
{
	enum wire_device to = want == CARRIED ? WIRE_WG : WIRE_VX1;
	struct tally before;
	bool whole;

	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	if (want == DROPPED)
		return tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, reason, 1) && wire_silent_all(&wire),
			      "%s: dropped", what);
	out.len = wire_receive(&wire, to, out.byte, sizeof(out.byte), WIRE_WAIT);
	if (want == CARRIED)
		whole = !outer_wrong(out.byte, out.len, LOCAL, REMOTE(1), VNI1) && out.len == OUTER_LEN + in.len &&
			!memcmp(out.byte + OUTER_LEN, in.byte, in.len);
	else
		whole = out.len == in.len && !memcmp(out.byte, in.byte, in.len) &&
			bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_TOO_BIG) == 1;
	return tap_ok(whole && bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, reason, 1) &&
		      wire_silent_all(&wire), "%s: %s", what, want == CARRIED ? "carried" : "to be answered");
}

static void make(enum frame_kind kind, int over, unsigned int fragment)
{
	__u8 *ip = in.byte + ETH_LEN;

	frame_make(&in, kind, ETH_LEN + MTU + over, mac_far, mac_a, 0);
	if (kind != FRAME_IP4)
		return;
	put16(ip + 6, fragment);
	put16(ip + 10, 0);
	put16(ip + 10, frame_checksum(ip, 20, 0));
}

static void test_sizes(void)
{
	make(FRAME_IP4, 0, 0x4000);
	goes(CARRIED, VTEP_R_ENCAP, "IPv4 with DF, MTU");
	make(FRAME_IP4, 1, 0x4000);
	goes(ANSWERED, VTEP_R_TOO_BIG, "IPv4 with DF, MTU + 1");
	make(FRAME_IP4, 1, 0);
	goes(CARRIED, VTEP_R_OVERSIZE, "IPv4 without DF, MTU + 1");
	make(FRAME_IP4, 1, 0x2000);
	goes(CARRIED, VTEP_R_OVERSIZE, "IPv4 fragment, MTU + 1");
	make(FRAME_IP4, 130, 0x4000);
	goes(ANSWERED, VTEP_R_TOO_BIG, "IPv4 with DF, MTU + 130");
	make(FRAME_IP6, 0, 0);
	goes(CARRIED, VTEP_R_ENCAP, "IPv6, MTU");
	make(FRAME_IP6, 1, 0);
	goes(ANSWERED, VTEP_R_TOO_BIG, "IPv6, MTU + 1");
	make(FRAME_ARP, 1, 0);
	goes(CARRIED, VTEP_R_OVERSIZE, "ARP, MTU + 1");
	make(FRAME_OTHER, 0, 0);
	goes(CARRIED, VTEP_R_ENCAP, "EtherType 0x88b5, MTU");
	make(FRAME_OTHER, 1, 0);
	goes(CARRIED, VTEP_R_OVERSIZE, "EtherType 0x88b5, MTU + 1");
}

/* The mark that lets the answer in at vx1's ingress, and nothing without a tunnel. */
static void test_proof(void)
{
	struct run run;

	make(FRAME_IP4, 1, 0x4000);
	bench_run(object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], &in, 0, 0, &run);
	tap_ok(run.verdict == TC_ACT_UNSPEC && run.mark == (VTEP_PROOF | VTEP_PROOF_BRIDGE),
	       "vx_tx: the frame to be answered has the proof");
	object_tunnel(&object, false, wire.ifindex[WIRE_WG]);
	bench_run(object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], &in, 0, 0, &run);
	tap_ok(run.verdict == TC_ACT_SHOT, "vx_tx: not while there is no tunnel");
	object_tunnel(&object, true, wire.ifindex[WIRE_WG]);
}

/* Super-packets count by their segments. */
static void test_super(enum frame_kind kind, unsigned int payload, enum way want)
{
	unsigned int ip = kind == FRAME_IP4 ? 20 : 40, offset = ETH_LEN + ip;
	struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = offset, .csum_offset = 16,
				      .gso_type = kind == FRAME_IP4 ? VIRTIO_NET_HDR_GSO_TCPV4 :
							 VIRTIO_NET_HDR_GSO_TCPV6,
				      .gso_size = payload, .hdr_len = offset + 20 };
	__u8 *tcp = in.byte + offset;
	struct tally before;
	int packets = 0;

	frame_make(&in, kind, offset + 20 + 3 * payload, mac_far, mac_a, 0);
	if (kind == FRAME_IP4)
		frame_ip4(in.byte + ETH_LEN, in.len - ETH_LEN, 6, 0xc0a80001, 0xc0a80002);
	else
		frame_ip6(in.byte + ETH_LEN, in.len - offset, 6, 1, 2);
	memset(tcp, 0, 20);
	tcp[12] = 0x50;
	tcp[13] = 0x10;
	bench_tally(&object, &before);
	wire_send_as(&wire, WIRE_PORT_A, &hdr, in.byte, in.len);
	while (wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_QUIET))
		packets++;
	if (want == CARRIED)
		tap_ok(packets == 3 && bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_ENCAP, 1),
		       "%s: segments of %u bytes are carried", frame_names[kind], payload);
	else
		tap_ok(!packets && bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_TOO_BIG, 1),
		       "%s: segments of %u bytes are to be answered", frame_names[kind], payload);
	while (wire_receive(&wire, WIRE_VX1, out.byte, sizeof(out.byte), WIRE_QUIET))
		;
}

/* What the vxlan device is to do with a frame to a MAC that nobody knows. */
static void unknown(enum frame_kind kind, unsigned int fragment, const __u8 *mac, enum vtep_reason reason, const char *what)
{
	static const __u8 answers[6] = { 0x02 ^ 0x04, 0, 0, 0, 0, 0xee };
	struct tally before;
	struct run run;
	bool good;

	make(kind, 130, fragment);
	memcpy(in.byte, mac, 6);
	bench_tally(&object, &before);
	bench_run(object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], &in, 0, 0, &run);
	good = bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, reason, 1);
	if (reason == VTEP_R_TOO_BIG)
		good = good && (run.mark & ~VTEP_PROOF_FLOW) == (VTEP_PROOF | VTEP_PROOF_BRIDGE | VTEP_PROOF_ANSWER) &&
		       run.verdict == TC_ACT_UNSPEC && !memcmp(run.out.byte, answers, 6) &&
		       run.out.len == in.len && !memcmp(run.out.byte + 6, in.byte + 6, in.len - 6);
	else
		good = good && !run.mark;
	tap_ok(good, "%s, MTU + 130: %s", what, reason_names[reason]);
}

/*
 * Nobody answers in the name of a MAC that is unknown: whoever has it would lose it to the vxlan
 * device. And nobody answers what was sent to a group.
 */
static void test_unknown(void)
{
	static const __u8 group[6] = { 0x33, 0x33, 0, 0, 0, 1 };

	unknown(FRAME_IP4, 0x4000, mac_new, VTEP_R_TOO_BIG, "unknown MAC, IPv4 with DF");
	unknown(FRAME_IP6, 0, mac_new, VTEP_R_TOO_BIG, "unknown MAC, IPv6");
	unknown(FRAME_IP4, 0, mac_new, VTEP_R_FLOODED, "unknown MAC, IPv4 without DF");
	unknown(FRAME_OTHER, 0, mac_new, VTEP_R_FLOODED, "unknown MAC, EtherType 0x88b5");
	unknown(FRAME_IP4, 0x4000, mac_broadcast, VTEP_R_FLOODED, "broadcast, IPv4 with DF");
	unknown(FRAME_IP6, 0, group, VTEP_R_FLOODED, "multicast, IPv6");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_OVERSIZE_DROP);
	unknown(FRAME_IP6, 0, mac_new, VTEP_R_TOO_BIG, "drop, unknown MAC, IPv6");
	unknown(FRAME_IP4, 0, mac_new, VTEP_R_OVERSIZE_DROPPED, "drop, unknown MAC, IPv4 without DF");
	unknown(FRAME_IP4, 0x4000, mac_broadcast, VTEP_R_OVERSIZE_DROPPED, "drop, broadcast, IPv4 with DF");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
}

/* One answer of those that the vxlan device makes for each VTEP. */
static void test_once(void)
{
	static const __u32 number[] = { 5, 5, 5, 6, 5 };
	static const bool again[] = { false, true, true, false, false };
	struct tally before;
	cpu_set_t cpu;
	struct run run;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		tap_bail("CPU 0: %s", strerror(errno));
	frame_make(&in, FRAME_IP4, 590, mac_a, mac_far, 0);
	for (int i = 0; i < 5; i++) {
		bench_tally(&object, &before);
		bench_run(object.skel->progs.vtep_vx_rx, wire.ifindex[WIRE_VX1], &in,
			  VTEP_PROOF | VTEP_PROOF_BRIDGE | VTEP_PROOF_ANSWER | number[i], 0, &run);
		tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, again[i] ? VTEP_R_ANSWERED : VTEP_R_TO_BRIDGE, 1) &&
		       run.verdict == (again[i] ? TC_ACT_SHOT : TC_ACT_UNSPEC),
		       "answer %u: %s", number[i], again[i] ? "has been given" : "to the sender");
	}
}

/* The policy of a VNI. */
static void test_drop(void)
{
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_OVERSIZE_DROP);
	make(FRAME_IP4, 0, 0);
	goes(CARRIED, VTEP_R_ENCAP, "drop, IPv4 without DF, MTU");
	make(FRAME_IP4, 1, 0);
	goes(DROPPED, VTEP_R_OVERSIZE_DROPPED, "drop, IPv4 without DF, MTU + 1");
	make(FRAME_OTHER, 1, 0);
	goes(DROPPED, VTEP_R_OVERSIZE_DROPPED, "drop, EtherType 0x88b5, MTU + 1");
	make(FRAME_IP4, 1, 0x4000);
	goes(ANSWERED, VTEP_R_TOO_BIG, "drop, IPv4 with DF, MTU + 1");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
}

/* What the bridge has to see, but would not let through: a new source, a tag. */
static void test_past_the_bridge(void)
{
	static const __u8 mac[6] = { 0x02, 0, 0, 0, 0xff, 1 };
	struct tally before;

	make(FRAME_IP4, 130, 0x4000);
	memcpy(in.byte + 6, mac, 6);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	out.len = wire_receive(&wire, WIRE_VX1, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == in.len && bench_since(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_LEARNED) == 1 &&
	       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_TOO_BIG) == 1,
	       "a new source, MTU + 130 with DF: learned, and to be answered");
	make(FRAME_IP4, 130, 0);
	memcpy(in.byte + 6, mac_new, 6);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == OUTER_LEN + in.len && bench_since(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_LEARNED) == 1 &&
	       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_OVERSIZE) == 1,
	       "a new source, MTU + 130: learned, and carried");
	make(FRAME_IP4, 130, 0);
	memcpy(in.byte, mac_a, 6);
	memcpy(in.byte + 6, mac, 6);
	in.byte[11]++;
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(wire_silent_all(&wire) && bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_LEARNED, 1),
	       "a new source, MTU + 130, to another port: the bridge's alone");
	make(FRAME_IP4, 130, 0);
	memmove(in.byte + 16, in.byte + 12, in.len - 12);
	memcpy(in.byte + 12, "\x81\0\0\5", 4);
	in.len += 4;
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	out.len = wire_receive(&wire, WIRE_VX1, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == in.len && !memcmp(out.byte, in.byte, in.len) &&
	       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_VLAN) == 1,
	       "a tagged frame, MTU + 130: to the vxlan device");
}

/* What the bridge would drop at the vxlan device gets there all the same; what it lets through, once. */
static void test_flooded(void)
{
	int over;

	for (over = 1; over <= 130; over += over < 8 ? 1 : 61) {
		make(FRAME_IP4, over, 0x4000);
		memcpy(in.byte, mac_broadcast, 6);
		wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
		out.len = wire_receive(&wire, WIRE_VX1, out.byte, sizeof(out.byte), over > 4 ? WIRE_WAIT : WIRE_QUIET);
		tap_ok(over > 4 ? out.len == 0 : !out.len, "broadcast, MTU + %d: vx1 sends nothing of its own", over);
		out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), over > 4 ? WIRE_WAIT : WIRE_QUIET);
		tap_ok((out.len == OUTER_LEN + in.len) == (over > 4), "broadcast, MTU + %d: %s", over,
		       over > 4 ? "flooded past the bridge" : "left to the bridge");
	}
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .mtu = MTU });
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_flood(&object, 1, 1, 1);
	test_sizes();
	test_proof();
	test_super(FRAME_IP4, MTU - 40, CARRIED);
	test_super(FRAME_IP4, MTU - 39, ANSWERED);
	test_super(FRAME_IP6, MTU - 60, CARRIED);
	test_super(FRAME_IP6, MTU - 59, ANSWERED);
	test_flooded();
	test_unknown();
	test_drop();
	test_past_the_bridge();
	test_once();
	bench_unload(&object);
	return tap_end();
}

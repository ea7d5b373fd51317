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

enum way { CARRIED, ANSWERED };

/* One frame of MTU + over bytes of IP; where it comes out and how port_rx counts it. */
static bool goes(enum way want, enum vtep_reason reason, const char *what)
{
	enum wire_device to = want == CARRIED ? WIRE_WG : WIRE_VX1;
	struct tally before;
	bool whole;

	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
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

/* Nobody answers for a MAC that is unknown: whoever has it would lose it to the vxlan device. */
static void test_unknown(void)
{
	struct tally before;
	struct run run;

	make(FRAME_IP4, 130, 0x4000);
	memcpy(in.byte, mac_new, 6);
	bench_tally(&object, &before);
	bench_run(object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], &in, 0, 0, &run);
	tap_ok(run.mark == 0 && bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 1),
	       "unknown MAC, MTU + 130 with DF: flooded, without a proof");
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
	bench_unload(&object);
	return tap_end();
}

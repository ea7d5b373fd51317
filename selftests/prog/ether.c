// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ethernet in WireGuard's place, byte by byte, a tap in place of the NIC.
 *
 *	port_a, vx1 --> eth0: the kernel's neighbour table says which MAC the next hop has
 *	eth0 --tc ingress vtep_eth_rx--> port_b, or vx1 for the bridge, or as it came to the stack
 */
#include <net/if_arp.h>
#include "bench.h"

#define LINK_LEN	14
#define TOP		(LINK_LEN + OUTER_LEN)

static const __u8 mac_hop[6] = { 0x02, 0, 0, 0, 0x0e, 0xfe }, mac_other[6] = { 0x02, 0, 0, 0, 0x0e, 0x01 };
static struct wire wire;
static struct object object;
static struct frame in, outer, packet, out;
static __u8 mac_eth[6];

static void eth_address(void)
{
	struct ifreq ifr = { .ifr_name = "eth0" };

	if (ioctl(wire.control, SIOCGIFHWADDR, &ifr))
		tap_bail("eth0: address: %s", strerror(errno));
	memcpy(mac_eth, ifr.ifr_hwaddr.sa_data, 6);
}

/* arp -i eth0 -s NEXT_HOP mac_hop */
static void next_hop(void)
{
	struct arpreq req = { .arp_flags = ATF_PERM | ATF_COM, .arp_dev = "eth0" };
	struct sockaddr_in *address = (void *)&req.arp_pa;

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(NEXT_HOP) };
	req.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(req.arp_ha.sa_data, mac_hop, 6);
	if (ioctl(wire.control, SIOCSARP, &req))
		tap_bail("neighbour: %s", strerror(errno));
}

/* NULL when eth0 sent the right packet to the last byte. */
static const char *sent_wrong(void)
{
	const char *why;

	out.len = wire_receive(&wire, WIRE_ETH, out.byte, sizeof(out.byte), WIRE_WAIT);
	if (out.len < LINK_LEN)
		return "nothing came";
	if (memcmp(out.byte, mac_hop, 6) || memcmp(out.byte + 6, mac_eth, 6) || get16(out.byte + 12) != 0x0800)
		return "Ethernet header";
	why = outer_wrong(out.byte + LINK_LEN, out.len - LINK_LEN, LOCAL, REMOTE(2), VNI1);
	if (why)
		return why;
	if (out.len != TOP + in.len)
		return "length";
	return memcmp(out.byte + TOP, in.byte, in.len) ? "inner frame changed" : NULL;
}

static void test_encap(enum frame_kind kind, int vx)
{
	size_t len, first = 60 + 4 * (kind == FRAME_IP6), last = frame_last(kind);
	const char *why = NULL;
	struct tally before;

	bench_tally(&object, &before);
	for (len = first; len <= last && !why; len++) {
		frame_make(&in, kind, len, mac_far, mac_a, len);
		if (vx < 0)
			wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
		else if (send(vx, in.byte, in.len, 0) != (ssize_t)in.len)
			tap_bail("send of %zu bytes: %s", in.len, strerror(errno));
		why = sent_wrong();
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why && bench_counted(&object, &before, 1, vx < 0 ? VTEP_HOOK_PORT_RX : VTEP_HOOK_VX_TX,
				     VTEP_R_ENCAP, last - first + 1),
	       "%s: %s frames of %zu to %zu bytes", vx < 0 ? "port" : "vx_tx", frame_names[kind], first, last);
}

/* The largest that eth0's MTU has room for, and one byte more. */
static void test_not_fragmented(void)
{
	struct tally before;
	const char *why;

	wire_request(&wire, "eth0", SIOCSIFMTU, 1500);
	frame_make(&in, FRAME_IP4, 1500 - OUTER_LEN, mac_far, mac_a, 0);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	why = sent_wrong();
	tap_ok(!why, "the largest frame that fits is sent%s%s", why ? ": " : "", why ?: "");
	bench_tally(&object, &before);
	frame_make(&in, FRAME_IP4, 1501 - OUTER_LEN, mac_far, mac_a, 0);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(wire_silent(&wire, WIRE_ETH) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_NOT_FRAGMENTED, 1),
	       "one byte more is dropped and counted");
	wire_request(&wire, "eth0", SIOCSIFMTU, WIRE_MTU);
}

/* Left to the kernel's vxlan, in whose place vx1 gives back what it is to send. */
static void test_flood(int vx)
{
	struct tally before;

	bench_tally(&object, &before);
	frame_make(&in, FRAME_ARP, 60, mac_broadcast, mac_a, 0);
	if (send(vx, in.byte, in.len, 0) != (ssize_t)in.len)
		tap_bail("send: %s", strerror(errno));
	out.len = wire_receive(&wire, WIRE_VX1, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == in.len && !memcmp(out.byte, in.byte, in.len) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_BUM, 1),
	       "a broadcast is the kernel's to flood");
	object_tunnel(&object, false, wire.ifindex[WIRE_ETH]);
	tap_ok(send(vx, in.byte, in.len, 0) < 0 && errno == ENOBUFS && wire_silent(&wire, WIRE_VX1) &&
	       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_NO_TUNNEL) == 1,
	       "but not while eth0 is down");
	object_tunnel(&object, true, wire.ifindex[WIRE_ETH]);
}

/* A VXLAN packet in an Ethernet frame for `dst`. */
static void packet_make(const __u8 *dst)
{
	outer_make(&outer, REMOTE(1), LOCAL, 50000, VNI1, &in);
	memcpy(packet.byte, dst, 6);
	memcpy(packet.byte + 6, mac_hop, 6);
	put16(packet.byte + 12, 0x0800);
	memcpy(packet.byte + LINK_LEN, outer.byte, outer.len);
	packet.len = LINK_LEN + outer.len;
}

static const char *received_wrong(void)
{
	if (!out.len)
		return "nothing came";
	if (out.len != in.len)
		return "length";
	return memcmp(out.byte, in.byte, in.len) ? "frame changed" : NULL;
}

static void test_decap(enum frame_kind kind, const __u8 *dst, enum vtep_reason reason)
{
	static const __u16 protocols[FRAME_KINDS] = { 0x0800, 0x86dd, 0x0806, 0x0004, 0x88b5 };
	size_t len, first = 60 + 4 * (kind == FRAME_IP6), last = frame_last(kind);
	int caught = wire_socket(&wire, WIRE_VX1, protocols[kind]);
	const char *why = NULL;
	struct tally before;

	bench_tally(&object, &before);
	for (len = first; len <= last && !why; len++) {
		frame_make(&in, kind, len, dst, mac_far, len);
		packet_make(mac_eth);
		wire_send(&wire, WIRE_ETH, packet.byte, packet.len);
		out.len = reason == VTEP_R_DELIVERED ?
			  wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT) :
			  wire_caught(caught, out.byte, sizeof(out.byte), NULL, WIRE_WAIT);
		why = received_wrong();
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, reason, last - first + 1),
	       "%s frames of %zu to %zu bytes to %s", frame_names[kind], first, last,
	       reason == VTEP_R_DELIVERED ? "a port" : "the bridge");
	close(caught);
}

/* `packet` goes to the stack as it came, with this mark. */
static void test_passed(const char *what, __u32 slot, enum vtep_reason reason, __u32 mark)
{
	int caught = wire_socket(&wire, WIRE_ETH, 0x0800);
	struct tally before;
	__u32 marked;

	bench_tally(&object, &before);
	wire_send(&wire, WIRE_ETH, packet.byte, packet.len);
	out.len = wire_caught(caught, out.byte, sizeof(out.byte), &marked, WIRE_WAIT);
	tap_ok(out.len >= packet.len - 4 && !memcmp(out.byte, packet.byte, 12) && marked == mark &&
	       bench_counted(&object, &before, slot, VTEP_HOOK_WG_RX, reason, 1), "%s", what);
	close(caught);
}

static void test_not_ours(void)
{
	frame_make(&in, FRAME_IP4, 100, mac_b, mac_far, 0);
	packet_make(mac_other);
	test_passed("to another station's MAC: not ours", 0, VTEP_R_NOT_OURS, 0);
	packet_make(mac_broadcast);
	test_passed("to all stations: not ours", 0, VTEP_R_NOT_OURS, 0);
	packet_make(mac_eth);
	memmove(packet.byte + 16, packet.byte + 12, packet.len - 12);
	put32(packet.byte + 12, 0x81000007);
	packet.len += 4;
	test_passed("in a VLAN: not ours", 0, VTEP_R_NOT_OURS, 0);
	packet_make(mac_eth);
	put32(packet.byte + LINK_LEN + 16, LOCAL + 1);
	test_passed("to another address: not ours", 0, VTEP_R_NOT_OURS, 0);
}

/* What the kernel verifies gets our proof: its vxlan device demands it. */
static void test_unverified(void)
{
	frame_make(&in, FRAME_IP4, 100, mac_b, mac_far, 0);
	packet_make(mac_eth);
	put16(packet.byte + LINK_LEN + 26, 0x1234);
	test_passed("a UDP checksum is the kernel's to verify", 1, VTEP_R_UNVERIFIED, VTEP_PROOF);
	packet_make(mac_eth);
	packet.len += 4;
	test_passed("a trailer is the kernel's to cut off", 1, VTEP_R_UNVERIFIED, VTEP_PROOF);
}

/* As a guest's tap makes them: a size, but not yet counted. */
static void test_super(__u32 segs)
{
	struct __sk_buff ctx = { .ifindex = wire.ifindex[WIRE_ETH], .gso_size = 50, .gso_segs = segs };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet.byte, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .ctx_out = &ctx, .ctx_size_out = sizeof(ctx));
	struct tally before;

	bench_tally(&object, &before);
	frame_make(&in, FRAME_IP4, 200, mac_b, mac_far, 0);
	packet_make(mac_eth);
	opts.data_size_in = packet.len;
	if (bpf_prog_test_run_opts(bpf_program__fd(object.skel->progs.vtep_eth_rx), &opts))
		tap_bail("test run: %s", strerror(errno));
	tap_ok((int)opts.retval == TC_ACT_UNSPEC && (ctx.mark & VTEP_PROOF_MASK) == VTEP_PROOF &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_SUPER, 1),
	       "a super-packet of %u segments is the kernel's, proved", segs);
}

static void test_dropped(const char *what, size_t at, __u8 flip)
{
	struct tally before;

	frame_make(&in, FRAME_IP4, 100, mac_b, mac_far, 0);
	packet_make(mac_eth);
	packet.byte[LINK_LEN + at] ^= flip;
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_ETH, packet.byte, packet.len);
	tap_ok(wire_silent(&wire, WIRE_PORT_B) &&
	       bench_counted(&object, &before, 0, VTEP_HOOK_WG_RX, VTEP_R_MALFORMED, 1), "%s", what);
}

int main(void)
{
	int vx;

	wire_open(&wire);
	eth_address();
	next_hop();
	bench_load(&object, &wire, (struct object_options){ .ether = true });
	bench_attach(&object);
	vx = wire_socket(&wire, WIRE_VX1, 0);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(2), VTEP_FDB_STATIC_ENTRY);
	for (int kind = 0; kind < FRAME_KINDS; kind++) {
		test_encap(kind, -1);
		test_encap(kind, vx);
	}
	test_not_fragmented();
	test_flood(vx);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	for (int kind = 0; kind < FRAME_KINDS; kind++) {
		test_decap(kind, mac_b, VTEP_R_DELIVERED);
		test_decap(kind, mac_broadcast, VTEP_R_BRIDGED);
	}
	test_not_ours();
	test_unverified();
	test_super(0);
	test_super(3);
	test_dropped("header checksum wrong: malformed", 8, 1);
	test_dropped("header checksum zero and wrong: malformed", 10, 0xff);
	test_dropped("total length too large: malformed", 2, 1);
	test_dropped("UDP length too small: malformed", 25, 4);
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return tap_end();
}

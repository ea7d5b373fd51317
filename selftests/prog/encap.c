// SPDX-License-Identifier: GPL-2.0-only
/*
 * To the overlay, byte by byte: a frame into port_a, or out of vx1, for a known remote MAC; the
 * outer packet is what wg0's stand-in sends.
 *
 *	port_a --tc ingress vtep_port_rx--> wg0        vx1 --tc egress vtep_vx_tx--> wg0
 */
#include "bench.h"

static struct wire wire;
static struct object object;
static struct frame in, out;

/* Received by port_a or, with a packet socket, sent by vx1. */
static void send_frame(int vx)
{
	if (vx < 0)
		wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	else if (send(vx, in.byte, in.len, 0) != (ssize_t)in.len)
		tap_bail("send of %zu bytes: %s", in.len, strerror(errno));
}

/* NULL when the packet that came out is right to the last byte. */
static const char *wrong(__u32 vni, __u32 remote)
{
	const char *why;

	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	why = outer_wrong(out.byte, out.len, LOCAL, REMOTE(remote), vni);
	if (why)
		return why;
	if (out.len != OUTER_LEN + in.len)
		return "length";
	return memcmp(out.byte + OUTER_LEN, in.byte, in.len) ? "inner frame changed" : NULL;
}

static void test_bytes(enum frame_kind kind, int vx, size_t first)
{
	enum vtep_hook hook = vx < 0 ? VTEP_HOOK_PORT_RX : VTEP_HOOK_VX_TX;
	size_t len, last = frame_last(kind);
	const char *why = NULL;
	struct tally before;

	bench_tally(&object, &before);
	for (len = first; len <= last && !why; len++) {
		frame_make(&in, kind, len, mac_far, mac_a, len);
		send_frame(vx);
		why = wrong(VNI1, 2);
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why && bench_counted(&object, &before, 1, hook, VTEP_R_ENCAP, last - first + 1),
	       "%s: %s frames of %zu to %zu bytes", vx < 0 ? "port_rx" : "vx_tx", frame_names[kind],
	       first, last);
}

/*
 * Frames that no sane host sends: shorter than Ethernet's minimum or their own headers, down to 14
 * bytes.
 */
static void test_short(enum frame_kind kind, int vx)
{
	const char *why = NULL;
	size_t len;

	for (len = ETH_LEN; len < 60 && !why; len++) {
		frame_make(&in, kind, 64, mac_far, mac_a, 0);
		in.len = len;
		send_frame(vx);
		why = wrong(VNI1, 2);
	}
	if (why)
		tap_note("length %zu: %s", len - 1, why);
	tap_ok(!why, "%s: %s frames cut to 14 to 59 bytes", vx < 0 ? "port_rx" : "vx_tx",
	       frame_names[kind]);
}

/*
 * Fields of the header that a program could mistake for something else: each EtherType, lengths
 * included.
 */
static void test_ethertypes(void)
{
	const char *why = NULL;
	int type;

	for (type = 0; type < 0x10000 && !why; type += 0x11) {
		if (type == 0x8100 || type == 0x88a8)	/* taken off by the stack */
			continue;
		frame_make(&in, FRAME_OTHER, 64, mac_far, mac_a, type);
		put16(in.byte + 12, type);
		send_frame(-1);
		why = wrong(VNI1, 2);
	}
	if (why)
		tap_note("EtherType %#x: %s", type - 0x11, why);
	tap_ok(!why, "port_rx: EtherTypes and lengths 0 to 0xffff in steps of 0x11");
}

static void test_other_vni(void)
{
	const char *why;

	frame_make(&in, FRAME_IP4, 100, mac_far, mac_a, 0);
	wire_send(&wire, WIRE_PORT_D, in.byte, in.len);
	why = wrong(VNI2, 3);
	tap_ok(!why, "port_rx: the same MAC in another VNI has its own VTEP%s%s", why ? ": " : "",
	       why ?: "");
}

static unsigned int source_port(enum frame_kind kind, unsigned int flow)
{
	frame_make(&in, kind, 100, mac_far, mac_a, flow);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	return wrong(VNI1, 2) ? 0 : get16(out.byte + 20);
}

static void test_source_port(enum frame_kind kind)
{
	static unsigned char used[0x10000];
	unsigned int distinct = 0, quarters = 0, unstable = 0;

	memset(used, 0, sizeof(used));
	for (unsigned int flow = 0; flow < 1000; flow++) {
		unsigned int port = source_port(kind, flow);

		unstable += port != source_port(kind, flow);
		distinct += !used[port];
		used[port] = 1;
		quarters |= 1 << (port >> 12 & 3);
	}
	tap_ok(unstable == 0, "%s: one flow, one source port", frame_names[kind]);
	tap_ok(distinct > 900 && quarters == 15,
	       "%s: 1000 flows have %u source ports, all over the range", frame_names[kind],
	       distinct);
}

/* RFC 6864: packets that may be fragmented need identifications that differ. */
static void test_identification(void)
{
	static unsigned char used[0x10000];
	unsigned int distinct = 0;

	for (int i = 0; i < 1000; i++) {
		source_port(FRAME_IP4, 1);
		distinct += !used[get16(out.byte + 4)];
		used[get16(out.byte + 4)] = 1;
	}
	tap_ok(distinct > 900, "1000 packets of a flow have %u identifications", distinct);
}

int main(void)
{
	int vx;

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	vx = wire_socket(&wire, WIRE_VX1, 0);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(2), 0);
	object_fdb(&object, VNI2, mac_a, where_local(WIRE_PORT_D), 0);
	object_fdb(&object, VNI2, mac_far, where_remote(3), 0);
	for (int kind = 0; kind < FRAME_KINDS; kind++) {
		test_bytes(kind, -1, 60 + 4 * (kind == FRAME_IP6));
		test_bytes(kind, vx, 60 + 4 * (kind == FRAME_IP6));
		test_short(kind, -1);
		test_short(kind, vx);
	}
	test_ethertypes();
	test_other_vni();
	test_source_port(FRAME_IP4);
	test_source_port(FRAME_IP6);
	test_identification();
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a bridge lets its ports do, as vtepd tells it to the programs: each role at each hook, on a pair of MACs
 * that the programs have just remembered, since a role must count for the next frame.
 */
#include "bench.h"

#define OPEN	(VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING)
#define PASS	TC_ACT_UNSPEC
#define DROP	TC_ACT_SHOT
#define SEND	TC_ACT_REDIRECT

static struct wire wire;
static struct object object;
static struct frame in;
static const __u8 mac_lldp[6] = { 1, 0x80, 0xc2, 0, 0, 0x0e }, mac_group[6] = { 1, 0, 0x5e, 0, 0, 5 };

static bool runs(enum vtep_hook hook, const struct bpf_program *prog, __u32 ifindex, __u32 mark,
		 enum vtep_reason reason, int verdict)
{
	static struct run run;
	struct tally before;

	bench_tally(&object, &before);
	bench_run(prog, ifindex, &in, mark, 0, &run);
	return run.verdict == verdict && bench_counted(&object, &before, 1, hook, reason, 1);
}

static bool port_rx(const __u8 *dst, const __u8 *src, enum vtep_reason reason, int verdict)
{
	frame_make(&in, FRAME_IP4, 100, dst, src, 0);
	return runs(VTEP_HOOK_PORT_RX, object.skel->progs.vtep_port_rx, wire.ifindex[WIRE_PORT_A], 0, reason, verdict);
}

static bool vx_tx(const __u8 *dst, enum vtep_reason reason, int verdict)
{
	frame_make(&in, FRAME_IP4, 100, dst, mac_a, 0);
	return runs(VTEP_HOOK_VX_TX, object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], 0, reason, verdict);
}

static bool vx_rx(const __u8 *dst, enum vtep_reason reason, int verdict)
{
	frame_make(&in, FRAME_IP4, 100, dst, mac_far, 0);
	return runs(VTEP_HOOK_VX_RX, object.skel->progs.vtep_vx_rx, wire.ifindex[WIRE_VX1], VTEP_PROOF, reason, verdict);
}

static bool wg_rx(__u32 remote, const __u8 *dst, const __u8 *src, enum vtep_reason reason, int verdict)
{
	static struct frame inner;

	frame_make(&inner, FRAME_IP4, 100, dst, src, 0);
	outer_make(&in, REMOTE(remote), LOCAL, 50000, VNI1, &inner);
	return runs(VTEP_HOOK_WG_RX, object.skel->progs.vtep_wg_rx, wire.ifindex[WIRE_WG], 0, reason, verdict);
}

static void vni_flags(__u32 flags) { object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], flags); }
static void port_flags(__u32 flags) { object_port(&object, WIRE_PORT_A, 1, flags); }

/* mac_a at port_a and mac_far at VTEP 1 talk, both ways by the fast path and remembered. */
static void start(const char *what)
{
	object_fdb_clear(&object);
	vni_flags(VTEP_VNI_LEARNING);
	port_flags(OPEN);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_ENCAP, SEND) && wg_rx(1, mac_a, mac_far, VTEP_R_DELIVERED, SEND) &&
	       vx_rx(mac_a, VTEP_R_FORWARDED, SEND), "%s: before, the fast path", what);
}

/* Blocked, or isolated like the vxlan device: the bridge is asked. */
static void test_closed(void)
{
	start("closed");
	port_flags(VTEP_PORT_LEARNING);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_NOT_FORWARDING, PASS), "closed: from the port to the bridge");
	tap_ok(wg_rx(1, mac_a, mac_far, VTEP_R_BRIDGED, SEND), "closed: from the tunnel to the bridge");
	tap_ok(vx_rx(mac_a, VTEP_R_TO_BRIDGE, PASS), "closed: from the kernel's vxlan to the bridge");
	tap_ok(port_rx(mac_far, mac_new, VTEP_R_LEARNED, PASS) &&
	       object_fdb_is(&object, VNI1, mac_new, where_local(WIRE_PORT_A)), "closed: it learns all the same");
	port_flags(OPEN);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_ENCAP, SEND) && wg_rx(1, mac_a, mac_far, VTEP_R_DELIVERED, SEND),
	       "open again: the fast path");
}

static void test_learning(void)
{
	struct vtep_fdb e;

	start("no learning");
	port_flags(VTEP_PORT_FORWARDING);
	tap_ok(port_rx(mac_far, mac_new, VTEP_R_ENCAP, SEND) && !object_fdb_get(&object, VNI1, mac_new, &e),
	       "no learning: a new source is carried and not learned");
	tap_ok(wg_rx(1, mac_b, mac_a, VTEP_R_BRIDGED, SEND), "no learning: its MAC shows elsewhere");
	tap_ok(port_rx(mac_broadcast, mac_a, VTEP_R_BUM, PASS) && object_fdb_is(&object, VNI1, mac_a, where_remote(1)),
	       "no learning: and does not come back by being heard");
	vni_flags(0);
	tap_ok(wg_rx(2, mac_b, mac_new, VTEP_R_BRIDGED, SEND) && !object_fdb_get(&object, VNI1, mac_new, &e),
	       "no learning at the vxlan device: not learned from the tunnel");
}

/* br_handle_frame_finish(): who is not in the FDB at that port is not heard, nor learned. */
static void test_locked(void)
{
	const struct vtep_fdb_where a = where_local(WIRE_PORT_A), b = where_local(WIRE_PORT_B),
				    own = { .slot = VTEP_NO_SLOT };
	struct vtep_fdb e;

	start("locked");
	port_flags(VTEP_PORT_FORWARDING | VTEP_PORT_LOCKED);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_LOCKED, PASS), "locked: what was learned is for the bridge to judge");
	tap_ok(port_rx(mac_far, mac_new, VTEP_R_LOCKED, PASS) && !object_fdb_get(&object, VNI1, mac_new, &e),
	       "locked: a stranger is not heard and not learned");
	tap_ok(port_rx(mac_broadcast, mac_new, VTEP_R_LOCKED, PASS), "locked: nor are his broadcasts");
	tap_ok(wg_rx(1, mac_a, mac_far, VTEP_R_DELIVERED, SEND), "locked: frames to the port go there");
	object_fdb(&object, VNI1, mac_a, b, VTEP_FDB_STATIC_ENTRY);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_LOCKED, PASS), "locked: configured at another port");
	object_fdb(&object, VNI1, mac_a, own, VTEP_FDB_STATIC_ENTRY);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_LOCKED, PASS), "locked: this host's own address");
	object_fdb(&object, VNI1, mac_a, where_remote(1), VTEP_FDB_STATIC_ENTRY);
	tap_ok(port_rx(mac_far, mac_a, VTEP_R_LOCKED, PASS), "locked: configured behind a VTEP");
	object_fdb(&object, VNI1, mac_a, a, VTEP_FDB_STATIC_ENTRY);
	for (int i = 0; i < 2; i++)
		tap_ok(port_rx(mac_far, mac_a, VTEP_R_ENCAP, SEND), "locked: configured at it: the fast path");
	port_flags(OPEN);
	tap_ok(port_rx(mac_far, mac_new, VTEP_R_LEARNED, PASS), "unlocked: a stranger is learned");
}

/* Sticky at the vxlan device: behind some VTEP, never at a port. */
static void test_sticky(void)
{
	const struct vtep_fdb_where tunnel = { .slot = VTEP_NO_SLOT, .flags = VTEP_FDB_REMOTE };
	const struct vtep_fdb_where sticky = { .slot = VTEP_NO_SLOT, .flags = VTEP_FDB_REMOTE | VTEP_FDB_STATIC_ENTRY };

	start("sticky");
	object_flood(&object, 1, 1, 1);
	object_fdb(&object, VNI1, mac_new, tunnel, VTEP_FDB_STATIC_ENTRY);
	tap_ok(port_rx(mac_far, mac_new, VTEP_R_ENCAP, SEND) && object_fdb_is(&object, VNI1, mac_new, sticky),
	       "sticky to the tunnel: a port does not draw it away");
	tap_ok(wg_rx(1, mac_a, mac_new, VTEP_R_DELIVERED, SEND) && wg_rx(2, mac_a, mac_new, VTEP_R_DELIVERED, SEND) &&
	       object_fdb_is(&object, VNI1, mac_new, sticky), "sticky to the tunnel: heard from any VTEP");
	tap_ok(port_rx(mac_new, mac_a, VTEP_R_BUM, PASS) && vx_tx(mac_new, VTEP_R_FLOODED, SEND),
	       "sticky to the tunnel: sent to all of them");
}

/* 01:80:c2:00:00:0x by x, each told alone. */
static void test_group(void)
{
	__u8 mac[6];
	bool stays = true, alone = true;

	start("group addresses");
	object_flood(&object, 1, 1, 1);
	memcpy(mac, mac_lldp, 6);
	for (int x = 0; x < 16; x++) {
		mac[5] = x;
		vni_flags(VTEP_VNI_LEARNING);
		stays = stays && port_rx(mac, mac_a, VTEP_R_LINK_LOCAL, PASS) &&
			vx_tx(mac, VTEP_R_RESERVED_MAC, DROP) && wg_rx(1, mac, mac_far, VTEP_R_RESERVED_MAC, DROP);
		vni_flags(VTEP_VNI_LEARNING | (0x10000U << x));
		alone = alone && vx_tx(mac, VTEP_R_FLOODED, SEND) && wg_rx(1, mac, mac_far, VTEP_R_BRIDGED, SEND);
		vni_flags(VTEP_VNI_LEARNING | (0xffff0000U ^ (0x10000U << x)));
		alone = alone && vx_tx(mac, VTEP_R_RESERVED_MAC, DROP) &&
			wg_rx(1, mac, mac_far, VTEP_R_RESERVED_MAC, DROP);
	}
	tap_ok(stays, "01:80:c2:00:00:00 … :0f: neither out nor in");
	tap_ok(alone, "each of them out and in where it is told, and only that one");
	vni_flags(VTEP_VNI_LEARNING);
}

/* The bridge forwards LLDP that comes by port_a, and so does vx_tx; what comes by port_b stays. */
static void test_group_port(void)
{
	static struct frame out;
	struct tally before;

	wire_bridge(&wire);
	wire_write_file("/sys/class/net/br1/brif/port_a/group_fwd_mask", "0x4000");
	port_flags(OPEN | 0x4000U << VTEP_GROUP_FWD_SHIFT);
	object_flood(&object, 1, 1, 1);
	frame_make(&in, FRAME_OTHER, 100, mac_lldp, mac_a, 0);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(!outer_wrong(out.byte, out.len, LOCAL, REMOTE(1), VNI1) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 1),
	       "LLDP from a port whose group_fwd_mask says so is carried");
	wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
	wire_write_file("/sys/class/net/br1/brif/port_b/group_fwd_mask", "0x4000");
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_B, in.byte, in.len);
	tap_ok(wire_receive(&wire, WIRE_PORT_A, out.byte, sizeof(out.byte), WIRE_WAIT) == in.len &&
	       wire_silent(&wire, WIRE_WG) && bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_RESERVED_MAC, 1),
	       "from a port of which vtepd has not said so it is not");
}

/* What the bridge would drop for its size is copied to the vxlan device only if it floods there. */
static void test_flood(void)
{
	static const struct { __u32 flag; const __u8 *mac; const char *name; } kind[] = {
		{ VTEP_VNI_NO_FLOOD, mac_new, "unknown unicast" },
		{ VTEP_VNI_NO_MCAST, mac_group, "multicast" },
		{ VTEP_VNI_NO_BCAST, mac_broadcast, "broadcast" },
	};
	const __u32 all = VTEP_VNI_NO_FLOOD | VTEP_VNI_NO_MCAST | VTEP_VNI_NO_BCAST;
	struct tally before;

	for (int i = 0; i < 3; i++) {
		frame_make(&in, FRAME_OTHER, object.mtu + 100, kind[i].mac, mac_a, 0);
		vni_flags(VTEP_VNI_LEARNING | (all & ~kind[i].flag));
		bench_tally(&object, &before);
		wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
		tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_BUM, 1) &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 1) &&
		       wire_receive(&wire, WIRE_WG, in.byte, sizeof(in.byte), WIRE_WAIT),
		       "a large %s frame leaves where the bridge floods it", kind[i].name);
		frame_make(&in, FRAME_OTHER, object.mtu + 100, kind[i].mac, mac_a, 0);
		vni_flags(VTEP_VNI_LEARNING | kind[i].flag);
		bench_tally(&object, &before);
		wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
		tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_BUM, 1) &&
		       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED) == 0 &&
		       wire_silent(&wire, WIRE_WG), "and stays where it does not");
	}
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .mtu = 1370 });
	test_closed();
	test_learning();
	test_locked();
	test_sticky();
	test_group();
	start("at devices");
	bench_attach(&object);
	test_flood();
	start("in a bridge");
	test_group_port();
	bench_unload(&object);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outer fragments: none gets in. The kernel's reassembly asks nobody which device a part came by, so a proof on the first
 * would let in what the underlay added to it.
 *
 *	wg0 --tc ingress vtep_wg_rx--> kernel: defragment, vxlan1 --tc ingress vtep_vx_rx--> port_b
 */
#include "vxlan.h"

#define PARTS	3

static struct wire wire;
static struct object object;
static struct frame inner, outer, part[PARTS], out;

/* Three fragments of one packet, told from others by its identification. */
static void make(__u16 id)
{
	size_t done = 0, payload;

	frame_make(&inner, FRAME_IP4, 1500, mac_b, mac_far, id);
	outer_make(&outer, REMOTE(1), LOCAL, 50000, VNI1, &inner);
	payload = outer.len - 20;
	for (int i = 0; i < PARTS; i++) {
		size_t len = i < PARTS - 1 ? 512 : payload - done;

		memcpy(part[i].byte, outer.byte, 20);
		memcpy(part[i].byte + 20, outer.byte + 20 + done, len);
		part[i].len = 20 + len;
		put16(part[i].byte + 2, part[i].len);
		put16(part[i].byte + 4, id);
		put16(part[i].byte + 6, (i < PARTS - 1 ? 0x2000 : 0) | done / 8);
		outer_sign(&part[i], 20);
		done += len;
	}
}

static void test_orders(void)
{
	static const int orders[][PARTS] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 2, 0, 1 } };
	struct tally before;

	bench_tally(&object, &before);
	for (__u16 n = 0; n < 4; n++) {
		make(100 + n);
		for (int i = 0; i < PARTS; i++)
			wire_send(&wire, WIRE_WG, part[orders[n][i]].byte, part[orders[n][i]].len);
	}
	tap_ok(wire_silent(&wire, WIRE_PORT_B),
	       "a packet in three fragments is not delivered, whichever comes first");
	tap_ok(bench_since(&object, &before, 0, VTEP_HOOK_WG_RX, VTEP_R_FRAGMENT) == 4 &&
	       bench_since(&object, &before, 0, VTEP_HOOK_WG_RX, VTEP_R_NOT_OURS) == 8,
	       "the first counted as fragment, the others not ours");
}

/* The same packet whole: what the silence is worth. */
static void test_whole(void)
{
	make(400);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
	out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == inner.len && !memcmp(out.byte, inner.byte, inner.len), "whole it is delivered");
}

/* All of it from the underlay: no proof. */
static void test_underlay(void)
{
	struct tally before;

	make(200);
	bench_tally(&object, &before);
	for (int i = 0; i < PARTS; i++) {
		memcpy(out.byte, "\2\0\0\0\0\xdd\2\0\0\0\0\xee\x08\0", ETH_LEN);
		memcpy(out.byte + ETH_LEN, part[i].byte, part[i].len);
		wire_send(&wire, WIRE_VX2, out.byte, ETH_LEN + part[i].len);
	}
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_VX_RX, VTEP_R_UNPROVED, 1) &&
		       wire_silent(&wire, WIRE_PORT_B),
	       "from the underlay: put together, and dropped for want of proof");
}

/* The first from the tunnel, the rest from the underlay. */
static void test_injected(void)
{
	make(300);
	wire_send(&wire, WIRE_WG, part[0].byte, part[0].len);
	for (int i = 1; i < PARTS; i++) {
		memcpy(out.byte, "\2\0\0\0\0\xdd\2\0\0\0\0\xee\x08\0", ETH_LEN);
		memcpy(out.byte + ETH_LEN, part[i].byte, part[i].len);
		wire_send(&wire, WIRE_VX2, out.byte, ETH_LEN + part[i].len);
	}
	tap_ok(wire_silent(&wire, WIRE_PORT_B),
	       "the first from the tunnel and the rest from the underlay: not delivered");
}

int main(void)
{
	static const __u8 mac[6] = { 2, 0, 0, 0, 0, 0xdd };
	struct ifreq ifr = { .ifr_name = "vx2", .ifr_hwaddr.sa_family = 1 };

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach_one(object.skel->progs.vtep_port_rx, wire.ifindex[WIRE_PORT_B], false);
	bench_attach_one(object.skel->progs.vtep_wg_rx, wire.ifindex[WIRE_WG], false);
	vxlan_open(&object);
	/* vx2 is the underlay here, and has no program */
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	if (ioctl(wire.control, SIOCSIFHWADDR, &ifr))
		tap_bail("vx2: address: %s", strerror(errno));
	wire_write_file("/proc/sys/net/ipv4/conf/vx2/rp_filter", "0");
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	test_orders();
	test_whole();
	test_underlay();
	test_injected();
	bench_unload(&object);
	return tap_end();
}

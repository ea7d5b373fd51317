// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLAN tags. The stack takes the outermost off a received frame before tc sees it; such a frame
 * takes the kernel's path, tag and all. Only a tag that is still in the frame's bytes is carried as
 * what it is, inner bytes.
 */
#include "bench.h"

static struct wire wire;
static struct object object;
static struct frame in, out;

static void make(const __u8 *dst, const __u8 *src, unsigned int tpid, int tags)
{
	frame_make(&in, FRAME_OTHER, 200, dst, src, 0);
	for (int i = 0; i < tags; i++) {
		put16(in.byte + 12 + 4 * i, i ? 0x8100 : tpid);
		put16(in.byte + 14 + 4 * i, 0x6000 + 10 + i);
	}
	put16(in.byte + 12 + 4 * tags, 0x88b5);
}

static bool came_out(enum wire_device device)
{
	out.len = wire_receive(&wire, device, out.byte, sizeof(out.byte), WIRE_WAIT);
	return out.len == in.len && !memcmp(out.byte, in.byte, in.len);
}

/*
 * port_a -> bridge -> vx1, whose egress program lets it go to the kernel's vxlan: tagged as it
 * came.
 */
static void test_port(unsigned int tpid, int tags)
{
	struct tally before;

	make(mac_far, mac_a, tpid, tags);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(came_out(WIRE_VX1) && came_out(WIRE_PORT_B),
	       "%d tags, %#x: out of vx1 by the kernel, unharmed", tags, tpid);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_VLAN, 1) &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_VLAN, 1) &&
		       wire_silent(&wire, WIRE_WG),
	       "%d tags, %#x: counted as vlan at both hooks, and not encapsulated", tags, tpid);
}

static void test_flooded(void)
{
	struct tally before;

	make(mac_broadcast, mac_a, 0x8100, 1);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(came_out(WIRE_VX1) && came_out(WIRE_PORT_B) && wire_silent(&wire, WIRE_WG) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_VLAN, 1),
	       "a tagged broadcast is the kernel's too");
}

/* The kernel's vxlan would follow the host's route into the open. */
static bool refused(void)
{
	struct tally before;

	make(mac_far, mac_a, 0x8100, 1);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	came_out(WIRE_PORT_B);
	return wire_silent(&wire, WIRE_VX1) &&
	       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_NO_TUNNEL, 1);
}

static void test_no_tunnel(void)
{
	struct vtep_vni vni;
	__u32 slot = 1;

	object_tunnel(&object, false, wire.ifindex[WIRE_WG]);
	tap_ok(refused(), "not while the tunnel is down");
	object_tunnel(&object, true, 4711);
	tap_ok(refused(), "not when its device is gone");
	object_tunnel(&object, true, wire.ifindex[WIRE_WG]);
	bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.vnis), &slot, &vni);
	vni.flags &= ~VTEP_VNI_ROUTED;
	map_set(object.skel->maps.vnis, &slot, &vni);
	tap_ok(refused(), "not when a route to a VTEP leads elsewhere");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
}

/*
 * From a packet socket the tags are in the bytes, and the network header is behind them. In the
 * tunnel or out of vx1 to the kernel's vxlan: either will do, so long as it is the same frame.
 */
static void test_bytes(int tags)
{
	int vx1 = wire_socket(&wire, WIRE_VX1, 0);
	const char *why = NULL;

	make(mac_far, mac_a, tags > 1 ? 0x88a8 : 0x8100, tags);
	if (send(vx1, in.byte, in.len, 0) != (ssize_t)in.len)
		tap_bail("send: %s", strerror(errno));
	if (wire_ready(wire.fd[WIRE_WG], WIRE_QUIET)) {
		out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
		why = outer_wrong(out.byte, out.len, LOCAL, REMOTE(2), VNI1);
		if (!why && (out.len != OUTER_LEN + in.len ||
			     memcmp(out.byte + OUTER_LEN, in.byte, in.len)))
			why = "inner frame changed";
	} else if (!came_out(WIRE_VX1)) {
		why = "frame lost or changed";
	}
	tap_ok(!why, "%d tags in the bytes: carried as they are%s%s", tags, why ? ": " : "",
	       why ?: "");
	close(vx1);
}

/* And back: a tagged frame out of the tunnel reaches a port and the bridge with its tag. */
static void test_tunnel(void)
{
	static struct frame outer;

	make(mac_b, mac_far, 0x8100, 1);
	outer_make(&outer, REMOTE(2), LOCAL, 50000, VNI1, &in);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
	tap_ok(came_out(WIRE_PORT_B), "from the tunnel to a known port, with its tag");
	make(mac_broadcast, mac_far, 0x8100, 1);
	outer_make(&outer, REMOTE(2), LOCAL, 50000, VNI1, &in);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
	tap_ok(came_out(WIRE_PORT_A) && came_out(WIRE_PORT_B),
	       "from the tunnel to all ports by the bridge, with its tag");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	wire_bridge(&wire);
	object_flood(&object, 1, 1, 3);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(2), 0);
	test_port(0x8100, 1);
	test_port(0x88a8, 1);
	test_port(0x88a8, 2);
	test_flooded();
	test_no_tunnel();
	for (int tags = 1; tags <= 4; tags++)
		test_bytes(tags);
	test_tunnel();
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return tap_end();
}

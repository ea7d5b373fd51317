// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ageing: an entry that has not been heard of for the ageing time is as good as gone, until its
 * MAC is heard again.
 */
#include "bench.h"

static struct wire wire;
static struct object object;

/* Learned, and last heard of so many ticks ago. */
static void put(const __u8 *mac, struct vtep_fdb_where where, __u32 flags, __u32 ago)
{
	struct vtep_fdb_key key = object_key(VNI1, mac);
	struct vtep_fdb e = { .where = where, .seen = tick() - ago, .changed = tick() - ago };

	e.where.flags |= flags;
	map_set(object.skel->maps.fdb, &key, &e);
	object_void(&object);
}

static bool seen_now(const __u8 *mac)
{
	struct vtep_fdb e;

	return object_fdb_get(&object, VNI1, mac, &e) && tick() - e.seen < 100;
}

static bool to(const __u8 *mac, enum vtep_reason reason)
{
	struct tally before;

	bench_tally(&object, &before);
	bench_from_port(&object, WIRE_PORT_A, mac, mac_a);
	return bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, reason, 1);
}

static bool from_tunnel(const __u8 *dst, const __u8 *src, enum vtep_reason reason)
{
	struct tally before;

	bench_tally(&object, &before);
	bench_from_tunnel(&object, 1, VNI1, dst, src);
	return bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, reason, 1);
}

static void test_destination(void)
{
	put(mac_far, where_remote(1), 0, AGEING - 100);
	tap_ok(to(mac_far, VTEP_R_ENCAP), "an entry younger than the ageing time is used");
	put(mac_far, where_remote(1), 0, AGEING + 100);
	tap_ok(to(mac_far, VTEP_R_BUM), "an older one is not");
	tap_ok(!seen_now(mac_far), "being sent to does not refresh it");
	put(mac_far, where_remote(1), 0, -100U);
	tap_ok(to(mac_far, VTEP_R_ENCAP), "one stamped by a CPU whose clock is ahead is used");
	put(mac_far, where_remote(1), VTEP_FDB_STATIC_ENTRY, AGEING + 100);
	tap_ok(to(mac_far, VTEP_R_ENCAP), "a static one never ages");
	put(mac_b, where_local(WIRE_PORT_B), 0, AGEING + 100);
	put(mac_far, where_remote(1), 0, 0);
	tap_ok(from_tunnel(mac_b, mac_far, VTEP_R_BRIDGED),
	       "from the tunnel to an aged MAC: the bridge decides");
	put(mac_b, where_local(WIRE_PORT_B), 0, AGEING - 100);
	tap_ok(from_tunnel(mac_b, mac_far, VTEP_R_DELIVERED),
	       "from the tunnel to a younger one: to its port");
}

static void test_source(void)
{
	put(mac_far, where_remote(1), 0, AGEING + 100);
	tap_ok(from_tunnel(mac_b, mac_far, VTEP_R_BRIDGED) && seen_now(mac_far),
	       "an aged MAC that is heard again is shown to the bridge, and young");
	tap_ok(from_tunnel(mac_b, mac_far, VTEP_R_DELIVERED), "once");
	put(mac_far, where_remote(1), 0, 600);
	tap_ok(from_tunnel(mac_b, mac_far, VTEP_R_DELIVERED) && seen_now(mac_far),
	       "receiving refreshes");
	put(mac_a, where_local(WIRE_PORT_A), 0, AGEING + 100);
	tap_ok(to(mac_broadcast, VTEP_R_LEARNED) && seen_now(mac_a), "the same at a port");
	tap_ok(to(mac_broadcast, VTEP_R_BUM), "once");
	tap_equal(object_gauge(&object).learned, 0, "coming back is not one more in the gauge");
}

static void test_never(void)
{
	__u32 slot = 1;
	struct vtep_vni vni = { .vni = VNI1,
				.vx_ifindex = wire.ifindex[WIRE_VX1],
				.overlay_mtu = WIRE_MTU,
				.flags = VTEP_VNI_LEARNING };

	map_set(object.skel->maps.vnis, &slot, &vni);
	object_void(&object);
	put(mac_far, where_remote(1), 0, 100 * AGEING);
	tap_ok(to(mac_far, VTEP_R_ENCAP), "ageing 0: entries stay");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	test_destination();
	test_source();
	test_never();
	bench_unload(&object);
	return tap_end();
}

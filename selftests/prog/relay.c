// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hub: from one VTEP to another, known or flooded, whole to the last byte, never back to where it
 * came from, and to an end where hubs form a circle. Everyone else keeps split horizon.
 *
 *	wg0 --tc ingress vtep_wg_rx--> wg0 (other VTEPs), port or vx1 (this side)
 */
#include "bench.h"

#define REMOTES	8U

static struct wire wire;
static struct object object;
static struct frame inner, in, out;
static const __u8 mac_nobody[6] = { 0x02, 0, 0, 0, 0xee, 1 };

static void hub(bool on)
{
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | (on ? VTEP_VNI_RELAY : 0));
}

/* From a VTEP into wg0, with a UDP checksum if wanted. */
static void send_from(__u32 remote, const __u8 *dst, const __u8 *src, size_t len, __u8 ttl, bool sum)
{
	frame_make(&inner, FRAME_IP4, len, dst, src, len);
	outer_make(&in, REMOTE(remote), LOCAL, 50000 + remote, VNI1, &inner);
	in.byte[8] = ttl;
	outer_sign(&in, 20);
	if (sum)
		put16(in.byte + 26, frame_l4_checksum(in.byte, in.byte + 20, in.len - 20, 17));
	wire_send(&wire, WIRE_WG, in.byte, in.len);
}

/* The next packet out of wg0: which VTEP it is for, 0: none, and in *why what is wrong with it. */
static __u32 next(__u8 ttl, bool sum, const char **why, int wait)
{
	__u16 has;

	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), wait);
	if (!out.len)
		return 0;
	has = get16(out.byte + 26);
	put16(out.byte + 26, 0);
	if (sum && frame_l4_checksum(out.byte, out.byte + 20, out.len - 20, 17) != has)
		*why = "UDP checksum";
	else if (!sum && has)
		*why = "a UDP checksum";
	if (out.byte[8] != ttl)
		*why = "TTL";
	out.byte[8] = 64;
	outer_sign(&out, 20);
	if (!*why)
		*why = outer_wrong(out.byte, out.len, LOCAL, get32(out.byte + 16), VNI1);
	if (!*why && (out.len != in.len || memcmp(out.byte + OUTER_LEN, inner.byte, inner.len)))
		*why = "inner frame changed";
	return get32(out.byte + 16) - REMOTE(0);
}

static void test_known(bool sum)
{
	const char *why = NULL;
	struct tally before;
	unsigned int n = 0;

	bench_tally(&object, &before);
	for (size_t len = 64; len <= 1600 && !why; len += 64, n++) {
		send_from(1, mac_far, mac_new, len, 64, sum);
		if (next(48, sum, &why, WIRE_WAIT) != 2 && !why)
			why = "not for the VTEP of the MAC";
	}
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_RELAYED, n) &&
	       wire_silent_all(&wire), "to a known MAC behind another VTEP, %s%s%s", sum ? "UDP checksum" : "no checksum",
	       why ? ": " : "", why ?: "");
}

/* Each VTEP of the list but the sender, once; and this side. */
static void test_flood(const __u8 *dst, const char *what, bool sum)
{
	const char *why = NULL;
	bool seen[REMOTES + 1] = {}, good = true;
	__u32 to, n = 0;

	object_flood(&object, 1, 1, REMOTES);
	send_from(3, dst, mac_new, 300, 64, sum);
	while ((to = next(48, sum, &why, n < REMOTES - 1 ? WIRE_WAIT : WIRE_QUIET))) {
		good = good && to <= REMOTES && !seen[to] && to != 3;
		seen[to <= REMOTES ? to : 0] = true;
		n++;
	}
	tap_ok(good && !why && n == REMOTES - 1, "%s: a copy to each other VTEP, none back%s%s", what, why ? ": " : "",
	       why ?: "");
}

static void test_here(void)
{
	struct tally before;

	object_flood(&object, 1, 1, 2);
	bench_tally(&object, &before);
	send_from(1, mac_broadcast, mac_new, 200, 64, false);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_BRIDGED, 1), "and this side gets it");
	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	send_from(1, mac_b, mac_new, 200, 64, false);
	out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == inner.len && !memcmp(out.byte, inner.byte, inner.len) && wire_silent(&wire, WIRE_WG),
	       "a MAC at a port is delivered there, whole, and nowhere else");
}

static void test_back(void)
{
	struct tally before;

	bench_tally(&object, &before);
	send_from(2, mac_far, mac_new, 200, 64, false);
	send_from(2, mac_far, mac_new, 200, 64, false);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_SPLIT_HORIZON, 2) && wire_silent(&wire, WIRE_WG),
	       "never back to the VTEP that it came from");
	object_fdb(&object, VNI1, mac_new, where_remote(1), 0);
}

static void test_circle(void)
{
	struct tally before;
	const char *why = NULL;

	send_from(1, mac_far, mac_new, 200, 17, false);
	tap_ok(next(1, false, &why, WIRE_WAIT) == 2 && !why, "the last relay of four");
	bench_tally(&object, &before);
	send_from(1, mac_far, mac_new, 200, 16, false);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_RELAY_LOOP, 1) && wire_silent(&wire, WIRE_WG),
	       "after that it is dropped, and counted");
	object_flood(&object, 1, 1, REMOTES);
	send_from(1, mac_broadcast, mac_new, 200, 16, false);
	tap_ok(wire_silent(&wire, WIRE_WG), "nor is it flooded on");
}

static void test_off(void)
{
	struct tally before;

	hub(false);
	object_flood(&object, 1, 1, REMOTES);
	bench_tally(&object, &before);
	send_from(1, mac_far, mac_new, 200, 64, false);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, VTEP_R_SPLIT_HORIZON, 1) && wire_silent(&wire, WIRE_WG),
	       "told nothing: split horizon");
	send_from(1, mac_broadcast, mac_new, 200, 64, false);
	tap_ok(wire_silent(&wire, WIRE_WG), "and no copies");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .remotes = REMOTES });
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_far, where_remote(2), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_new, where_remote(1), 0);
	hub(true);
	test_known(false);
	test_known(true);
	test_here();
	test_back();
	test_circle();
	test_flood(mac_broadcast, "broadcast", false);
	object_fdb(&object, VNI1, mac_new, where_remote(3), 0);
	test_flood(mac_nobody, "unknown", true);
	test_off();
	bench_unload(&object);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ingress replication: a frame to be flooded leaves once to each VTEP of the flood list, whole and
 * with that VTEP's headers; the frame that was copied is not harmed.
 *
 *	vx1 --tc egress vtep_vx_tx--> wg0 n times
 *	port_a --tc ingress vtep_port_rx--> bridge --> port_b, vx1 (as above)
 */
#include "bench.h"

#define REMOTES	64U

static struct wire wire;
static struct object object;
static struct frame in, out;
static int vx1;

/* Takes n packets from wg0: one to each of `first` and on, right to the last byte. */
static const char *wrong(__u32 first, __u32 n)
{
	bool seen[REMOTES + 1] = {};
	const char *why;

	for (__u32 i = 0; i < n; i++) {
		__u32 to;

		out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
		to = out.len ? get32(out.byte + 16) - REMOTE(0) : 0;
		if (to < first || to >= first + n || seen[to])
			return out.len ? "a copy too many" : "a copy too few";
		seen[to] = true;
		why = outer_wrong(out.byte, out.len, LOCAL, REMOTE(to), VNI1);
		if (why)
			return why;
		if (out.len != OUTER_LEN + in.len || memcmp(out.byte + OUTER_LEN, in.byte, in.len))
			return "inner frame changed";
	}
	return wire_ready(wire.fd[WIRE_WG], 0) ? "a copy too many" : NULL;
}

/* A dropped frame is ENOBUFS to its sender. */
static void send_vx(void)
{
	if (send(vx1, in.byte, in.len, 0) != (ssize_t)in.len && errno != ENOBUFS)
		tap_bail("send: %s", strerror(errno));
}

static void test_copies(__u32 n, const __u8 *dst, const char *name)
{
	const char *why = NULL;
	struct tally before;
	unsigned int sent = 0;

	object_flood(&object, 1, 1, n);
	bench_tally(&object, &before);
	for (int kind = 0; kind < FRAME_KINDS && !why; kind++) {
		for (size_t len = 64; len <= 1600 && !why; len += 96, sent++) {
			frame_make(&in, kind, len, dst, mac_a, len);
			send_vx();
			why = wrong(1, n);
		}
	}
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX,
				     n ? VTEP_R_FLOODED : VTEP_R_NO_FLOOD, sent),
	       "%s to %u VTEPs%s%s", name, n, why ? ": " : "", why ?: "");
}

/* The last copy is the packet itself, by redirect. */
static void test_last(void)
{
	static struct run run;
	const char *why;

	object_flood(&object, 1, 1, 3);
	frame_make(&in, FRAME_ARP, 60, mac_broadcast, mac_a, 0);
	bench_run(object.skel->progs.vtep_vx_tx, wire.ifindex[WIRE_VX1], &in, 0, 0, &run);
	why = wrong(1, 2);
	tap_ok(run.verdict == TC_ACT_REDIRECT && !why,
	       "of 3 copies 2 are clones, and the last a redirect%s%s", why ? ": " : "", why ?: "");
	why = outer_wrong(run.out.byte + ETH_LEN, run.out.len - ETH_LEN, LOCAL, REMOTE(3), VNI1);
	tap_ok(!why && !memcmp(run.out.byte + ETH_LEN + OUTER_LEN, in.byte, in.len),
	       "the redirected one is for the last VTEP%s%s", why ? ": " : "", why ?: "");
}

static void test_no_list(void)
{
	struct tally before;
	__u32 slot = 1;

	bpf_map_delete_elem(bpf_map__fd(object.skel->maps.flood), &slot);
	bench_tally(&object, &before);
	send_vx();
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_NO_FLOOD, 1) &&
		       wire_silent_all(&wire),
	       "no list: dropped and counted");
	object_flood(&object, 2, 1, 3);
	send_vx();
	tap_ok(wire_silent_all(&wire), "another VNI's list is not used");
}

/* A VTEP without a device to send by: the others get theirs. */
static void test_no_tunnel(void)
{
	__u32 wg = wire.ifindex[WIRE_WG];
	struct tally before;
	unsigned int got = 0;

	object_flood(&object, 1, 1, 3);
	for (__u32 gone = 1; gone <= 3; gone++) {
		object_remote(&object, gone, 0);
		bench_tally(&object, &before);
		send_vx();
		while (wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_QUIET))
			got += get32(out.byte + 16) != REMOTE(gone) &&
			       get32(out.byte + 16) - REMOTE(1) < 3;
		object_remote(&object, gone, wg);
		if (gone == 2)
			tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED,
					     1),
			       "one of three VTEPs gone: counted as flooded");
	}
	tap_equal(got, 6, "whichever of three VTEPs is gone, the other two get their copies");
}

/* A list that is replaced between two frames: the next frame sees the new one whole. */
static void test_replace(void)
{
	const char *why = NULL;

	frame_make(&in, FRAME_IP4, 100, mac_broadcast, mac_a, 0);
	for (__u32 n = 1; n <= 32 && !why; n++) {
		object_flood(&object, 1, n, n);
		send_vx();
		why = wrong(n, n);
	}
	tap_ok(!why, "an edited list is used from the next frame on%s%s", why ? ": " : "",
	       why ?: "");
}

/* Behind a real bridge the frame is shared with the other ports. */
static void test_bridge(void)
{
	const char *why = NULL;
	bool unharmed = true;
	struct tally before;

	wire_bridge(&wire);
	object_flood(&object, 1, 1, 5);
	bench_from_port(&object, WIRE_PORT_A, mac_broadcast, mac_a);
	while (wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_QUIET) ||
	       wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_QUIET))
		;
	bench_tally(&object, &before);
	for (size_t len = 64; len <= 1600 && !why; len += 8) {
		frame_make(&in, len % 3 ? FRAME_ARP : FRAME_IP4, len, mac_broadcast, mac_a, len);
		wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
		why = wrong(1, 5);
		out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
		unharmed = unharmed && out.len == in.len && !memcmp(in.byte, out.byte, in.len);
	}
	tap_ok(!why, "from a port by the bridge to 5 VTEPs%s%s", why ? ": " : "", why ?: "");
	tap_ok(unharmed, "the other port's frame is unharmed");
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_BUM, 193) &&
		       bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 193),
	       "each counted once");
}

int main(void)
{
	static const __u32 n[] = { 0, 1, 2, 3, 64 };
	static const __u8 multicast[6] = { 1, 0, 0x5e, 0, 0, 0xfb };

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .remotes = REMOTES });
	bench_attach(&object);
	vx1 = wire_socket(&wire, WIRE_VX1, 0);
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		test_copies(n[i], mac_broadcast, "broadcast");
	test_copies(3, multicast, "multicast");
	test_copies(3, mac_new, "unknown");
	test_last();
	test_no_list();
	test_no_tunnel();
	test_replace();
	test_bridge();
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return tap_end();
}

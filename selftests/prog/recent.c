// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the programs remember of a pair of MACs: it is used, every change voids it, and it never
 * outlives what it was made from by more than half a second.
 */
#include "bench.h"

static struct wire wire;
static struct object object;

/* One frame from mac_far behind VTEP 1 to mac_b at port B leaves wg0's program by this reason. */
static bool tunnel(enum vtep_reason reason)
{
	struct frame *out = malloc(sizeof(*out));
	struct tally before;
	bool good;

	bench_tally(&object, &before);
	bench_from_tunnel(&object, 1, VNI1, mac_b, mac_far);
	good = bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, reason, 1);
	while (wire_ready(wire.fd[WIRE_PORT_B], WIRE_QUIET))
		wire_receive(&wire, WIRE_PORT_B, out->byte, sizeof(out->byte), WIRE_WAIT);
	free(out);
	return good;
}

static void delete_quietly(const __u8 *mac)
{
	struct vtep_fdb_key key = object_key(VNI1, mac);

	bpf_map_delete_elem(bpf_map__fd(object.skel->maps.fdb), &key);
}

static void start(void)
{
	object_fdb_clear(&object);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	tunnel(VTEP_R_DELIVERED);
}

static void test_changes(void)
{
	struct vtep_member_key member = { .vni = VNI1 };

	start();
	delete_quietly(mac_b);
	tap_ok(tunnel(VTEP_R_DELIVERED), "it is remembered: a change that nobody tells of has no effect yet");
	object_void(&object);
	tap_ok(tunnel(VTEP_R_BRIDGED), "one that is told of has, at once");
	start();
	object_port(&object, WIRE_PORT_B, 1, VTEP_PORT_LEARNING);
	tap_ok(tunnel(VTEP_R_BRIDGED), "a port that stops forwarding gets no more");
	object_port(&object, WIRE_PORT_B, 1, VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING);
	start();
	member.addr.word[2] = htonl(0xffff);
	member.addr.word[3] = htonl(REMOTE(1));
	bpf_map_delete_elem(bpf_map__fd(object.skel->maps.members), &member);
	object_void(&object);
	tap_ok(tunnel(VTEP_R_VTEP_UNKNOWN), "a VTEP that is no member any more is refused");
	object_member(&object, VNI1, 1, 1);
	tap_ok(tunnel(VTEP_R_DELIVERED), "and is welcome as a member again");
}

static bool port_a(const __u8 *dst, const __u8 *src, enum vtep_reason reason)
{
	struct tally before;

	bench_tally(&object, &before);
	bench_from_port(&object, WIRE_PORT_A, dst, src);
	return bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, reason, 1);
}

static void test_port(void)
{
	struct frame out;

	start();
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	tap_ok(port_a(mac_far, mac_a, VTEP_R_ENCAP) && port_a(mac_far, mac_a, VTEP_R_ENCAP), "to a known MAC, twice");
	tap_ok(tunnel(VTEP_R_DELIVERED), "which is where it was");
	object_fdb(&object, VNI1, mac_far, where_local(WIRE_PORT_B), 0);
	tap_ok(port_a(mac_far, mac_a, VTEP_R_LOCAL), "moved here: no longer encapsulated");
	while (wire_ready(wire.fd[WIRE_WG], WIRE_QUIET))
		wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
}

static __u32 seen(const __u8 *mac)
{
	struct vtep_fdb e = {};

	object_fdb_get(&object, VNI1, mac, &e);
	return e.seen;
}

static void test_seen(void)
{
	__u32 first, end;

	start();
	first = seen(mac_far);
	for (end = tick() + 1400; (__s32)(tick() - end) < 0;)
		tunnel(VTEP_R_DELIVERED);
	tap_ok(seen(mac_far) - first > 500, "a busy source's time stamp goes on");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	test_changes();
	test_port();
	test_seen();
	bench_unload(&object);
	return tap_end();
}

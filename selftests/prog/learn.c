// SPDX-License-Identifier: GPL-2.0-only
/*
 * Learning: where a MAC is follows from the frames it sends, at once and without a daemon. Each
 * step says what became of the frame, what the FDB says after it, and what vtepd was told.
 */
#include "bench.h"

static struct wire wire;
static struct object object;
static struct ring_buffer *ring;
static struct vtep_event event;		/* the last one */
static unsigned int events;

static int on_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size == sizeof(event))
		memcpy(&event, data, size);
	events++;
	return 0;
}

static bool told(__u32 type, __u32 vni, const __u8 *mac, struct vtep_fdb_where from,
		 struct vtep_fdb_where to)
{
	struct vtep_fdb_key key = object_key(vni, mac);

	events = 0;
	ring_buffer__consume(ring);
	return events == 1 && event.type == type && !memcmp(&event.key, &key, sizeof(key)) &&
	       !memcmp(&event.from, &from, sizeof(from)) && !memcmp(&event.to, &to, sizeof(to));
}

static bool told_nothing(void)
{
	events = 0;
	ring_buffer__consume(ring);
	return events == 0;
}

/* mac_b at port_b is where frames from the tunnel go. */
static void start(void)
{
	object_fdb_clear(&object);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	told_nothing();
}

static bool from_port(enum wire_device port, const __u8 *mac, __u32 slot, enum vtep_reason reason)
{
	struct tally before;

	bench_tally(&object, &before);
	bench_from_port(&object, port, mac_broadcast, mac);
	return bench_counted(&object, &before, slot, VTEP_HOOK_PORT_RX, reason, 1);
}

static bool from_tunnel(__u32 remote, const __u8 *mac, enum vtep_reason reason)
{
	struct tally before;
	struct frame *out = malloc(sizeof(*out));
	bool good;

	bench_tally(&object, &before);
	bench_from_tunnel(&object, remote, VNI1, mac_b, mac);
	good = bench_counted(&object, &before, 1, VTEP_HOOK_WG_RX, reason, 1);
	if (reason == VTEP_R_DELIVERED)
		good = good && wire_receive(&wire, WIRE_PORT_B, out->byte, sizeof(out->byte),
					    WIRE_WAIT) == 100;
	free(out);
	return good;
}

static const struct vtep_fdb_where nowhere;

static void test_local(void)
{
	const struct vtep_fdb_where a = where_local(WIRE_PORT_A), b = where_local(WIRE_PORT_B);

	start();
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_LEARNED) &&
		       object_fdb_is(&object, VNI1, mac_new, a) &&
		       told(VTEP_EVENT_LEARNED, VNI1, mac_new, nowhere, a),
	       "a source at a port is learned and shown to the bridge");
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_BUM) && told_nothing(), "once");
	tap_equal(object_gauge(&object).learned, 1, "the gauge counts it");
	tap_ok(from_port(WIRE_PORT_B, mac_new, 1, VTEP_R_LEARNED) &&
		       object_fdb_is(&object, VNI1, mac_new, b) &&
		       told(VTEP_EVENT_MOVED, VNI1, mac_new, a, b),
	       "it moves to another port with its first frame");
	tap_equal(object_gauge(&object).learned, 1, "a move is not one more");
}

static void test_remote(void)
{
	const struct vtep_fdb_where a = where_local(WIRE_PORT_A), one = where_remote(1),
				    two = where_remote(2);

	start();
	tap_ok(from_tunnel(1, mac_new, VTEP_R_BRIDGED) &&
		       object_fdb_is(&object, VNI1, mac_new, one) &&
		       told(VTEP_EVENT_LEARNED, VNI1, mac_new, nowhere, one),
	       "a source behind a VTEP is learned, the bridge sees the frame");
	tap_ok(from_tunnel(1, mac_new, VTEP_R_DELIVERED) && told_nothing(),
	       "the next takes the fast path");
	tap_ok(from_tunnel(2, mac_new, VTEP_R_BRIDGED) &&
		       object_fdb_is(&object, VNI1, mac_new, two) &&
		       told(VTEP_EVENT_MOVED, VNI1, mac_new, one, two),
	       "it moves to another VTEP with its first frame");
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_LEARNED) &&
		       object_fdb_is(&object, VNI1, mac_new, a) &&
		       told(VTEP_EVENT_MOVED, VNI1, mac_new, two, a),
	       "it moves here with its first frame");
	tap_ok(from_tunnel(1, mac_new, VTEP_R_BRIDGED) &&
		       object_fdb_is(&object, VNI1, mac_new, one) &&
		       told(VTEP_EVENT_MOVED, VNI1, mac_new, a, one),
	       "it moves away with its first frame");
	tap_ok(from_tunnel(1, mac_new, VTEP_R_DELIVERED), "and is forwarded from there");
	tap_equal(object_gauge(&object).learned, 1, "all that was one entry");
}

static bool static_stays(struct vtep_fdb_where where)
{
	struct vtep_fdb e;

	return object_fdb_get(&object, VNI1, mac_new, &e) && e.where.slot == where.slot &&
	       e.where.flags == (where.flags | VTEP_FDB_STATIC_ENTRY) && told_nothing();
}

static void test_static(void)
{
	const struct vtep_fdb_where a = where_local(WIRE_PORT_A), one = where_remote(1);
	const struct vtep_fdb_where own = { .slot = VTEP_NO_SLOT };

	start();
	object_fdb(&object, VNI1, mac_new, a, VTEP_FDB_STATIC_ENTRY);
	tap_ok(from_tunnel(1, mac_new, VTEP_R_SRC_STATIC) && static_stays(a),
	       "static at a port: dropped from the tunnel");
	tap_ok(from_port(WIRE_PORT_B, mac_new, 1, VTEP_R_BUM) && static_stays(a),
	       "static at a port: not moved by another");
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_BUM) && static_stays(a),
	       "static at a port: stays static there");
	object_fdb(&object, VNI1, mac_new, one, VTEP_FDB_STATIC_ENTRY);
	tap_ok(from_tunnel(2, mac_new, VTEP_R_SRC_STATIC) && static_stays(one),
	       "static at a VTEP: dropped from another");
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_BUM) && static_stays(one),
	       "static at a VTEP: not moved by a port, which the bridge sees");
	tap_ok(from_tunnel(1, mac_new, VTEP_R_DELIVERED) && static_stays(one),
	       "static at a VTEP: welcome from there");
	object_fdb(&object, VNI1, mac_new, own, VTEP_FDB_STATIC_ENTRY);
	tap_ok(from_tunnel(1, mac_new, VTEP_R_SRC_OWN) && static_stays(own),
	       "this host's own: dropped from the tunnel");
	tap_ok(from_port(WIRE_PORT_A, mac_new, 1, VTEP_R_BUM) && static_stays(own),
	       "this host's own: not moved by a port");
	tap_equal(object_gauge(&object).learned, 0, "the gauge counts no static entries");
}

static void test_two_vnis(void)
{
	start();
	bench_from_port(&object, WIRE_PORT_A, mac_broadcast, mac_new);
	tap_ok(from_port(WIRE_PORT_D, mac_new, 2, VTEP_R_LEARNED) &&
		       object_fdb_is(&object, VNI1, mac_new, where_local(WIRE_PORT_A)) &&
		       object_fdb_is(&object, VNI2, mac_new, where_local(WIRE_PORT_D)),
	       "one MAC in two VNIs is two entries");
	bench_from_tunnel(&object, 1, VNI2, mac_broadcast, mac_new);
	tap_ok(object_fdb_is(&object, VNI1, mac_new, where_local(WIRE_PORT_A)) &&
		       object_fdb_is(&object, VNI2, mac_new, where_remote(1)),
	       "which move each for itself");
	tap_equal(object_gauge(&object).learned, 2, "the gauge counts both");
}

static void test_off(void)
{
	struct vtep_fdb e;

	start();
	tap_ok(from_port(WIRE_PORT_C, mac_new, 1, VTEP_R_NOT_FORWARDING) &&
		       !object_fdb_get(&object, VNI1, mac_new, &e),
	       "a blocked port teaches nothing");
	object_port(&object, WIRE_PORT_C, 1, VTEP_PORT_LEARNING);
	tap_ok(from_port(WIRE_PORT_C, mac_new, 1, VTEP_R_LEARNED) &&
		       from_port(WIRE_PORT_C, mac_new, 1, VTEP_R_NOT_FORWARDING) &&
		       object_fdb_is(&object, VNI1, mac_new, where_local(WIRE_PORT_C)),
	       "a learning port learns and does not forward");
	start();
	object_port(&object, WIRE_PORT_C, 1, VTEP_PORT_FORWARDING);
	tap_ok(from_port(WIRE_PORT_C, mac_new, 1, VTEP_R_BUM) &&
		       !object_fdb_get(&object, VNI1, mac_new, &e),
	       "a port with learning off forwards and teaches nothing");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], 0);
	tap_ok(from_tunnel(1, mac_new, VTEP_R_DELIVERED) &&
		       !object_fdb_get(&object, VNI1, mac_new, &e),
	       "a VNI with learning off delivers and teaches nothing");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	tap_ok(told_nothing() && !object_gauge(&object).learned, "nothing was told or counted");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	ring = ring_buffer__new(bpf_map__fd(object.skel->maps.events), on_event, NULL, NULL);
	if (!ring)
		tap_bail("ring buffer: %s", strerror(errno));
	test_local();
	test_remote();
	test_static();
	test_two_vnis();
	test_off();
	ring_buffer__free(ring);
	bench_unload(&object);
	return tap_end();
}

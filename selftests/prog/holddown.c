// SPDX-License-Identifier: GPL-2.0-only
/*
 * Duplicates and loops: a MAC that moves too often stays where it was before it began to, its
 * frames from elsewhere are dropped, and after a while it may move again.
 */
#include "bench.h"

#define MOVES	5U
#define SECOND	(1000000000ULL >> VTEP_TICK_SHIFT)

static struct wire wire;
static struct object object;
static struct ring_buffer *ring;
static struct vtep_event held;		/* the last of its kind */
static unsigned int helds, moves;

static int on_event(void *ctx, void *data, size_t size)
{
	const struct vtep_event *event = data;

	(void)ctx, (void)size;
	moves += event->type == VTEP_EVENT_MOVED;
	if (event->type == VTEP_EVENT_HELD) {
		held = *event;
		helds++;
	}
	return 0;
}

static void listen_from_now(void)
{
	ring_buffer__consume(ring);
	helds = moves = 0;
}

static void start(void)
{
	object_fdb_clear(&object);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_hold(&object, MOVES, 180, 60);
	listen_from_now();
}

/* What became of one frame of mac_new from there: a port (0 …) or, negative, a VTEP. */
static enum vtep_reason from(int place)
{
	struct tally before, now;
	enum vtep_hook hook = place < 0 ? VTEP_HOOK_WG_RX : VTEP_HOOK_PORT_RX;

	bench_tally(&object, &before);
	if (place < 0)
		bench_from_tunnel(&object, -place, VNI1, mac_b, mac_new);
	else
		bench_from_port(&object, place, mac_broadcast, mac_new);
	bench_tally(&object, &now);
	for (int r = 0; r < VTEP_REASON_MAX; r++)
		if (now.packets[1][hook][r] != before.packets[1][hook][r])
			return r;
	return VTEP_REASON_MAX;
}

/* As vtepd would find it so much later. */
static void later(__u32 seconds)
{
	struct vtep_fdb_key key = object_key(VNI1, mac_new);
	struct vtep_fdb e;

	if (!object_fdb_get(&object, VNI1, mac_new, &e))
		tap_bail("the entry is gone");
	e.changed -= seconds * SECOND;
	if (e.moves)
		e.moves -= seconds * SECOND & ~VTEP_MOVES;
	map_set(object.skel->maps.fdb, &key, &e);
	object_void(&object);
}

static struct vtep_fdb_where is_held(struct vtep_fdb_where where)
{
	where.flags |= VTEP_FDB_HELD;
	return where;
}

static void test_two_hosts(void)
{
	unsigned int moved = 0;

	start();
	from(WIRE_PORT_A);
	for (unsigned int i = 1; i < MOVES; i++)
		moved += from(i % 2 ? -1 : WIRE_PORT_A) == (i % 2 ? VTEP_R_BRIDGED : VTEP_R_LEARNED);
	tap_equal(moved, MOVES - 1, "four moves, each with its first frame");
	tap_ok(from(-1) == VTEP_R_HELD, "the fifth is refused, and its frame dropped");
	tap_ok(object_fdb_is(&object, VNI1, mac_new, is_held(where_local(WIRE_PORT_A))), "it is held where it was first");
	tap_ok(from(WIRE_PORT_A) == VTEP_R_BUM, "its frames from there go on");
	tap_ok(from(-1) == VTEP_R_HELD && from(-2) == VTEP_R_HELD && from(WIRE_PORT_B) == VTEP_R_HELD,
	       "from any other place they are dropped");
	ring_buffer__consume(ring);
	tap_ok(helds == 1 && moves == MOVES - 1, "vtepd is told of the moves, and once that it is held");
	tap_ok(held.to.slot == PORT_SLOT(WIRE_PORT_A) && held.to.flags == VTEP_FDB_HELD && held.from.slot == 1 &&
	       held.from.flags == VTEP_FDB_REMOTE, "where, and what came from where");
	tap_ok(object_port_holder(&object, WIRE_PORT_A)->learned == 1 &&
	       object_remote_holder(&object, 1, 1)->learned == 0 && object_vni_holder(&object, 1)->learned == 1 &&
	       object_vni_holder(&object, 1)->holders == 1, "it counts for its port alone");
}

static void test_recovers(void)
{
	later(59);
	tap_ok(from(-1) == VTEP_R_HELD, "59 of 60 seconds: still held");
	later(2);		/* a second is less than its ticks */
	tap_ok(from(-1) == VTEP_R_BRIDGED && object_fdb_is(&object, VNI1, mac_new, where_remote(1)),
	       "after a minute it moves again with its first frame");
	for (unsigned int i = 1; i < MOVES - 1; i++)
		from(i % 2 ? WIRE_PORT_A : -1);
	tap_ok(from(-2) == VTEP_R_HELD, "and is counted anew");
	tap_ok(object_fdb_is(&object, VNI1, mac_new, is_held(where_local(WIRE_PORT_A))), "its home is where it was held");
}

static void test_remote_home(void)
{
	start();
	for (unsigned int i = 0; i < MOVES; i++)
		from(i % 2 ? -2 : -1);
	tap_ok(from(-2) == VTEP_R_HELD && object_fdb_is(&object, VNI1, mac_new, is_held(where_remote(1))),
	       "between two VTEPs: held at the first");
	tap_ok(from(-1) == VTEP_R_DELIVERED && from(-2) == VTEP_R_HELD, "welcome from there alone");
	tap_ok(object_remote_holder(&object, 1, 1)->learned == 1 && object_remote_holder(&object, 1, 2)->learned == 0,
	       "and counted there");
}

static void test_slow(void)
{
	start();
	from(WIRE_PORT_A);
	for (unsigned int i = 0; i < 3 * MOVES; i++) {
		later(60);
		from(i % 2 ? WIRE_PORT_A : -1);
	}
	ring_buffer__consume(ring);
	tap_ok(!helds && moves == 3 * MOVES, "a move a minute: never held");
}

static void test_local(void)
{
	start();
	from(WIRE_PORT_A);
	for (unsigned int i = 0; i < 4 * MOVES; i++)
		from(i % 2 ? WIRE_PORT_A : WIRE_PORT_B);
	ring_buffer__consume(ring);
	tap_ok(!helds && moves == 4 * MOVES, "between two ports of one bridge: the bridge's business");
	for (unsigned int i = 0; i < MOVES; i++)
		from(i % 2 ? WIRE_PORT_B : -1);
	tap_ok(object_fdb_is(&object, VNI1, mac_new, is_held(where_local(WIRE_PORT_A))),
	       "but its home is where that began");
}

static void test_off(void)
{
	unsigned int moved = 0;

	start();
	object_hold(&object, 0, 0, 0);
	from(WIRE_PORT_A);
	for (unsigned int i = 0; i < 50; i++)
		moved += from(i % 2 ? WIRE_PORT_A : -1) != VTEP_R_HELD;
	tap_equal(moved, 50, "switched off: it moves as often as it likes");
}

/* The port that it was at first has gone meanwhile. */
static void test_home_gone(void)
{
	struct vtep_port none = {};
	__u32 slot = PORT_SLOT(WIRE_PORT_A);

	start();
	from(WIRE_PORT_A);
	from(-1);
	map_set(object.skel->maps.ports, &slot, &none);
	for (unsigned int i = 0; i < MOVES - 2; i++)
		from(i % 2 ? -1 : -2);
	tap_ok(from(-1) == VTEP_R_HELD && object_fdb_is(&object, VNI1, mac_new, is_held(where_remote(2))),
	       "its first place is gone: held where it was last");
	object_port(&object, WIRE_PORT_A, 1, VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING);
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	ring = ring_buffer__new(bpf_map__fd(object.skel->maps.events), on_event, NULL, NULL);
	if (!ring)
		tap_bail("ring buffer: %s", strerror(errno));
	test_two_hosts();
	test_recovers();
	test_remote_home();
	test_slow();
	test_local();
	test_off();
	test_home_gone();
	ring_buffer__free(ring);
	bench_unload(&object);
	return tap_end();
}

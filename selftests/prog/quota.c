// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares of the FDB: of the whole table and of a VNI with a limit, by port and by VTEP. Who fills it
 * does not shut the others out; limits of a port and a VTEP hold against moves as well.
 */
#include "bench.h"

#define PLACES	160U
#define KEPT	(PLACES / 16)

static struct wire wire;
static struct object object;
static struct ring_buffer *ring;
static struct vtep_event refused;	/* the last of its kind */
static unsigned int asked;

static int on_event(void *ctx, void *data, size_t size)
{
	const struct vtep_event *event = data;

	(void)ctx, (void)size;
	if (event->type == VTEP_EVENT_REFUSED) {
		refused = *event;
		asked++;
	}
	return 0;
}

static const __u8 *mac_of(unsigned int n)
{
	static __u8 mac[6];

	put16(mac, 0x0200);
	put32(mac + 2, n);
	return mac;
}

static void ports(enum wire_device port, unsigned int first, unsigned int n)
{
	while (n--)
		bench_from_port(&object, port, mac_broadcast, mac_of(first++));
}

static void tunnel(__u32 remote, unsigned int first, unsigned int n)
{
	while (n--)
		bench_from_tunnel(&object, remote, VNI1, mac_broadcast, mac_of(first++));
}

static int at_port(enum wire_device port) { return object_port_holder(&object, port)->learned; }
static int at_remote(__u32 remote) { return object_remote_holder(&object, 1, remote)->learned; }

static void start(void)
{
	object_fdb_clear(&object);
	ring_buffer__consume(ring);
	asked = 0;
}

/* Is each count what the entries say? */
static bool counts_right(void)
{
	int fd = bpf_map__fd(object.skel->maps.fdb);
	struct vtep_fdb_key key, next;
	int n = 0, a = 0, b = 0, one = 0, two = 0;
	struct vtep_fdb e;

	for (int err = bpf_map_get_next_key(fd, NULL, &next); !err; err = bpf_map_get_next_key(fd, &key, &next)) {
		key = next;
		if (bpf_map_lookup_elem(fd, &key, &e) || e.where.flags & VTEP_FDB_STATIC_ENTRY)
			continue;
		n++;
		if (e.where.flags & VTEP_FDB_REMOTE)
			one += e.where.slot == 1, two += e.where.slot == 2;
		else
			a += e.where.slot == PORT_SLOT(WIRE_PORT_A), b += e.where.slot == PORT_SLOT(WIRE_PORT_B);
	}
	return n == object_vni_holder(&object, 1)->learned && n == (int)object_gauge(&object).learned &&
	       a == at_port(WIRE_PORT_A) && b == at_port(WIRE_PORT_B) && one == at_remote(1) && two == at_remote(2) &&
	       (int)object_gauge(&object).holders == !!a + !!b + !!one + !!two;
}

static void test_table(void)
{
	start();
	ports(WIRE_PORT_A, 0, PLACES + 50);
	tap_equal(at_port(WIRE_PORT_A), PLACES, "alone, a port may have every place");
	start();
	tunnel(1, 1000, 1);
	ports(WIRE_PORT_A, 0, PLACES + 50);
	tap_equal(at_port(WIRE_PORT_A), PLACES - KEPT - 1, "beside a VTEP not the last sixteenth");
	tunnel(1, 1001, KEPT + 5);
	tap_equal(at_remote(1), KEPT + 1, "which is the VTEP's, who has less than its share");
	tap_equal(object_gauge(&object).learned, PLACES, "to the last place");
	tap_ok(counts_right(), "every count is right");
	tap_equal(object_port_holder(&object, WIRE_PORT_A)->refused, PLACES + 50 - (PLACES - KEPT - 1) + 50,
		  "each frame without room is counted for its port");
	tap_equal(object_remote_holder(&object, 1, 1)->refused, 5, "and for its VTEP");
}

static void test_asks(void)
{
	ring_buffer__consume(ring);
	tap_ok(asked >= 1, "vtepd is asked for room for who has less than its share (%u)", asked);
	tap_ok(refused.key.vni == VNI1 && refused.to.slot == 1 && refused.to.flags == VTEP_FDB_REMOTE &&
	       refused.from.slot == object_member_holder(1, 1), "for which MAC, where, of which member");
	asked = 0;
	ports(WIRE_PORT_A, 5000, 50);
	ring_buffer__consume(ring);
	tap_equal(asked, 0, "and not for who has more");
}

static void test_moves(void)
{
	int before = at_port(WIRE_PORT_A);

	ports(WIRE_PORT_B, 0, 20);
	tap_equal(at_port(WIRE_PORT_B), 20, "what is known moves in a full table");
	tap_equal(at_port(WIRE_PORT_A), before - 20, "from one port's share to the other's");
	tunnel(2, 0, 20);
	tap_ok(at_remote(2) == 20 && at_port(WIRE_PORT_B) == 0, "and to a VTEP's");
	tap_ok(counts_right(), "every count is right");
}

static void test_vni(void)
{
	struct vtep_holder *vni = object_vni_holder(&object, 1);

	start();
	vni->limit = 32;
	tunnel(2, 1000, 1);
	ports(WIRE_PORT_A, 0, 100);
	tap_equal(vni->learned, 30, "a VNI's limit, the last sixteenth kept");
	tunnel(2, 1001, 10);
	tap_equal(vni->learned, 32, "for who has less");
	tap_equal(at_remote(2), 3, "in this VNI");
	ports(WIRE_PORT_D, 0, 40);
	tap_equal(object_vni_holder(&object, 2)->learned, 40, "the other VNI has no limit");
	vni->limit = 0;
	ports(WIRE_PORT_A, 200, 10);
	tap_equal(vni->learned, 42, "without the limit there is room");
}

static void test_own(void)
{
	struct vtep_fdb e;

	start();
	object_port_holder(&object, WIRE_PORT_A)->limit = 10;
	object_remote_holder(&object, 1, 1)->limit = 3;
	ports(WIRE_PORT_A, 0, 20);
	tunnel(1, 1000, 20);
	tap_ok(at_port(WIRE_PORT_A) == 10 && at_remote(1) == 3, "a port's limit, and a VTEP's");
	ports(WIRE_PORT_B, 2000, 20);
	tap_equal(at_port(WIRE_PORT_B), 20, "no one else's");
	ports(WIRE_PORT_A, 2000, 5);
	tap_ok(at_port(WIRE_PORT_A) == 10 && at_port(WIRE_PORT_B) == 20, "a port at its limit draws no MACs away");
	tap_ok(!object_fdb_get(&object, VNI1, mac_of(15), &e), "what found no room is not there");
	ports(WIRE_PORT_B, 0, 1);
	ports(WIRE_PORT_A, 15, 1);
	tap_ok(object_fdb_is(&object, VNI1, mac_of(15), where_local(WIRE_PORT_A)), "one gone, one more");
	tap_ok(counts_right(), "every count is right");
	object_port_holder(&object, WIRE_PORT_A)->limit = 0;
	object_remote_holder(&object, 1, 1)->limit = 0;
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .fdb_max = PLACES });
	bench_attach(&object);
	ring = ring_buffer__new(bpf_map__fd(object.skel->maps.events), on_event, NULL, NULL);
	if (!ring)
		tap_bail("ring buffer: %s", strerror(errno));
	test_table();
	test_asks();
	test_moves();
	test_vni();
	test_own();
	ring_buffer__free(ring);
	bench_unload(&object);
	return tap_end();
}

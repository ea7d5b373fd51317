// SPDX-License-Identifier: GPL-2.0-only
/*
 * A full table and a full event ring: what is known stays, static entries fit, every count is
 * exact, races included.
 */
#include <pthread.h>
#include "bench.h"

#define LIMIT	100U
#define MANY	40000U

static struct wire wire;
static struct object object;

static const __u8 *mac_of(unsigned int n, __u8 *mac)
{
	put16(mac, 0x0200);
	put32(mac + 2, n);
	return mac;
}

static unsigned int entries(void)
{
	int fd = bpf_map__fd(object.skel->maps.fdb);
	struct vtep_fdb_key key, next;
	unsigned int n = 0;

	for (int err = bpf_map_get_next_key(fd, NULL, &next); !err; n++) {
		key = next;
		err = bpf_map_get_next_key(fd, &key, &next);
	}
	return n;
}

static int count_event(void *ctx, void *data, size_t size)
{
	(void)data, (void)size;
	++*(unsigned int *)ctx;
	return 0;
}

static void test_full(void)
{
	struct vtep_fdb_where far = where_remote(2);
	unsigned int fit = 0;
	struct vtep_fdb e;
	__u8 mac[6];

	for (unsigned int i = 0; i < LIMIT; i++)
		bench_from_port(&object, WIRE_PORT_A, mac_broadcast, mac_of(i, mac));
	tap_equal(object_gauge(&object).learned, LIMIT, "as many are learned as there is room for");
	for (unsigned int i = LIMIT; i < LIMIT + 10; i++) {
		bench_from_port(&object, WIRE_PORT_A, mac_broadcast, mac_of(i, mac));
		bench_from_tunnel(&object, 1, VNI1, mac_broadcast, mac_of(i + 1000, mac));
	}
	tap_equal(object_gauge(&object).learned, LIMIT, "no more");
	tap_equal(object_gauge(&object).full, 20, "each frame that found no room is counted");
	tap_equal(entries(), LIMIT, "the others keep theirs");
	for (unsigned int i = 0; i < OBJECT_STATIC; i++) {
		struct vtep_fdb_key key = object_key(VNI1, mac_of(0x10000 + i, mac));
		struct vtep_fdb entry = { .where = far };

		entry.where.flags |= VTEP_FDB_STATIC_ENTRY;
		fit += !bpf_map_update_elem(bpf_map__fd(object.skel->maps.fdb), &key, &entry,
					    BPF_NOEXIST);
	}
	tap_equal(fit, OBJECT_STATIC, "static entries still fit, all of them");
	bench_from_tunnel(&object, 1, VNI1, mac_broadcast, mac_of(3, mac));
	tap_ok(object_fdb_is(&object, VNI1, mac, where_remote(1)), "a known MAC still moves");
	tap_ok(!object_fdb_get(&object, VNI1, mac_of(LIMIT, mac), &e),
	       "what found no room is not there");
}

/* Frames whose source found no room are forwarded all the same. */
static void test_full_forwards(void)
{
	struct tally before;
	__u8 mac[6], to[6];

	bench_tally(&object, &before);
	bench_from_port(&object, WIRE_PORT_A, mac_of(3, to), mac_of(LIMIT, mac));
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_ENCAP, 1),
	       "an unlearned source reaches a known destination");
}

static void *sender(void *port)
{
	__u8 mac[6];

	for (unsigned int i = 0; i < 3000; i++) {
		struct frame f;

		frame_make(&f, FRAME_OTHER, 60, mac_broadcast, mac_of(i, mac), 0);
		wire_send(&wire, (long)port, f.byte, f.len);
	}
	return NULL;
}

static void test_race(const char *what, __u32 limit)
{
	pthread_t thread[2];
	__u64 learned;

	object_fdb_clear(&object);
	for (long i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, sender, (void *)(WIRE_PORT_A + i)))
			tap_bail("no thread");
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	learned = object_gauge(&object).learned;
	tap_equal(learned, entries(), what);
	/* Two ports: the last sixteenth is for the one that has less than half. */
	tap_ok(learned >= (limit < 3000 ? limit - limit / 16 : 3000) && learned <= limit + object.cpus,
	       "%llu learned, %u allowed", (unsigned long long)learned, limit);
}

static void test_ring(void)
{
	unsigned int told = 0;
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(object.skel->maps.events), count_event, &told, NULL);
	struct vtep_gauge g;
	__u8 mac[6];

	ring_buffer__consume(ring);
	told = 0;
	object_fdb_clear(&object);
	for (unsigned int i = 0; i < MANY; i++)
		bench_from_port(&object, WIRE_PORT_A, mac_broadcast, mac_of(i, mac));
	ring_buffer__consume(ring);
	g = object_gauge(&object);
	tap_equal(g.learned, MANY, "a full ring does not stop learning");
	tap_ok(g.events_lost > 0 && told > 0, "more was learned than the ring holds (%u)", told);
	tap_equal(told + g.events_lost, MANY, "events told and events lost are all there were");
	ring_buffer__free(ring);
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .fdb_max = LIMIT });
	bench_attach(&object);
	test_full();
	test_full_forwards();
	test_race("a race for the last places: the gauge is exact", LIMIT);
	bench_unload(&object);
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .fdb_max = MANY });
	bench_attach(&object);
	test_race("a race for the same places: the gauge is exact", MANY);
	test_ring();
	bench_unload(&object);
	return tap_end();
}

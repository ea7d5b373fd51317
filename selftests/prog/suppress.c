// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARP and neighbour discovery that is answered at the port for a host behind the tunnel: byte for byte what
 * br_arp_send() and br_nd_send() make, and every case in which it must go out instead.
 *
 *	port_a asks for the host of mac_far, behind VTEP 1
 */
#include "bench.h"

#define ASKER		0x0a1e0001U	/* 10.30.0.1, of mac_a */
#define HOST		0x0a1e0002U	/* of mac_far */
#define ARP_LEN		42
#define ND_LEN		86

static struct wire wire;
static struct object object;
static struct frame in, out;

static const __u8 all_nodes[6] = { 0x33, 0x33, 0xff, 0, 0, 2 };

static void arp(struct frame *f, __u16 op, const __u8 *dst, const __u8 *src, __u32 sip, const __u8 *tha, __u32 tip)
{
	__u8 *p = f->byte + 14;

	memset(f, 0, sizeof(*f));
	memcpy(f->byte, dst, 6);
	memcpy(f->byte + 6, src, 6);
	put16(f->byte + 12, 0x0806);
	put16(p, 1);
	put16(p + 2, 0x0800);
	p[4] = 6;
	p[5] = 4;
	put16(p + 6, op);
	memcpy(p + 8, src, 6);
	put32(p + 14, sip);
	memcpy(p + 18, tha, 6);
	put32(p + 24, tip);
	f->len = ARP_LEN;
}

/* fd30::N; 0: :: */
static void ip6(__u8 *at, __u8 n)
{
	memset(at, 0, 16);
	at[0] = n ? 0xfd : 0;
	at[1] = n ? 0x30 : 0;
	at[15] = n;
}

/* A solicitation (135) from `from` or an advertisement (136) of `target` to `to`; with a link-layer address. */
static void nd(struct frame *f, __u8 type, const __u8 *dst, const __u8 *src, __u8 from, __u8 to, __u8 target, __u32 flags)
{
	__u8 *ip = f->byte + 14, *p = ip + 40;
	__u32 sum = 0;

	memset(f, 0, sizeof(*f));
	memcpy(f->byte, dst, 6);
	memcpy(f->byte + 6, src, 6);
	put16(f->byte + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, 32);
	ip[6] = 58;
	ip[7] = 255;
	ip6(ip + 8, from);
	ip6(ip + 24, to);
	if (dst[0] & 1) {		/* ff02::1:ff00:N */
		static const __u8 solicited[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };

		memcpy(ip + 24, solicited, 13);
	}
	p[0] = type;
	put32(p + 4, flags);
	ip6(p + 8, target);
	p[24] = type == 135 ? 1 : 2;
	p[25] = 1;
	memcpy(p + 26, src, 6);
	for (int i = 0; i < 64; i += 2)
		sum += get16(ip + 8 + i);
	sum += 32 + 58;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 2, ~sum);
	f->len = ND_LEN;
}

static void from_tunnel(__u32 remote, const struct frame *f)
{
	static struct frame outer;

	outer_make(&outer, REMOTE(remote), LOCAL, 50000, VNI1, f);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
}

static void forget(void)
{
	struct vtep_neigh_key key;
	int fd = bpf_map__fd(object.skel->maps.neigh);

	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
}

/* Both MACs known; nothing else. */
static void start(void)
{
	forget();
	object_fdb_clear(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_fdb(&object, VNI1, mac_new, where_remote(2), 0);
}

/* The host says who it is, as it would when it answers somebody else. */
static void host_says(void)
{
	arp(&in, 2, mac_b, mac_far, HOST, mac_b, 0x0a1e0009);
	from_tunnel(1, &in);
	object_void(&object);		/* else the same two MACs are known, and the frame is not looked at */
	nd(&in, 136, mac_b, mac_far, 2, 9, 2, 0x60000000);
	from_tunnel(1, &in);
	while (wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_QUIET))
		;
}

static void ask4(void) { arp(&in, 1, mac_broadcast, mac_a, ASKER, mac_broadcast, HOST); memset(in.byte + 32, 0, 6); }
static void ask6(void) { nd(&in, 135, all_nodes, mac_a, 1, 0, 2, 0); }

/* Sends `in` at port_a: counted so, and answered just by `want` (NULL: not at all). */
static bool gives(enum vtep_reason reason, const struct frame *want)
{
	struct tally before;
	bool good;

	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	good = bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, reason, 1);
	out.len = wire_receive(&wire, WIRE_PORT_A, out.byte, sizeof(out.byte), want ? WIRE_WAIT : 0);
	if (want && (out.len != want->len || memcmp(out.byte, want->byte, want->len))) {
		tap_note("%zu bytes, not the answer", out.len);
		return false;
	}
	if (!want && out.len)
		tap_note("answered");
	return good && (want || !out.len);
}

static bool answered4(void)
{
	static struct frame want;

	arp(&want, 2, mac_a, mac_far, HOST, mac_a, ASKER);
	ask4();
	return gives(VTEP_R_SUPPRESSED, &want);
}

static bool answered6(__u32 flags)
{
	static struct frame want;

	nd(&want, 136, mac_a, mac_far, 2, 1, 2, flags);
	ask6();
	return gives(VTEP_R_SUPPRESSED, &want);
}

static bool asked4(void) { ask4(); return gives(VTEP_R_ASKED, NULL); }
static bool asked6(void) { ask6(); return gives(VTEP_R_ASKED, NULL); }

static struct vtep_neigh_key key4(void)
{
	return (struct vtep_neigh_key){ .vni = VNI1, .addr.word = { 0, 0, htonl(0xffff), htonl(HOST) } };
}

/* As if it had been said, or had changed, so many ticks earlier. */
static void age(__u32 seen, __u32 changed)
{
	struct vtep_neigh_key key = key4();
	struct vtep_neigh e;

	if (bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.neigh), &key, &e))
		tap_bail("no binding");
	e.seen -= seen;
	e.changed -= changed;
	map_set(object.skel->maps.neigh, &key, &e);
}

/* As if the host's MAC had been silent for so long. */
static void silent(__u32 ticks)
{
	struct vtep_fdb_key key = object_key(VNI1, mac_far);
	struct vtep_fdb e = { .where = where_remote(1), .seen = tick() - ticks };

	map_set(object.skel->maps.fdb, &key, &e);
	object_void(&object);
}

static void test_answers(void)
{
	start();
	tap_ok(asked4() && asked6(), "nothing is known: both go out");
	host_says();
	tap_ok(answered4(), "ARP: the answer to the last byte");
	tap_ok(answered6(0x60000000), "neighbour solicitation: the answer to the last byte");
	nd(&in, 136, mac_b, mac_far, 2, 9, 2, 0xe0000000);
	object_void(&object);
	from_tunnel(1, &in);
	wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(answered6(0xe0000000), "of a router, which says so");
}

static void test_goes_out(void)
{
	start();
	host_says();
	arp(&in, 1, mac_broadcast, mac_a, 0, mac_broadcast, HOST);
	tap_ok(gives(VTEP_R_BUM, NULL), "a probe (RFC 5227)");
	arp(&in, 1, mac_broadcast, mac_a, HOST, mac_broadcast, HOST);
	tap_ok(gives(VTEP_R_BUM, NULL), "an announcement, here a conflicting one");
	tap_ok(asked4(), "and after it the address is doubtful");
	start();
	host_says();
	nd(&in, 135, all_nodes, mac_a, 0, 0, 2, 0);
	tap_ok(gives(VTEP_R_BUM, NULL), "duplicate address detection (RFC 4862)");
	tap_ok(answered6(0x60000000), "which claims nothing");
	arp(&in, 1, mac_far, mac_a, ASKER, mac_far, HOST);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT) == OUTER_LEN + ARP_LEN,
	       "a unicast question reaches the host");
	ask4();
	memcpy(in.byte + 22, mac_b, 6);
	tap_ok(gives(VTEP_R_BUM, NULL), "a question whose sender's addresses differ");
	ask6();
	in.byte[21] = 254;
	tap_ok(gives(VTEP_R_BUM, NULL), "a solicitation that has crossed a router");
	arp(&in, 1, mac_broadcast, mac_a, ASKER, mac_broadcast, 0xe0000001);
	tap_ok(gives(VTEP_R_BUM, NULL), "for a multicast address");
}

/* What could hide that the host has moved. */
static void test_moved(void)
{
	static struct frame want;

	start();
	host_says();
	silent(VTEP_NEIGH_FRESH + 500);
	tap_ok(asked4() && asked6(), "the host has been silent for some seconds");
	host_says();
	silent(0);
	age(VTEP_NEIGH_KEPT + 100, 0);
	tap_ok(asked4(), "it has not said its address for long");
	host_says();
	tap_ok(answered4(), "but says it again");
	object_fdb(&object, VNI1, mac_far, where_local(WIRE_PORT_B), 0);
	tap_ok(asked4() && asked6(), "its MAC is on this side now");
	object_fdb(&object, VNI1, mac_far, where_remote(3), 0);
	tap_ok(answered4(), "behind another VTEP: the same answer, and frames go there");
	arp(&in, 2, mac_b, mac_new, HOST, mac_b, 0x0a1e0009);
	from_tunnel(2, &in);
	tap_ok(asked4(), "another MAC says that the address is its own: not answered at once");
	age(0, VTEP_NEIGH_SETTLE);
	arp(&want, 2, mac_a, mac_new, HOST, mac_a, ASKER);
	ask4();
	tap_ok(gives(VTEP_R_SUPPRESSED, &want), "when nobody else has for some seconds, it is answered for");
	host_says();
	tap_ok(asked4(), "two that claim it in turn are never answered for");
}

static void test_twins(void)
{
	struct vtep_neigh_key key = key4();
	struct vtep_neigh e;

	start();
	host_says();
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	ask4();
	tap_ok(gives(VTEP_R_BUM, NULL), "suppression off: not answered");
	forget();
	host_says();
	tap_ok(bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.neigh), &key, &e), "and nothing is snooped");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_SUPPRESS);
	host_says();
	key.vni = VNI2;
	tap_ok(bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.neigh), &key, &e), "another VNI's hosts are its own");
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_SUPPRESS);
	bench_attach(&object);
	test_answers();
	test_goes_out();
	test_moved();
	test_twins();
	bench_unload(&object);
	return tap_end();
}

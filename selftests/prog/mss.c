// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP's maximum segment size: SYNs that announce more than the overlay carries are held down, with
 * a checksum that fits; everything else stays as it is.
 *
 *	port_a --tc ingress vtep_port_rx--> wg0        wg0 --tc ingress vtep_wg_rx--> port_a
 */
#include "bench.h"

#define MTU	1370U
#define SYN	0x02
#define ACK	0x10

static struct wire wire;
static struct object object;
static struct frame in, out, want, outer;

/* A TCP segment with these options (padded to four bytes) and some data. */
static void make(enum frame_kind kind, __u8 flags, const void *options, size_t len, bool from_far)
{
	unsigned int ip = kind == FRAME_IP4 ? 20 : 40, data = 7;
	__u8 *l3 = in.byte + ETH_LEN, *tcp = l3 + ip;
	size_t padded = (len + 3) & ~3UL;

	frame_make(&in, kind, ETH_LEN + ip + 20 + padded + data, from_far ? mac_a : mac_far,
		   from_far ? mac_far : mac_a, 0);
	if (kind == FRAME_IP4)
		frame_ip4(l3, in.len - ETH_LEN, 6, 0xc0a80001, 0xc0a80002);
	else
		frame_ip6(l3, in.len - ETH_LEN - ip, 6, 1, 2);
	tcp[12] = (20 + padded) << 2;
	tcp[13] = flags;
	memset(tcp + 20, 0, padded);
	memcpy(tcp + 20, options, len);
	put16(tcp + 16, 0);
	put16(tcp + 16, frame_l4_checksum(l3, tcp, in.len - ETH_LEN - ip, 6));
}

/* What is to come out: `in` with the MSS at this offset among the options. */
static void expect_mss(enum frame_kind kind, int at, unsigned int mss)
{
	unsigned int ip = kind == FRAME_IP4 ? 20 : 40;
	__u8 *l3, *tcp;

	want = in;
	l3 = want.byte + ETH_LEN;
	tcp = l3 + ip;
	if (at < 0)
		return;
	put16(tcp + 20 + at, mss);
	put16(tcp + 16, 0);
	put16(tcp + 16, frame_l4_checksum(l3, tcp, want.len - ETH_LEN - ip, 6));
}

static void judge(const char *what, enum frame_kind kind)
{
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == OUTER_LEN + want.len && !memcmp(out.byte + OUTER_LEN, want.byte, want.len),
	       "%s, to the tunnel: %s", frame_names[kind], what);
}

static void judge_back(const char *what, enum frame_kind kind)
{
	outer_make(&outer, REMOTE(1), LOCAL, 50000, VNI1, &in);
	wire_send(&wire, WIRE_WG, outer.byte, outer.len);
	out.len = wire_receive(&wire, WIRE_PORT_A, out.byte, sizeof(out.byte), WIRE_WAIT);
	tap_ok(out.len == want.len && !memcmp(out.byte, want.byte, want.len), "%s, from the tunnel: %s",
	       frame_names[kind], what);
}

static void tag_frame(struct frame *f, unsigned int type)
{
	memmove(f->byte + 16, f->byte + 12, f->len - 12);
	put16(f->byte + 12, type);
	put16(f->byte + 14, 7);
	f->len += 4;
}

struct shape {
	const char *what, *options;
	size_t len;
	__u8 flags;
	int at;				/* of the MSS that is written, -1: none is */
};

#define O(text)	text, sizeof(text) - 1

static const struct shape shapes[] = {
	{ "SYN", O("\2\4\5\xb4\4\2\1\3\3\7"), SYN, 2 },
	{ "SYN and ACK", O("\2\4\5\xb4"), SYN | ACK, 2 },
	{ "on an odd offset", O("\1\2\4\5\xb4"), SYN, 3 },
	{ "behind time stamps", O("\1\1\x8\xa\0\0\0\0\0\0\0\0\2\4\5\xb4"), SYN, 14 },
	{ "jumbo", O("\2\4\x23\x00"), SYN, 2 },
	{ "last of 40 bytes", O("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\2\4\5\xb4"), SYN, 38 },
	{ "an ACK stays", O("\2\4\5\xb4"), ACK, -1 },
	{ "no options", O(""), SYN, -1 },
	{ "no MSS among them", O("\4\2\1\1"), SYN, -1 },
	{ "behind the end of the options", O("\0\2\4\5\xb4"), SYN, -1 },
	{ "an option of length 0", O("\x8\0\2\4\5\xb4"), SYN, -1 },
	{ "an MSS of length 3", O("\2\3\5\1"), SYN, -1 },
	{ "cut by the header's end", O("\1\1\2\4"), SYN, -1 },
};

static void test_shapes(enum frame_kind kind)
{
	unsigned int fits = MTU - (kind == FRAME_IP4 ? 40 : 60);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		const struct shape *s = &shapes[i];

		make(kind, s->flags, s->options, s->len, false);
		expect_mss(kind, s->at, fits);
		judge(s->what, kind);
		make(kind, s->flags, s->options, s->len, true);
		expect_mss(kind, s->at, fits);
		judge_back(s->what, kind);
	}
}

static void test_values(enum frame_kind kind)
{
	unsigned int fits = MTU - (kind == FRAME_IP4 ? 40 : 60);
	__u8 option[4] = { 2, 4 };

	for (unsigned int mss = fits - 1; mss <= fits + 1; mss++) {
		put16(option + 2, mss);
		make(kind, SYN, option, sizeof(option), false);
		expect_mss(kind, 2, mss < fits ? mss : fits);
		judge(mss > fits ? "one too many" : "fits", kind);
	}
}

/* One or two tags in the bytes, from the tunnel; at a port the kernel takes the outer one off. */
static void test_tagged(int tags)
{
	make(FRAME_IP6, SYN, "\2\4\5\xb4", 4, true);
	expect_mss(FRAME_IP6, 2, MTU - 60);
	for (int i = 0; i < tags; i++) {
		tag_frame(&in, i ? 0x88a8 : 0x8100);
		tag_frame(&want, i ? 0x88a8 : 0x8100);
	}
	judge_back(tags > 1 ? "two tags" : "a tag", FRAME_IP6);
}

/* Neither a TCP header: a fragment that is not the first, and UDP. */
static void test_others(void)
{
	__u8 *ip = in.byte + ETH_LEN;

	make(FRAME_IP4, SYN, "\2\4\5\xb4", 4, false);
	put16(ip + 6, 1);
	put16(ip + 10, 0);
	put16(ip + 10, frame_checksum(ip, 20, 0));
	expect_mss(FRAME_IP4, -1, 0);
	judge("not a first fragment", FRAME_IP4);
	make(FRAME_IP4, SYN, "\2\4\5\xb4", 4, false);
	ip[9] = 17;
	put16(ip + 10, 0);
	put16(ip + 10, frame_checksum(ip, 20, 0));
	expect_mss(FRAME_IP4, -1, 0);
	judge("not TCP", FRAME_IP4);
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){ .mtu = MTU });
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	test_shapes(FRAME_IP4);
	test_shapes(FRAME_IP6);
	test_values(FRAME_IP4);
	test_values(FRAME_IP6);
	test_others();
	test_tagged(1);
	test_tagged(2);
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	bench_unload(&object);
	return tap_end();
}

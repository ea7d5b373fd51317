// SPDX-License-Identifier: GPL-2.0-only
/*
 * What wg0 may receive that is not, or not soundly, VXLAN for us. Each packet is counted by exactly
 * one reason; nothing is learned from what is dropped, nothing is sent, what passes is unharmed and
 * unmarked. Each group begins with the good packet that it spoils.
 */
#include "bench.h"

static struct wire wire;
static struct object object;
static struct frame inner, good, bad, out;
static int passed;			/* catches what wg0 hands to the stack */
static unsigned int sent, wrong_ones;

/* Resets `bad` to the good packet, with a source that must not be learned. */
static void spoil(void)
{
	frame_make(&inner, FRAME_IP4, 120, mac_b, mac_new, 0);
	outer_make(&bad, REMOTE(1), LOCAL, 50000, VNI1, &inner);
}

static void group_begin(void)
{
	frame_make(&inner, FRAME_IP4, 120, mac_b, mac_far, 0);
	outer_make(&good, REMOTE(1), LOCAL, 50000, VNI1, &inner);
	wire_send(&wire, WIRE_WG, good.byte, good.len);
	out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), WIRE_WAIT);
	sent = 0;
	wrong_ones = out.len != inner.len || memcmp(out.byte, inner.byte, inner.len);
	if (wrong_ones)
		tap_note("positive control: the good packet was not delivered");
	spoil();
}

static void group_end(const char *what)
{
	struct vtep_fdb e;
	bool learned = object_fdb_get(&object, VNI1, mac_new, &e) || object_gauge(&object).learned;

	if (learned)
		tap_note("a source was learned");
	tap_ok(!wrong_ones && !learned && wire_silent_all(&wire), "%s (%u packets)", what, sent);
}

static bool is_pass(enum vtep_reason reason)
{
	return reason == VTEP_R_NOT_OURS || reason == VTEP_R_VNI_UNKNOWN;
}

/* Sends `bad`; `label` names the case when it goes wrong. */
static void expect(__u32 slot, enum vtep_reason reason, const char *label, unsigned int number)
{
	struct tally before;
	bool fine;
	__u32 mark;

	bench_tally(&object, &before);
	wire_send(&wire, WIRE_WG, bad.byte, bad.len);
	fine = bench_counted(&object, &before, slot, VTEP_HOOK_WG_RX, reason, 1);
	out.len = wire_caught(passed, out.byte, sizeof(out.byte), &mark, 0);
	if (is_pass(reason) && bad.byte[0] >> 4 == 4)
		fine = fine && out.len == bad.len && !memcmp(out.byte, bad.byte, bad.len) && !mark;
	else
		fine = fine && !out.len;
	sent++;
	if (!fine && wrong_ones++ < 5)
		tap_note("%s %u: want %s in slot %u", label, number, reason_names[reason], slot);
}

static void test_cut(void)
{
	group_begin();
	for (size_t len = 1; len < good.len; len++) {
		bad.len = len;
		expect(0,
		       len < 28 ? VTEP_R_NOT_OURS :
		       len < 50 ? VTEP_R_RUNT :
				  VTEP_R_MALFORMED,
		       "cut to", len);
	}
	group_end("cut at every byte");
	group_begin();
	for (size_t len = 28; len < 50; len++) {
		bad.len = len;
		put16(bad.byte + 2, len);
		put16(bad.byte + 24, len - 20);
		outer_sign(&bad, 20);
		expect(0, VTEP_R_RUNT, "inner runt of", len);
	}
	group_end("cut at every byte with lengths that agree");
}

/* Options move the UDP header: ours by its port there, and malformed, or another's. */
static void test_ihl(void)
{
	group_begin();
	for (unsigned int ihl = 0; ihl <= 15; ihl++) {
		if (ihl == 5)
			continue;
		spoil();
		bad.byte[0] = 0x40 | ihl;
		expect(0, VTEP_R_NOT_OURS, "false IHL", ihl);
	}
	for (unsigned int ihl = 6; ihl <= 15; ihl++) {
		spoil();
		memmove(bad.byte + ihl * 4, bad.byte + 20, bad.len - 20);
		memset(bad.byte + 20, 1, ihl * 4 - 20);
		bad.len += ihl * 4 - 20;
		bad.byte[0] = 0x40 | ihl;
		put16(bad.byte + 2, bad.len);
		outer_sign(&bad, ihl * 4);
		expect(0, VTEP_R_MALFORMED, "options, IHL", ihl);
	}
	group_end("IHL 0 to 15, options");
}

static void test_lengths(void)
{
	group_begin();
	for (unsigned int len = 0; len < 0x10000; len += len < 300 ? 1 : 251) {
		if (len == good.len)
			continue;
		spoil();
		put16(bad.byte + 2, len);
		outer_sign(&bad, 20);
		expect(0, VTEP_R_MALFORMED, "total length", len);
	}
	group_end("IP total length that lies");
	group_begin();
	for (unsigned int len = 0; len < 0x10000; len += len < 300 ? 1 : 251) {
		if (len == good.len - 20)
			continue;
		spoil();
		put16(bad.byte + 24, len);
		expect(0, VTEP_R_MALFORMED, "UDP length", len);
	}
	group_end("UDP length that lies");
}

static void test_fragments(void)
{
	group_begin();
	for (unsigned int bit = 0; bit < 13; bit++) {
		for (unsigned int more = 0; more <= 0x2000; more += 0x2000) {
			spoil();
			put16(bad.byte + 6, more | 1 << bit);
			outer_sign(&bad, 20);
			expect(0, VTEP_R_NOT_OURS, "fragment offset bit", bit);
		}
	}
	bad.len = 44;
	put16(bad.byte + 2, bad.len);
	put16(bad.byte + 6, 0x2000);
	outer_sign(&bad, 20);
	expect(0, VTEP_R_FRAGMENT, "short first fragment", bad.len);
	spoil();
	put16(bad.byte + 6, 0x2000);
	put16(bad.byte + 2, bad.len - 1);
	outer_sign(&bad, 20);
	expect(0, VTEP_R_FRAGMENT, "first fragment that lies", bad.len);
	group_end("outer fragments");
}

static void test_vxlan_header(void)
{
	group_begin();
	for (unsigned int bit = 0; bit < 32; bit++) {
		spoil();
		put32(bad.byte + 28, get32(bad.byte + 28) ^ 1U << bit);
		expect(0, VTEP_R_VX_FLAGS, "VXLAN flags, bit", bit);
	}
	for (unsigned int bit = 0; bit < 8; bit++) {
		spoil();
		put32(bad.byte + 32, get32(bad.byte + 32) ^ 1U << bit);
		expect(0, VTEP_R_VX_FLAGS, "VXLAN reserved byte, bit", bit);
	}
	group_end("VXLAN flags and reserved bits");
	group_begin();
	for (unsigned int bit = 8; bit < 32; bit++) {
		spoil();
		put32(bad.byte + 32, get32(bad.byte + 32) ^ 1U << bit);
		expect(0, VTEP_R_VNI_UNKNOWN, "VNI, bit", bit);
	}
	put32(bad.byte + 32, 0);
	expect(0, VTEP_R_VNI_UNKNOWN, "VNI", 0);
	put32(bad.byte + 32, VTEP_VNI_MAX << 8);
	expect(0, VTEP_R_VNI_UNKNOWN, "VNI", VTEP_VNI_MAX);
	group_end("unknown VNIs, 0 and the highest");
}

static void test_not_ours(void)
{
	group_begin();
	for (unsigned int bit = 0; bit < 32; bit++) {
		spoil();
		put32(bad.byte + 16, LOCAL ^ 1U << bit);
		outer_sign(&bad, 20);
		expect(0, VTEP_R_NOT_OURS, "destination, bit", bit);
	}
	for (unsigned int bit = 0; bit < 16; bit++) {
		spoil();
		put16(bad.byte + 22, 4789 ^ 1U << bit);
		expect(0, VTEP_R_NOT_OURS, "port, bit", bit);
	}
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		if (protocol == IPPROTO_UDP)
			continue;
		spoil();
		bad.byte[9] = protocol;
		outer_sign(&bad, 20);
		expect(0, VTEP_R_NOT_OURS, "protocol", protocol);
	}
	spoil();
	frame_ip6(bad.byte, bad.len - 40, 17, 1, 2);
	expect(0, VTEP_R_NOT_OURS, "outer IPv6", 0);
	group_end("other addresses, ports and protocols pass untouched");
}

static void test_sender(void)
{
	group_begin();
	for (unsigned int bit = 2; bit < 32; bit++) {	/* the first three are VTEPs */
		spoil();
		put32(bad.byte + 12, REMOTE(1) ^ 1U << bit);
		outer_sign(&bad, 20);
		expect(1, VTEP_R_VTEP_UNKNOWN, "sender, bit", bit);
	}
	outer_make(&bad, LOCAL, LOCAL, 50000, VNI1, &inner);
	expect(1, VTEP_R_VTEP_UNKNOWN, "ourselves", 0);
	outer_make(&bad, REMOTE(9), LOCAL, 50000, VNI1, &inner);
	expect(1, VTEP_R_VTEP_UNKNOWN, "a VTEP of the other VNI", 9);
	group_end("senders that are no VTEP of this VNI");
}

static void test_inner(void)
{
	group_begin();
	for (unsigned int first = 1; first < 256; first += 2) {
		spoil();
		bad.byte[OUTER_LEN + 6] = first;
		expect(1, VTEP_R_SRC_INVALID, "source's first byte", first);
	}
	memset(bad.byte + OUTER_LEN + 6, 0, 6);
	expect(1, VTEP_R_SRC_INVALID, "source zero", 0);
	memset(bad.byte + OUTER_LEN + 6, 0xff, 6);
	expect(1, VTEP_R_SRC_INVALID, "source broadcast", 0);
	spoil();
	memcpy(bad.byte + OUTER_LEN + 6, mac_a, 6);
	expect(1, VTEP_R_SRC_STATIC, "source configured elsewhere", 0);
	memcpy(bad.byte + OUTER_LEN + 6, "\x02\0\0\0\0\1", 6);
	expect(1, VTEP_R_SRC_OWN, "own source", 0);
	for (unsigned int last = 0; last < 16; last++) {
		spoil();
		memcpy(bad.byte + OUTER_LEN, "\1\x80\xc2\0\0", 5);
		bad.byte[OUTER_LEN + 5] = last;
		expect(1, VTEP_R_RESERVED_MAC, "reserved MAC", last);
	}
	spoil();
	memcpy(bad.byte + OUTER_LEN, mac_far, 6);
	memcpy(bad.byte + OUTER_LEN + 6, mac_far, 6);
	expect(1, VTEP_R_SPLIT_HORIZON, "for a MAC behind the tunnel", 0);
	group_end(
		"inner source multicast, zero, own, static; inner destination reserved or remote");
}

int main(void)
{
	const __u8 own[6] = { 2, 0, 0, 0, 0, 1 };

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	object_remote(&object, 9, wire.ifindex[WIRE_WG]);
	object_member(&object, VNI2, 2, 9);
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), VTEP_FDB_STATIC_ENTRY);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_fdb(&object, VNI1, own, (struct vtep_fdb_where){ .slot = VTEP_NO_SLOT },
		   VTEP_FDB_STATIC_ENTRY);
	passed = wire_socket(&wire, WIRE_WG, 0x0800);
	test_cut();
	test_ihl();
	test_lengths();
	test_fragments();
	test_vxlan_header();
	test_not_ours();
	test_sender();
	test_inner();
	bench_unload(&object);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Super-packets and checksums left to the device, as a guest's virtio-net hands them over: into
 * port_a with a virtio_net header, out of wg0, which like WireGuard can neither segment nor
 * checksum. Every segment must be a whole VXLAN packet with right lengths, identifications and
 * checksums, outside and inside.
 */
#include "bench.h"

#define GSO_UDP_L4	5	/* VIRTIO_NET_HDR_GSO_UDP_L4, Linux 6.2 */

struct shape {
	bool ip6;
	__u8 protocol;
	size_t payload;
	size_t segment;			/* payload bytes of each packet; 0: not to be segmented */
};

static struct wire wire;
static struct object object;
static struct frame in, out;

static size_t ip_len(const struct shape *s)
{
	return s->ip6 ? 40 : 20;
}

static size_t l4_len(const struct shape *s)
{
	return s->protocol == IPPROTO_TCP ? 20 : 8;
}

/* A frame whose checksum field holds the pseudo header's sum, as CHECKSUM_PARTIAL has it. */
static void make(const struct shape *s, const __u8 *dst, struct virtio_net_hdr *hdr)
{
	size_t l4 = l4_len(s), len = l4 + s->payload;
	__u8 *ip = in.byte + ETH_LEN, *t = ip + ip_len(s);
	unsigned int at = s->protocol == IPPROTO_TCP ? 16 : 6;

	in.len = ETH_LEN + ip_len(s) + len;
	memcpy(in.byte, dst, 6);
	memcpy(in.byte + 6, mac_a, 6);
	put16(in.byte + 12, s->ip6 ? 0x86dd : 0x0800);
	if (s->ip6)
		frame_ip6(ip, len, s->protocol, 1, 2);
	else
		frame_ip4(ip, 20 + len, s->protocol, 0xc0a80001, 0xc0a80002);
	memset(t, 0, l4);
	put16(t, 40000);
	put16(t + 2, 5001);
	if (s->protocol == IPPROTO_TCP) {
		put32(t + 4, 0xfffffc00);	/* wraps on the way */
		put32(t + 8, 77);
		put16(t + 12, 0x5018);		/* PSH, ACK */
		put16(t + 14, 1000);
	} else {
		put16(t + 4, len);
	}
	for (size_t i = 0; i < s->payload; i++)
		t[l4 + i] = i * 13 + (i >> 8);
	put16(t + at,
	      (__u16)~frame_checksum(ip + (s->ip6 ? 8 : 12), s->ip6 ? 32 : 8, s->protocol + len));
	*hdr = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					.csum_start = t - in.byte,
					.csum_offset = at,
					.hdr_len = t + l4 - in.byte,
					.gso_size = s->segment };
	if (s->segment)
		hdr->gso_type = s->protocol == IPPROTO_UDP ? GSO_UDP_L4 :
				s->ip6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

/* What segment n must be, but for its checksums, which are to be right. */
static const char *segment_wrong(const struct shape *s, const __u8 *f, size_t len, unsigned int n,
				 unsigned int last)
{
	size_t size = s->segment ?: s->payload, done = n * size, l4 = l4_len(s);
	size_t payload = s->payload - done < size ? s->payload - done : size;
	const __u8 *ip = f + ETH_LEN, *t = ip + ip_len(s), *in_t = in.byte + ETH_LEN + ip_len(s);

	if (len != ETH_LEN + ip_len(s) + l4 + payload)
		return "inner length";
	if (memcmp(f, in.byte, ETH_LEN) || memcmp(t, in_t, 4))
		return "inner addresses";
	if (s->ip6 ? get16(ip + 4) != l4 + payload : get16(ip + 2) != 20 + l4 + payload)
		return "inner IP length";
	if (!s->ip6 &&
	    (frame_checksum(ip, 20, 0) || get16(ip + 4) != 0x1234 + n || get16(ip + 6) != 0x4000))
		return "inner IPv4 header";
	if (frame_l4_checksum(ip, t, l4 + payload, s->protocol))
		return "inner checksum";
	if (s->protocol == IPPROTO_TCP && (get32(t + 4) != (__u32)(get32(in_t + 4) + done) ||
					   get16(t + 12) != (n == last ? 0x5018 : 0x5010)))
		return "TCP sequence or flags";
	if (s->protocol == IPPROTO_UDP && get16(t + 4) != 8 + payload)
		return "inner UDP length";
	return memcmp(t + l4, in_t + l4 + done, payload) ? "payload" : NULL;
}

/* All segments of one super-packet, from wg0. */
static const char *wrong(const struct shape *s, __u32 remote)
{
	unsigned int last = s->segment ? (s->payload - 1) / s->segment : 0, id = 0, port = 0;
	const char *why;

	for (unsigned int n = 0; n <= last; n++) {
		out.len = wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_WAIT);
		why = outer_wrong(out.byte, out.len, LOCAL, REMOTE(remote), VNI1);
		if (why)
			return why;
		if (n &&
		    (get16(out.byte + 4) != ((id + n) & 0xffff) || get16(out.byte + 20) != port))
			return "outer identification or source port";
		id = n ? id : get16(out.byte + 4);
		port = get16(out.byte + 20);
		why = segment_wrong(s, out.byte + OUTER_LEN, out.len - OUTER_LEN, n, last);
		if (why)
			return why;
	}
	return wire_ready(wire.fd[WIRE_WG], 0) ? "a packet too many" : NULL;
}

static void test_shape(const struct shape *s)
{
	struct virtio_net_hdr hdr;
	struct tally before;
	const char *why;
	char what[96];

	snprintf(what, sizeof(what), "IPv%d %s, %zu bytes in packets of %zu", s->ip6 ? 6 : 4,
		 s->protocol == IPPROTO_TCP ? "TCP" : "UDP", s->payload, s->segment);
	make(s, mac_far, &hdr);
	bench_tally(&object, &before);
	if (!wire_try_send(&wire, WIRE_PORT_A, &hdr, in.byte, in.len)) {
		tap_skip(what, "the tap does not take it");
		return;
	}
	why = wrong(s, 2);
	while (why && wire_receive(&wire, WIRE_WG, out.byte, sizeof(out.byte), WIRE_QUIET))
		;
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_ENCAP, 1),
	       "%s%s%s", what, why ? ": " : "", why ?: "");
}

/* By the bridge and vx1's egress, to an unknown MAC: copies of a super-packet. */
static void test_flooded(const struct shape *s)
{
	struct virtio_net_hdr hdr;
	const char *why = NULL;
	struct tally before;

	object_flood(&object, 1, 1, 3);
	make(s, mac_new, &hdr);
	bench_tally(&object, &before);
	wire_send_as(&wire, WIRE_PORT_A, &hdr, in.byte, in.len);
	for (__u32 remote = 1; remote <= 3 && !why; remote++) {
		unsigned int left = 3 - remote;

		why = wrong(s, remote);
		if (left && why && !strcmp(why, "a packet too many"))
			why = NULL;
	}
	tap_ok(!why && bench_counted(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 1),
	       "a super-packet is flooded to 3 VTEPs%s%s", why ? ": " : "", why ?: "");
}

int main(void)
{
	static const size_t sizes[][2] = {
		/* payload, segment */
		{ 1000, 0 },	{ 1301, 1300 }, { 2600, 1300 },
		{ 9999, 1300 }, { 20000, 536 }, { 65400, 1310 },
	};
	struct shape s;

	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(2), 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (int kind = 0; kind < 4; kind++) {
			s = (struct shape){ .ip6 = kind & 1,
					    .protocol = kind & 2 ? IPPROTO_UDP : IPPROTO_TCP,
					    .payload = sizes[i][0],
					    .segment = sizes[i][1] };
			test_shape(&s);
		}
	}
	tap_ok(wire_silent_all(&wire), "nothing else was sent");
	wire_bridge(&wire);
	s = (struct shape){ .protocol = IPPROTO_TCP, .payload = 30000, .segment = 1300 };
	test_flooded(&s);
	bench_unload(&object);
	return tap_end();
}

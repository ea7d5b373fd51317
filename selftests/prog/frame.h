/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ethernet frames of all kinds, and the outer headers of RFC 7348 section 5 written and judged byte
 * by byte, without the programs' structs: a mistake there must not be repeated here.
 */
#ifndef FRAME_H
#define FRAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define FRAME_MAX	(65536 + 256)
#define OUTER_LEN	36		/* IPv4, UDP, VXLAN */
#define ETH_LEN		14

struct frame {
	size_t len;
	__u8 byte[FRAME_MAX];
};

enum frame_kind {
	FRAME_IP4, FRAME_IP6, FRAME_ARP, FRAME_LLC, FRAME_OTHER, FRAME_KINDS
};

static const char *const frame_names[FRAME_KINDS] = { "IPv4", "IPv6", "ARP", "LLC",
						      "EtherType 0x88b5" };

/* The longest to test: from 1536 on an LLC frame's length would be an EtherType. */
static inline size_t frame_last(enum frame_kind kind)
{
	return kind == FRAME_LLC ? ETH_LEN + 1535 : 1600;
}

static inline void put16(__u8 *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static inline void put32(__u8 *at, __u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static inline unsigned int get16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

static inline __u32 get32(const __u8 *at)
{
	return (__u32)get16(at) << 16 | get16(at + 2);
}

/* RFC 1071; 0 over data that holds its own right checksum. */
static inline __u16 frame_checksum(const __u8 *data, size_t len, __u32 sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += i + 1 < len ? get16(data + i) : data[i] * 256U;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Of a UDP or TCP segment; `header` is the IP header before it. */
static inline __u16 frame_l4_checksum(const __u8 *header, const __u8 *segment, size_t len,
				      __u8 protocol)
{
	bool ip6 = header[0] >> 4 == 6;
	__u16 pseudo = ~frame_checksum(header + (ip6 ? 8 : 12), ip6 ? 32 : 8, protocol + len);

	return frame_checksum(segment, len, pseudo);
}

static inline void frame_ip4(__u8 *ip, size_t len, __u8 protocol, __u32 saddr, __u32 daddr)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, len);
	put16(ip + 4, 0x1234);
	put16(ip + 6, 0x4000);
	ip[8] = 63;
	ip[9] = protocol;
	put32(ip + 12, saddr);
	put32(ip + 16, daddr);
	put16(ip + 10, frame_checksum(ip, 20, 0));
}

static inline void frame_ip6(__u8 *ip, size_t payload, __u8 protocol, __u8 from, __u8 to)
{
	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, payload);
	ip[6] = protocol;
	ip[7] = 63;
	put16(ip + 8, 0xfd00);
	put16(ip + 24, 0xfd00);
	ip[23] = from;
	ip[39] = to;
}

/*
 * A frame of `len` bytes (at least 60) that differs with `flow` in a UDP port, or in an address
 * where there is none.
 */
static inline void frame_make(struct frame *f, enum frame_kind kind, size_t len, const __u8 *dst,
			      const __u8 *src, unsigned int flow)
{
	static const __u16 type[FRAME_KINDS] = { 0x0800, 0x86dd, 0x0806, 0, 0x88b5 };
	__u8 *p = f->byte + ETH_LEN, *udp;

	f->len = len;
	memcpy(f->byte, dst, 6);
	memcpy(f->byte + 6, src, 6);
	put16(f->byte + 12, kind == FRAME_LLC ? len - ETH_LEN : type[kind]);
	for (size_t i = ETH_LEN; i < len; i++)
		f->byte[i] = i * 7 + len + flow;
	if (kind == FRAME_IP4 || kind == FRAME_IP6) {
		udp = p + (kind == FRAME_IP4 ? 20 : 40);
		if (kind == FRAME_IP4)
			frame_ip4(p, len - ETH_LEN, 17, 0xc0a80001, 0xc0a80002);
		else
			frame_ip6(p, len - ETH_LEN - 40, 17, 1, 2);
		put16(udp, 1024 + flow);
		put16(udp + 2, 5353);
		put16(udp + 4, f->byte + len - udp);
		put16(udp + 6, 0);
		put16(udp + 6, frame_l4_checksum(p, udp, f->byte + len - udp, 17));
	} else if (kind == FRAME_ARP) {
		memcpy(p, "\0\1\10\0\6\4\0\1", 8);
	} else if (kind == FRAME_LLC) {
		memcpy(p, "\x42\x42\x03", 3);
	}
}

/* A VXLAN packet, as a WireGuard device receives it. */
static inline void outer_make(struct frame *out, __u32 saddr, __u32 daddr, __u16 sport, __u32 vni,
			      const struct frame *inner)
{
	__u8 *p = out->byte;

	out->len = OUTER_LEN + inner->len;
	frame_ip4(p, out->len, 17, saddr, daddr);
	put16(p + 20, sport);
	put16(p + 22, 4789);
	put16(p + 24, out->len - 20);
	put16(p + 26, 0);
	put32(p + 28, 0x08000000);
	put32(p + 32, vni << 8);
	memcpy(p + OUTER_LEN, inner->byte, inner->len);
}

/* After a change to the IPv4 header. */
static inline void outer_sign(struct frame *out, size_t header)
{
	put16(out->byte + 10, 0);
	put16(out->byte + 10, frame_checksum(out->byte, header, 0));
}

/*
 * Every byte of outer headers that a node must send. NULL when right, else what is wrong. The
 * identification is free, the source port from the dynamic range.
 */
static inline const char *outer_wrong(const __u8 *p, size_t len, __u32 saddr, __u32 daddr,
				      __u32 vni)
{
	static char what[64];
	__u8 want[OUTER_LEN];

	if (len < OUTER_LEN + ETH_LEN)
		return len ? "short packet" : "no packet";
	frame_ip4(want, len, 17, saddr, daddr);
	memcpy(want + 4, p + 4, 2);
	want[6] = want[7] = 0;
	want[8] = 64;
	put16(want + 10, 0);
	put16(want + 10, frame_checksum(want, 20, 0));
	memcpy(want + 20, p + 20, 2);
	put16(want + 22, 4789);
	put16(want + 24, len - 20);
	put16(want + 26, 0);
	put32(want + 28, 0x08000000);
	put32(want + 32, vni << 8);
	for (int i = 0; i < OUTER_LEN; i++) {
		if (p[i] != want[i]) {
			snprintf(what, sizeof(what), "byte %d is %02x, want %02x", i, p[i],
				 want[i]);
			return what;
		}
	}
	return get16(p + 20) < 49152 ? "source port below 49152" : NULL;
}

#endif

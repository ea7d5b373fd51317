/* SPDX-License-Identifier: GPL-2.0-only */
/* VTEP and MAC addresses: text, struct vtep_addr, and what an address may be used for. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"

struct vtep_addr addr_from4(__be32 ip4)
{
	return (struct vtep_addr){ .word = { 0, 0, htonl(0xffff), ip4 } };
}

bool addr_is4(const struct vtep_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && addr->word[2] == htonl(0xffff);
}

__be32 addr_to4(const struct vtep_addr *addr)
{
	return addr->word[3];
}

bool addr_is_zero(const struct vtep_addr *addr)
{
	if (addr_is4(addr))
		return !addr->word[3];
	return !(addr->word[0] | addr->word[1] | addr->word[2] | addr->word[3]);
}

bool addr_equal(const struct vtep_addr *a, const struct vtep_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool addr_is_unicast(const struct vtep_addr *addr)
{
	__u32 ip4 = ntohl(addr->word[3]);

	if (addr_is_zero(addr))
		return false;
	if (addr_is4(addr))
		return ip4 >> 24 != IN_LOOPBACKNET && !IN_MULTICAST(ip4) &&
		       ip4 != INADDR_BROADCAST;
	if (ntohl(addr->word[0]) >> 24 == 0xff)
		return false;
	return addr->word[0] || addr->word[1] || addr->word[2] || ip4 != 1;
}

unsigned int addr_bits(const struct vtep_addr *addr)
{
	return addr_is4(addr) ? 32 : 128;
}

void addr_mask(struct vtep_addr *addr, unsigned int len)
{
	__u8 *bytes = (__u8 *)addr;
	unsigned int bits = 128 - addr_bits(addr) + len;

	if (bits >= 128)
		return;
	bytes[bits / 8] &= 0xff << (8 - bits % 8);
	memset(bytes + bits / 8 + 1, 0, 15 - bits / 8);
}

bool addr_in_prefix(const struct vtep_addr *addr, const struct vtep_addr *prefix, unsigned int len)
{
	const __u8 *a = (const __u8 *)addr, *b = (const __u8 *)prefix;
	unsigned int bits = 128 - addr_bits(prefix) + len;

	if (bits > 128 || addr_is4(addr) != addr_is4(prefix) || memcmp(a, b, bits / 8))
		return false;
	return !(bits % 8) || !((a[bits / 8] ^ b[bits / 8]) & (0xff << (8 - bits % 8)));
}

int addr_parse(const char *text, struct vtep_addr *out)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1) {
		*out = addr_from4(ip4.s_addr);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ip6) != 1)
		return -EINVAL;
	memcpy(out, &ip6, sizeof(*out));
	return 0;
}

const char *addr_format(const struct vtep_addr *addr, char *buf)
{
	if (addr_is4(addr))
		inet_ntop(AF_INET, &addr->word[3], buf, ADDR_STRLEN);
	else
		inet_ntop(AF_INET6, addr, buf, ADDR_STRLEN);
	return buf;
}

/* Not isxdigit(): that follows the locale. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int mac_parse(const char *text, __u8 mac[6])
{
	char separator;
	__u8 bytes[6];
	int i;

	if (strlen(text) != MAC_STRLEN - 1)
		return -EINVAL;
	separator = text[2];
	if (separator != ':' && separator != '-')
		return -EINVAL;
	for (i = 0; i < 6; i++) {
		int high = hex_digit(text[3 * i]);
		int low = hex_digit(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != separator))
			return -EINVAL;
		bytes[i] = high << 4 | low;
	}
	memcpy(mac, bytes, sizeof(bytes));
	return 0;
}

const char *mac_format(const __u8 mac[6], char *buf)
{
	snprintf(buf, MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

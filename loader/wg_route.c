/* SPDX-License-Identifier: GPL-2.0-only */
/* WireGuard's cryptokey routing as the kernel does it: which peer an address belongs to. */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "wg.h"

/* Length of the prefix in the 16-byte form; -1 if it can't be one of that family. */
static int prefix_bits(const struct wg_allowed_ip *ip)
{
	if (addr_is4(&ip->addr))
		return ip->prefix <= 32 ? 96 + ip->prefix : -1;
	return ip->prefix <= 128 ? ip->prefix : -1;
}

static bool prefix_matches(const struct wg_allowed_ip *ip, const struct vtep_addr *addr)
{
	const uint8_t *a = (const uint8_t *)&ip->addr;
	const uint8_t *b = (const uint8_t *)addr;
	int bits = prefix_bits(ip);
	uint8_t mask;

	/* ::/0 holds no IPv4 address. */
	if (bits < 0 || addr_is4(&ip->addr) != addr_is4(addr) || memcmp(a, b, bits / 8))
		return false;
	if (!(bits % 8))
		return true;
	mask = 0xff << (8 - bits % 8);
	return !((a[bits / 8] ^ b[bits / 8]) & mask);
}

const struct wg_peer *wg_route(const struct wg_device *dev, const struct vtep_addr *addr)
{
	const struct wg_peer *best = NULL;
	int best_bits = -1;
	size_t i, j;

	for (i = 0; i < dev->n_peers; i++) {
		const struct wg_peer *peer = &dev->peers[i];

		for (j = 0; j < peer->n_allowed; j++) {
			int bits = prefix_bits(&peer->allowed[j]);

			if (bits > best_bits && prefix_matches(&peer->allowed[j], addr)) {
				best_bits = bits;
				best = peer;
			}
		}
	}
	return best;
}

int wg_peer_host(const struct wg_peer *peer, struct vtep_addr *out)
{
	const struct wg_allowed_ip *host[2] = {};	/* IPv6, IPv4 */
	size_t i, n[2] = {};

	for (i = 0; i < peer->n_allowed; i++)
		if (prefix_bits(&peer->allowed[i]) == 128) {
			host[addr_is4(&peer->allowed[i].addr)] = &peer->allowed[i];
			n[addr_is4(&peer->allowed[i].addr)]++;
		}
	if (n[1] > 1 || (!n[1] && n[0] != 1))
		return -ENOENT;
	*out = host[n[1]]->addr;
	return 0;
}

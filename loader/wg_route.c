/* SPDX-License-Identifier: GPL-2.0-only */
/* WireGuard's cryptokey routing as the kernel does it: which peer an address belongs to. */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "wg.h"

const struct wg_peer *wg_route(const struct wg_device *dev, const struct vtep_addr *addr)
{
	const struct wg_peer *best = NULL;
	int best_bits = -1;
	size_t i, j;

	for (i = 0; i < dev->n_peers; i++) {
		const struct wg_peer *peer = &dev->peers[i];

		for (j = 0; j < peer->n_allowed; j++) {
			const struct wg_allowed_ip *ip = &peer->allowed[j];

			if (ip->prefix > best_bits && addr_in_prefix(addr, &ip->addr, ip->prefix)) {
				best_bits = ip->prefix;
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
		if (peer->allowed[i].prefix == addr_bits(&peer->allowed[i].addr)) {
			host[addr_is4(&peer->allowed[i].addr)] = &peer->allowed[i];
			n[addr_is4(&peer->allowed[i].addr)]++;
		}
	if (n[1] > 1 || (!n[1] && n[0] != 1))
		return -ENOENT;
	*out = host[n[1]]->addr;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* WireGuard's cryptokey routing as the kernel does it: which peer an address belongs to. */
#include <errno.h>
#include <stdlib.h>
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

struct wg_table {
	size_t n;
	struct row {
		struct vtep_addr addr;
		unsigned int len;
		const struct wg_peer *peer;
	} rows[];			/* sorted by prefix */
};

static int row_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int diff = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return diff ?: (int)x->len - (int)y->len;
}

struct wg_table *wg_table_new(const struct wg_device *dev)
{
	struct wg_table *table;
	size_t i, j, n = 0;

	for (i = 0; i < dev->n_peers; i++)
		n += dev->peers[i].n_allowed;
	table = calloc(1, sizeof(*table) + n * sizeof(*table->rows));
	if (!table)
		return NULL;
	for (i = 0; i < dev->n_peers; i++)
		for (j = 0; j < dev->peers[i].n_allowed; j++)
			table->rows[table->n++] = (struct row){ dev->peers[i].allowed[j].addr,
				dev->peers[i].allowed[j].prefix, &dev->peers[i] };
	if (n)
		qsort(table->rows, n, sizeof(*table->rows), row_compare);
	return table;
}

void wg_table_free(struct wg_table *table)
{
	free(table);
}

const struct wg_peer *wg_table_route(const struct wg_table *table, const struct vtep_addr *addr)
{
	struct row key = {}, *row;
	int len;

	for (len = addr_bits(addr); table->n && len >= 0; len--) {
		key.addr = *addr;
		key.len = len;
		addr_mask(&key.addr, len);
		row = bsearch(&key, table->rows, table->n, sizeof(key), row_compare);
		if (row)
			return row->peer;
	}
	return NULL;
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

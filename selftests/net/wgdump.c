/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wgdump DEVICE: prints a WireGuard device as wg_get() reads it, in the form of `wg show DEVICE dump` but
 * without the private and preshared keys, which it never hands out:
 *
 *	public-key  listen-port  fwmark
 *	public-key  endpoint  allowed-ips  latest-handshake  rx  tx  keepalive
 */
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "wg.h"

static void peer_print(const struct wg_peer *peer)
{
	char buf[ADDR_STRLEN];
	size_t i;

	printf("%s\t%s\t", peer->key, peer->endpoint[0] ? peer->endpoint : "(none)");
	for (i = 0; i < peer->n_allowed; i++)
		printf("%s%s/%u", i ? "," : "", addr_format(&peer->allowed[i].addr, buf),
		       peer->allowed[i].prefix);
	printf("%s\t%lld\t%llu\t%llu\t", i ? "" : "(none)",
	       (long long)peer->last_handshake.tv_sec, (unsigned long long)peer->rx_bytes,
	       (unsigned long long)peer->tx_bytes);
	if (peer->keepalive)
		printf("%u\n", peer->keepalive);
	else
		printf("off\n");
}

static int wg_print(const char *name)
{
	struct wg_device *dev;
	size_t i;
	int err = wg_get(name, &dev);

	if (err) {
		fprintf(stderr, "%s: %s\n", name, strerror(-err));
		return 2;
	}
	printf("%s\t%u\t", dev->key[0] ? dev->key : "(none)", dev->listen_port);
	printf(dev->fwmark ? "0x%x\n" : "off\n", dev->fwmark);
	for (i = 0; i < dev->n_peers; i++)
		peer_print(&dev->peers[i]);
	wg_free(dev);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return wg_print(argv[1]);
	fputs("usage: wgdump DEVICE\n", stderr);
	return 1;
}

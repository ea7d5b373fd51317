/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernel WireGuard says of a device and its peers (generic netlink family "wireguard").
 * Reading only; no secrets are kept, but by wg_get_secret(): private and preshared keys in the
 * kernel's answer are wiped before the buffer is released.
 */
#ifndef WG_H
#define WG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <netinet/in.h>
#include <vtep/abi.h>

#define WG_KEY_LEN	32
#define WG_KEY_TEXT	45		/* base64 and NUL */

struct wg_allowed_ip {
	struct vtep_addr addr;		/* IPv4 ones mapped */
	uint8_t prefix;			/* 0…32 for IPv4, 0…128 for IPv6: of the family, not of the mapped form */
};

/* sa.sa_family 0: none */
struct wg_endpoint {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

struct wg_peer {
	uint8_t public_key[WG_KEY_LEN];
	char key[WG_KEY_TEXT];		/* the same in base64 */
	struct wg_allowed_ip *allowed;
	size_t n_allowed;
	struct timespec last_handshake;	/* CLOCK_REALTIME, 0: never */
	uint64_t rx_bytes, tx_bytes;
	char endpoint[64];		/* "10.0.0.1:51820", "[2001:db8::1]:51820" or "" */
	struct wg_endpoint at;		/* the same as the kernel has it */
	uint16_t keepalive;		/* seconds, 0: off */
	uint64_t psk_mark;		/* wg_psk_mark() of its preshared key */
};

struct wg_device {
	int ifindex;
	uint16_t listen_port;
	uint32_t fwmark;
	uint8_t public_key[WG_KEY_LEN];	/* zero, and key "", while the device has no private key */
	char key[WG_KEY_TEXT];
	struct wg_peer *peers;
	size_t n_peers;
	struct wg_secrets *secrets;	/* NULL: none are kept */
};

/* In memory of sodium_malloc()'s, which wipes what it frees. */
struct wg_secrets {
	uint8_t private_key[WG_KEY_LEN];	/* zero: none */
	uint8_t (*psks)[WG_KEY_LEN];	/* of each of the device's peers; zero: none */
	size_t room;			/* in psks */
};

/*
 * Peers may be split over several messages of the dump and are joined; IPv6 AllowedIPs inside
 * ::ffff:0:0/96 are left out, they would look like IPv4 ones. -ENODEV, -EOPNOTSUPP (not a WireGuard
 * device), -ENOENT (kernel has no WireGuard), -EPERM. On success the caller frees with wg_free.
 */
int wg_get(const char *ifname, struct wg_device **out);
/* The same with its secrets, to make the device again what it is. */
int wg_get_secret(const char *ifname, struct wg_device **out);
void wg_free(struct wg_device *dev);		/* NULL will do; secrets are wiped */
struct wg_table;
/*
 * Tells whether two preshared keys are the same and nothing else of them: a hash with a secret of
 * this process. 0: no key.
 */
uint64_t wg_psk_mark(const uint8_t psk[WG_KEY_LEN]);
bool wg_endpoint_equal(const struct wg_endpoint *a, const struct wg_endpoint *b);
/* Peer that the kernel would send to addr by: longest AllowedIPs match. NULL: none. */
const struct wg_peer *wg_route(const struct wg_device *dev, const struct vtep_addr *addr);
/* The same for many questions: made once, of a device that outlives it. NULL: no memory. */
struct wg_table *wg_table_new(const struct wg_device *dev);
void wg_table_free(struct wg_table *table);
const struct wg_peer *wg_table_route(const struct wg_table *table, const struct vtep_addr *addr);
/*
 * The single /32 among the peer's AllowedIPs, else the single /128, into *out. 0, or -ENOENT: none,
 * or which?
 */
int wg_peer_host(const struct wg_peer *peer, struct vtep_addr *out);
#endif

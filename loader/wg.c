/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a WireGuard device and its peers by generic netlink (WG_CMD_GET_DEVICE). */
#include <errno.h>
#include <netdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <net/if.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "addr.h"
#include "genl.h"
#include "nl.h"
#include "wg.h"

static const uint16_t device_least[WGDEVICE_A_MAX + 1] = {
	[WGDEVICE_A_IFINDEX] = sizeof(uint32_t),
	[WGDEVICE_A_PRIVATE_KEY] = WG_KEY_LEN,
	[WGDEVICE_A_PUBLIC_KEY] = WG_KEY_LEN,
	[WGDEVICE_A_LISTEN_PORT] = sizeof(uint16_t),
	[WGDEVICE_A_FWMARK] = sizeof(uint32_t),
};

static const uint16_t peer_least[WGPEER_A_MAX + 1] = {
	[WGPEER_A_PUBLIC_KEY] = WG_KEY_LEN,
	[WGPEER_A_PRESHARED_KEY] = WG_KEY_LEN,
	[WGPEER_A_ENDPOINT] = sizeof(struct sockaddr_in),
	[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = sizeof(uint16_t),
	[WGPEER_A_LAST_HANDSHAKE_TIME] = 2 * sizeof(int64_t),
	[WGPEER_A_RX_BYTES] = sizeof(uint64_t),
	[WGPEER_A_TX_BYTES] = sizeof(uint64_t),
};

static const uint16_t allowed_least[WGALLOWEDIP_A_MAX + 1] = {
	[WGALLOWEDIP_A_FAMILY] = sizeof(uint16_t),
	[WGALLOWEDIP_A_IPADDR] = sizeof(struct in_addr),
	[WGALLOWEDIP_A_CIDR_MASK] = sizeof(uint8_t),
};

static void key_text(const uint8_t key[WG_KEY_LEN], char text[WG_KEY_TEXT])
{
	sodium_bin2base64(text, WG_KEY_TEXT, key, WG_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
}

/* SipHash: what it works on stays in registers, BLAKE2b leaves the key on the stack. */
uint64_t wg_psk_mark(const uint8_t psk[WG_KEY_LEN])
{
	static uint8_t secret[crypto_shorthash_KEYBYTES];	/* of this process */
	uint64_t mark = 0;

	_Static_assert(sizeof(mark) == crypto_shorthash_BYTES, "64 bits");
	if (sodium_is_zero(psk, WG_KEY_LEN))
		return 0;
	if (sodium_is_zero(secret, sizeof(secret)))
		randombytes_buf(secret, sizeof(secret));
	crypto_shorthash((uint8_t *)&mark, psk, WG_KEY_LEN, secret);
	return mark ?: 1;
}

bool wg_endpoint_equal(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->sa.sa_family != AF_INET6 ||
	       (a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
		!memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)));
}

static void endpoint_take(const struct nlattr *attr, struct wg_endpoint *out)
{
	size_t len = mnl_attr_get_payload_len(attr);

	memset(out, 0, sizeof(*out));
	memcpy(out, mnl_attr_get_payload(attr), len < sizeof(*out) ? len : sizeof(*out));
}

/* "10.0.0.1:51820", "[fe80::1%eth0]:51820"; stays empty for what we don't know. */
static void endpoint_text(const struct nlattr *attr, char *text, size_t size)
{
	struct sockaddr_in6 sa = { 0 };			/* the longer of the two */
	socklen_t len = mnl_attr_get_payload_len(attr);
	char host[48 + IFNAMSIZ], port[6];

	if (len > sizeof(sa))
		return;
	memcpy(&sa, mnl_attr_get_payload(attr), len);
	if (getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM))
		return;
	if ((size_t)snprintf(text, size, sa.sin6_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
			     port) >= size)
		text[0] = '\0';
}

static int allowed_parse(struct wg_peer *peer, const struct nlattr *nest)
{
	const struct nlattr *tb[WGALLOWEDIP_A_MAX + 1], *addr;
	struct wg_allowed_ip ip, *allowed;
	int err = nl_nested(nest, tb, allowed_least, WGALLOWEDIP_A_MAX);
	uint16_t family;

	if (err)
		return err;
	addr = tb[WGALLOWEDIP_A_IPADDR];
	if (!addr || !tb[WGALLOWEDIP_A_FAMILY] || !tb[WGALLOWEDIP_A_CIDR_MASK])
		return -EPROTO;
	family = mnl_attr_get_u16(tb[WGALLOWEDIP_A_FAMILY]);
	ip.prefix = mnl_attr_get_u8(tb[WGALLOWEDIP_A_CIDR_MASK]);
	if (family == AF_INET && ip.prefix <= 32) {
		ip.addr = addr_from4(mnl_attr_get_u32(addr));
	} else if (family == AF_INET6 && ip.prefix <= 128 &&
		   mnl_attr_get_payload_len(addr) == sizeof(ip.addr)) {
		memcpy(&ip.addr, mnl_attr_get_payload(addr), sizeof(ip.addr));
		/* A real IPv6 ::ffff:0:0/96 route must not pass for an IPv4 one. */
		if (addr_is4(&ip.addr))
			return 0;
	} else {
		return -EPROTO;
	}
	allowed = nl_room(peer->allowed, peer->n_allowed, sizeof(*allowed));
	if (!allowed)
		return -ENOMEM;
	peer->allowed = allowed;
	allowed[peer->n_allowed++] = ip;
	return 0;
}

/* The last peer, if this message continues it (wg_get_device_dump()), or a new one. */
static struct wg_peer *peer_of(struct wg_device *dev, const uint8_t *key)
{
	struct wg_peer *peers = dev->peers, *peer;

	if (dev->n_peers && !memcmp(peers[dev->n_peers - 1].public_key, key, WG_KEY_LEN))
		return &peers[dev->n_peers - 1];
	peers = nl_room(dev->peers, dev->n_peers, sizeof(*peers));
	if (!peers)
		return NULL;
	dev->peers = peers;
	peer = &peers[dev->n_peers++];
	memset(peer, 0, sizeof(*peer));
	memcpy(peer->public_key, key, WG_KEY_LEN);
	key_text(key, peer->key);
	return peer;
}

/* Grown by hand: realloc() would leave a copy behind. */
static int psk_keep(struct wg_device *dev, const uint8_t *psk)
{
	struct wg_secrets *s = dev->secrets;
	uint8_t (*psks)[WG_KEY_LEN];

	if (dev->n_peers > s->room) {
		psks = sodium_allocarray(dev->n_peers * 2, sizeof(*psks));
		if (!psks)
			return -ENOMEM;
		sodium_memzero(psks, dev->n_peers * 2 * sizeof(*psks));
		if (s->psks)
			memcpy(psks, s->psks, s->room * sizeof(*psks));
		sodium_free(s->psks);
		s->psks = psks;
		s->room = dev->n_peers * 2;
	}
	if (psk)
		memcpy(s->psks[dev->n_peers - 1], psk, WG_KEY_LEN);
	return 0;
}

static int peer_parse(struct wg_device *dev, const struct nlattr *nest)
{
	const struct nlattr *tb[WGPEER_A_MAX + 1], *attr;
	int err = nl_nested(nest, tb, peer_least, WGPEER_A_MAX);
	struct wg_peer *peer;
	int64_t time[2];

	if (err)
		return err;
	if (!tb[WGPEER_A_PUBLIC_KEY])
		return -EPROTO;
	peer = peer_of(dev, mnl_attr_get_payload(tb[WGPEER_A_PUBLIC_KEY]));
	if (!peer)
		return -ENOMEM;
	if (tb[WGPEER_A_ENDPOINT]) {
		endpoint_take(tb[WGPEER_A_ENDPOINT], &peer->at);
		endpoint_text(tb[WGPEER_A_ENDPOINT], peer->endpoint, sizeof(peer->endpoint));
	}
	if (tb[WGPEER_A_PRESHARED_KEY])
		peer->psk_mark = wg_psk_mark(mnl_attr_get_payload(tb[WGPEER_A_PRESHARED_KEY]));
	err = dev->secrets ? psk_keep(dev, tb[WGPEER_A_PRESHARED_KEY] ?
				      mnl_attr_get_payload(tb[WGPEER_A_PRESHARED_KEY]) : NULL) : 0;
	if (err)
		return err;
	if (tb[WGPEER_A_LAST_HANDSHAKE_TIME]) {
		memcpy(time, mnl_attr_get_payload(tb[WGPEER_A_LAST_HANDSHAKE_TIME]), sizeof(time));
		peer->last_handshake.tv_sec = time[0];
		peer->last_handshake.tv_nsec = time[1];
	}
	if (tb[WGPEER_A_RX_BYTES])
		peer->rx_bytes = mnl_attr_get_u64(tb[WGPEER_A_RX_BYTES]);
	if (tb[WGPEER_A_TX_BYTES])
		peer->tx_bytes = mnl_attr_get_u64(tb[WGPEER_A_TX_BYTES]);
	if (tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
		peer->keepalive =
			mnl_attr_get_u16(tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
	if (!tb[WGPEER_A_ALLOWEDIPS])
		return 0;
	mnl_attr_for_each_nested(attr, tb[WGPEER_A_ALLOWEDIPS]) {
		err = allowed_parse(peer, attr);
		if (err)
			return err;
	}
	return 0;
}

static int device_parse(struct wg_device *dev, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[WGDEVICE_A_MAX + 1], *attr;
	int err = nl_attrs(nlh, sizeof(struct genlmsghdr), tb, device_least, WGDEVICE_A_MAX);

	if (err)
		return err;
	if (tb[WGDEVICE_A_IFINDEX])
		dev->ifindex = mnl_attr_get_u32(tb[WGDEVICE_A_IFINDEX]);
	if (tb[WGDEVICE_A_LISTEN_PORT])
		dev->listen_port = mnl_attr_get_u16(tb[WGDEVICE_A_LISTEN_PORT]);
	if (tb[WGDEVICE_A_FWMARK])
		dev->fwmark = mnl_attr_get_u32(tb[WGDEVICE_A_FWMARK]);
	if (tb[WGDEVICE_A_PUBLIC_KEY]) {
		memcpy(dev->public_key, mnl_attr_get_payload(tb[WGDEVICE_A_PUBLIC_KEY]),
		       WG_KEY_LEN);
		key_text(dev->public_key, dev->key);
	}
	if (tb[WGDEVICE_A_PRIVATE_KEY] && dev->secrets)
		memcpy(dev->secrets->private_key, mnl_attr_get_payload(tb[WGDEVICE_A_PRIVATE_KEY]), WG_KEY_LEN);
	if (!tb[WGDEVICE_A_PEERS])
		return 0;
	mnl_attr_for_each_nested(attr, tb[WGDEVICE_A_PEERS]) {
		err = peer_parse(dev, attr);
		if (err)
			return err;
	}
	return 0;
}

static int device_collect(const struct nlmsghdr *nlh, void *data)
{
	int err = device_parse(data, nlh);

	if (!err)
		return MNL_CB_OK;
	errno = -err;
	return MNL_CB_ERROR;
}

/* For a dump that begins anew. */
static void device_clear(void *data)
{
	struct wg_device *dev = data;
	struct wg_secrets *secrets = dev->secrets;
	size_t i;

	for (i = 0; i < dev->n_peers; i++)
		free(dev->peers[i].allowed);
	free(dev->peers);
	memset(dev, 0, sizeof(*dev));
	dev->secrets = secrets;
	if (!secrets)
		return;
	sodium_free(secrets->psks);
	sodium_memzero(secrets, sizeof(*secrets));
}

static int device_dump(const char *ifname, struct wg_device *dev)
{
	struct nlmsghdr *nlh;
	uint16_t family = 0;
	struct nl nl;
	int err;

	err = nl_open(&nl, NETLINK_GENERIC);
	if (err)
		return err;
	err = genl_family(&nl, WG_GENL_NAME, &family);
	if (!err) {
		nlh = genl_request(&nl, family, WG_CMD_GET_DEVICE, WG_GENL_VERSION);
		mnl_attr_put_strz(nlh, WGDEVICE_A_IFNAME, ifname);
		err = nl_dump(&nl, nlh, device_collect, dev, device_clear);
	}
	nl_close(&nl);
	return err;
}

static int get(const char *ifname, bool secret, struct wg_device **out)
{
	struct wg_device *dev;
	int err;

	if (!ifname[0] || strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	if (secret) {
		dev->secrets = sodium_malloc(sizeof(*dev->secrets));
		if (!dev->secrets) {
			free(dev);
			return -ENOMEM;
		}
		*dev->secrets = (struct wg_secrets){};
	}
	err = device_dump(ifname, dev);
	if (err)
		wg_free(dev);
	else
		*out = dev;
	return err;
}

int wg_get(const char *ifname, struct wg_device **out)
{
	return get(ifname, false, out);
}

int wg_get_secret(const char *ifname, struct wg_device **out)
{
	return sodium_init() < 0 ? -ENOMEM : get(ifname, true, out);
}

void wg_free(struct wg_device *dev)
{
	if (!dev)
		return;
	device_clear(dev);
	sodium_free(dev->secrets);
	free(dev);
}

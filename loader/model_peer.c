/* SPDX-License-Identifier: GPL-2.0-only */
/* What a peer of the model is in the overlay. */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "model_peer.h"

int model_peer_host(const struct model_peer *peer, struct vtep_addr *out)
{
	const struct model_prefix *host[2] = {};	/* IPv6, IPv4 */
	size_t i, n[2] = {};
	bool is4;

	for (i = 0; i < peer->n_allowed; i++) {
		if (peer->allowed[i].len != addr_bits(&peer->allowed[i].addr))
			continue;
		is4 = addr_is4(&peer->allowed[i].addr);
		if (!host[is4] || !addr_equal(&host[is4]->addr, &peer->allowed[i].addr))
			n[is4]++;
		host[is4] = &peer->allowed[i];
	}
	if (n[1] > 1 || (!n[1] && n[0] != 1))
		return -ENOENT;
	*out = host[n[1]]->addr;
	return 0;
}

int model_peer_find(const struct model *m, const uint8_t *public_key)
{
	size_t i;

	for (i = 0; i < m->wg.n_peers; i++)
		if (!memcmp(m->wg.peers[i].public_key, public_key, MODEL_KEY_LEN))
			return i;
	return -1;
}

static bool same(const struct model_peer *a, const struct model_peer *b)
{
	return !memcmp(a->public_key, b->public_key, MODEL_KEY_LEN) && a->n_vteps == b->n_vteps &&
	       (!a->n_vteps || !memcmp(a->vteps, b->vteps, a->n_vteps * sizeof(*a->vteps))) &&
	       a->vnis_given == b->vnis_given && a->n_vnis == b->n_vnis &&
	       (!a->n_vnis || !memcmp(a->vnis, b->vnis, a->n_vnis * sizeof(*a->vnis)));
}

bool model_peers_same(const struct model *a, const struct model *b)
{
	size_t i;

	if (a->wg.n_peers != b->wg.n_peers)
		return false;
	for (i = 0; i < a->wg.n_peers; i++)
		if (!same(&a->wg.peers[i], &b->wg.peers[i]))
			return false;
	return true;
}

bool model_peer_in(const struct model_peer *peer, uint32_t vni)
{
	size_t i;

	for (i = 0; peer->vnis_given && i < peer->n_vnis; i++)
		if (vni >= peer->vnis[i].first && vni <= peer->vnis[i].last)
			return true;
	return !peer->vnis_given;
}

bool model_vni_floods(const struct model_vni *vni, const struct vtep_addr *vtep)
{
	size_t i;

	for (i = 0; vni->flood_given && i < vni->n_flood; i++)
		if (addr_equal(&vni->flood[i], vtep))
			return true;
	return !vni->flood_given;
}

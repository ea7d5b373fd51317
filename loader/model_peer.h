/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to a [Peer] of the model. Included by underlay.c and sync.c. */
#ifndef MODEL_PEER_H
#define MODEL_PEER_H

#include "model.h"

/* As wg_peer_host(): the single /32 of its AllowedIPs, else the single /128. 0 or -ENOENT. */
int model_peer_host(const struct model_peer *peer, struct vtep_addr *out);
/* Index of the peer with this public key, -1: none. */
int model_peer_find(const struct model *m, const uint8_t *public_key);
/* Do their peers take part in the same VNIs by the same addresses? */
bool model_peers_same(const struct model *a, const struct model *b);
/* Does it take part in this VNI? */
bool model_peer_in(const struct model_peer *peer, uint32_t vni);
/* Is this VTEP flooded to, as far as the [VNI] says? */
bool model_vni_floods(const struct model_vni *vni, const struct vtep_addr *vtep);
#endif

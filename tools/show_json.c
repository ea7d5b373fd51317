/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl -j show: an instance as one object. What is unknown is null, times are seconds. */
#include <time.h>
#include <arpa/inet.h>

#include "census.h"
#include "fdb.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *vni_object(const struct census *c, size_t i)
{
	const struct session_vni *v = &c->s->vnis[i];
	const struct vtep_holder *h = &c->s->in.holders[fdb_holder_vni(v->slot)];

	return json_pack("{si ss so so si si si si sb si si sb sb so si}",
			 "vni", v->vni.vni, "ifname", v->vx, "master", text_or_null(v->br),
			 "vlan", v->vni.vlan ? json_integer(v->vni.vlan) : json_null(),
			 "local_macs", c->vni[i].local, "remote_macs", c->vni[i].remote,
			 "static_macs", c->vni[i].fixed, "flood", c->vni[i].flood,
			 "learning", !!(v->vni.flags & VTEP_VNI_LEARNING), "ageing", v->ageing,
			 "overlay_mtu", v->vni.overlay_mtu,
			 "adopted", !!(v->vni.flags & VTEP_VNI_ADOPTED),
			 "firewalled", !!(v->vni.flags & VTEP_VNI_FIREWALLED),
			 "max_macs", h->limit ? json_integer(h->limit) : json_null(), "refused", h->refused);
}

static json_t *peer_object(const struct census *c, const struct wg_peer *peer)
{
	json_int_t then = peer ? peer->last_handshake.tv_sec : 0, now = time(NULL);
	const char *name = session_name(c->s, peer);
	json_t *vteps = json_array();
	struct census_peer behind;
	__u32 i;

	census_of_peer(c, peer, &behind);
	for (i = 0; i < behind.n; i++)
		json_array_append_new(vteps, json_string(c->s->vteps[behind.slots[i]].text));
	return json_pack("{so so so so so so so so si}",
			 "peer", peer ? json_string(peer->key) : json_null(),
			 "name", name ? json_string(name) : json_null(), "vteps", vteps,
			 "endpoint", peer ? text_or_null(peer->endpoint) : json_null(),
			 "latest_handshake", then ? json_integer(then) : json_null(),
			 "age", then ? json_integer(now > then ? now - then : 0) : json_null(),
			 "rx_bytes", peer ? json_integer(peer->rx_bytes) : json_null(),
			 "tx_bytes", peer ? json_integer(peer->tx_bytes) : json_null(),
			 "macs", behind.macs);
}

static json_t *peers_array(const struct census *c)
{
	const struct wg_device *wg = c->s->wg;
	json_t *array = json_array();
	struct census_peer rest;
	size_t i;

	for (i = 0; wg && i < wg->n_peers; i++)
		json_array_append_new(array, peer_object(c, &wg->peers[i]));
	census_of_peer(c, NULL, &rest);
	if (rest.n)
		json_array_append_new(array, peer_object(c, NULL));
	return array;
}

void show_json_vni(const struct census *c, size_t i, struct row *row)
{
	json_t *object = vni_object(c, i), *value;
	const char *key;

	json_object_foreach(object, key, value)
		row_set(row, key, json_incref(value));
	json_decref(object);
}

void show_json(const struct census *c, struct row *row)
{
	const struct vtep_meta *meta = &c->s->in.meta;
	const struct wg_device *wg = c->s->wg;
	json_t *vnis = json_array();
	char local[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < c->s->n_vnis; i++)
		json_array_append_new(vnis, vni_object(c, i));
	row_set(row, "interface", json_string(meta->ifname));
	row_set(row, "ifindex", json_integer(meta->wg_ifindex));
	row_set(row, "underlay", json_string(meta->flags & VTEP_META_ETHERNET ? "ethernet" : "wireguard"));
	row_set(row, "encrypted", json_boolean(!(meta->flags & VTEP_META_ETHERNET)));
	row_set(row, "public_key", wg ? json_string(wg->key) : json_null());
	row_set(row, "local", json_string(addr_format(&meta->local, local)));
	row_set(row, "listen_port", wg ? json_integer(wg->listen_port) : json_null());
	row_set(row, "port", json_integer(ntohs(meta->udp_port)));
	row_set(row, "acceleration", json_string(census_acceleration(c)));
	row_set(row, "mtu", c->mtu ? json_integer(c->mtu) : json_null());
	row_set(row, "overlay_mtu", c->overlay_mtu ? json_integer(c->overlay_mtu) : json_null());
	row_set(row, "running", json_boolean(instance_running(&c->s->in)));
	row_set(row, "fdb_max", json_integer(meta->fdb_max));
	row_set(row, "learned", json_integer(c->s->in.gauge->learned));
	row_set(row, "full", json_integer(c->s->in.gauge->full));
	row_set(row, "events_lost", json_integer(c->s->in.gauge->events_lost));
	row_set(row, "vnis", vnis);
	row_set(row, "peers", peers_array(c));
}

// SPDX-License-Identifier: GPL-2.0-only
/* The model's beginning and end: defaults, and wiping what is secret. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "nl.h"

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->udp_port = VTEP_PORT;
	m->ageing = 300;
	m->hold = (struct model_hold){ .moves = 5, .window = 180, .time = 180 };	/* RFC 7432 section 15.1 */
	m->fdb_max = VTEP_FDB_MAX;
}

static bool same_list(const void *a, size_t n_a, const void *b, size_t n_b, size_t size)
{
	return n_a == n_b && (!n_a || !memcmp(a, b, n_a * size));
}

bool model_vni_same(const struct model_vni *a, const struct model_vni *b)
{
	size_t i;

	if (a->n_ports != b->n_ports)
		return false;
	for (i = 0; i < a->n_ports; i++)
		if (strcmp(a->ports[i], b->ports[i]))
			return false;
	return a->vni == b->vni && !strcmp(a->bridge, b->bridge) && !strcmp(a->adopt, b->adopt) &&
	       !strcmp(a->device, b->device) && a->ageing_given == b->ageing_given && a->ageing == b->ageing &&
	       a->max_macs == b->max_macs && a->port_macs == b->port_macs && a->vlan == b->vlan &&
	       a->suppress == b->suppress && a->relay == b->relay && a->no_learning == b->no_learning &&
	       a->oversize_drop == b->oversize_drop && a->flood_given == b->flood_given &&
	       same_list(a->addresses, a->n_addresses, b->addresses, b->n_addresses, sizeof(*a->addresses)) &&
	       same_list(a->flood, a->n_flood, b->flood, b->n_flood, sizeof(*a->flood));
}

void model_vni_device(const struct model_vni *v, char out[IFNAMSIZ])
{
	if (*v->device)
		strcpy(out, v->device);
	else
		snprintf(out, IFNAMSIZ, "vx%u", v->vni);
}

void model_vni_bridge(const struct model_vni *v, char out[IFNAMSIZ])
{
	if (*v->bridge)
		strcpy(out, v->bridge);
	else
		snprintf(out, IFNAMSIZ, "br-vx%u", v->vni);
}

struct model_vni *model_add_vni(struct model *m)
{
	struct model_vni *more = nl_room(m->vnis, m->n_vnis, sizeof(*more));

	if (!more)
		return NULL;
	m->vnis = more;
	more[m->n_vnis] = (struct model_vni){ 0 };
	return &more[m->n_vnis++];
}

static void peer_free(struct model_peer *p)
{
	free(p->endpoint);
	free(p->allowed);
	free(p->name);
	free(p->vteps);
	free(p->vnis);
	sodium_memzero(p, sizeof(*p));
}

static void wg_end(struct model_wg *wg)
{
	size_t h, i;

	for (i = 0; i < wg->n_peers; i++)
		peer_free(&wg->peers[i]);
	free(wg->peers);
	for (i = 0; i < wg->n_dns; i++)
		free(wg->dns[i]);
	free(wg->dns);
	for (h = 0; h < MODEL_HOOKS; h++) {
		for (i = 0; i < wg->n_hooks[h]; i++)
			free(wg->hooks[h][i]);
		free(wg->hooks[h]);
	}
	free(wg->addresses);
	free(wg->private_key_file);
	sodium_memzero(wg, sizeof(*wg));
}

void model_free(struct model *m)
{
	size_t i;
	int v;

	wg_end(&m->wg);
	for (v = 0; v < m->n_vnis; v++) {
		free(m->vnis[v].addresses);
		free(m->vnis[v].ports);
		free(m->vnis[v].flood);
	}
	free(m->vnis);
	for (i = 0; i < m->n_files; i++)
		free(m->files[i]);
	free(m->files);
	free(m->config);
	model_init(m);
}

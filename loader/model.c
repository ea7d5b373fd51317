// SPDX-License-Identifier: GPL-2.0-only
/* The model's beginning and end: defaults, and wiping what is secret. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->udp_port = VTEP_PORT;
	m->ageing = 300;
	m->fdb_max = VTEP_FDB_MAX;
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
	for (i = 0; i < m->n_files; i++)
		free(m->files[i]);
	free(m->files);
	free(m->config);
	model_init(m);
}

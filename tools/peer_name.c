/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of peers, out of the configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "instance.h"
#include "model.h"
#include "peer_name.h"
#include "wg.h"

static int config_find(const struct instance *in, char path[CONF_PATH])
{
	const char *ifname = in->meta.ifname;

	if (!instance_config(in, path, CONF_PATH, NULL) && !access(path, R_OK))
		return 0;
	if (!conf_find(ifname, path))
		return 0;
	return conf_find_wg(ifname, path);
}

static const struct model_peer *peer_find(const struct model_wg *wg, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < wg->n_peers; i++)
		if (!memcmp(wg->peers[i].public_key, key, WG_KEY_LEN))
			return &wg->peers[i];
	return NULL;
}

char **peer_names_read(const struct instance *in, const struct wg_device *wg)
{
	struct model *m = malloc(sizeof(*m));
	const struct model_peer *peer;
	char path[CONF_PATH], **names = NULL;
	size_t i;

	if (!m)
		return NULL;
	model_init(m);
	snprintf(m->ifname, sizeof(m->ifname), "%s", in->meta.ifname);
	if (!config_find(in, path) && !conf_read_peers(path, m))
		names = calloc(wg->n_peers + 1, sizeof(*names));
	for (i = 0; names && i < wg->n_peers; i++) {
		peer = peer_find(&m->wg, wg->peers[i].public_key);
		names[i] = peer && peer->name ? strdup(peer->name) : NULL;
	}
	model_free(m);
	free(m);
	return names;
}

void peer_names_free(char **names, const struct wg_device *wg)
{
	size_t i;

	for (i = 0; names && i < wg->n_peers; i++)
		free(names[i]);
	free(names);
}

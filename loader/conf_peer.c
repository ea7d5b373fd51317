// SPDX-License-Identifier: GPL-2.0-only
/* [Peer]: WireGuard's keys, and what vtepd needs to know of the node behind it. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "conf_parse.h"
#include "nl.h"
#include "value.h"

struct model_peer *conf_peer(struct conf *c)
{
	return &c->model->wg.peers[c->model->wg.n_peers - 1];
}

/* Not realloc(): that leaves preshared keys behind. */
int conf_peer_begin(struct conf *c)
{
	struct model_wg *wg = &c->model->wg;
	size_t room = c->room_peers ? 2 * c->room_peers : 4;
	struct model_peer *more;

	if (wg->n_peers == c->room_peers) {
		more = calloc(room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		if (wg->peers) {
			memcpy(more, wg->peers, wg->n_peers * sizeof(*more));
			sodium_memzero(wg->peers, wg->n_peers * sizeof(*more));
			free(wg->peers);
		}
		wg->peers = more;
		c->room_peers = room;
	}
	wg->peers[wg->n_peers++] = (struct model_peer){ .where = { c->file, c->line } };
	c->rank = NAME_NONE;
	return 0;
}

void conf_peer_end(struct conf *c)
{
	unsigned int line = c->line;
	struct model_peer *p = conf_peer(c);

	if (!sodium_is_zero(p->public_key, sizeof(p->public_key)) ||
	    c->seen[conf_key_find(SECTION_PEER, "PublicKey") - conf_keys].line)
		return;
	c->line = p->where.line;
	conf_error(c, "PublicKey is missing\n"
		      "PublicKey = KEY        (on that node: wg show %s public-key)",
		   c->model->ifname);
	c->line = line;
}

int conf_peer_public_key(struct conf *c, char *value)
{
	if (!value_key(value, conf_peer(c)->public_key))
		return 0;
	return conf_error(c, "not 32 bytes in base64 (its value is not shown)");
}

int conf_peer_preshared_key(struct conf *c, char *value)
{
	struct model_peer *p = conf_peer(c);

	if (!strcmp(value, "(hidden)")) {
		p->preshared_hidden = true;
		if (c->flags & CONF_HIDDEN)
			return 0;
		return conf_error(c, "(hidden) stands for a key that `vtepctl conf show` did not print");
	}
	if (value_key(value, p->preshared_key))
		return conf_error(c, "not 32 bytes in base64 (its value is not shown)\n"
				  "vtepctl key psk");
	return 0;
}

int conf_peer_allowed_ips(struct conf *c, char *value)
{
	struct model_peer *p = conf_peer(c);
	struct model_prefix *more;
	char *word;

	p->where_allowed = (struct model_where){ c->file, c->line };
	while ((word = value_next(&value))) {
		more = nl_room(p->allowed, p->n_allowed, sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->allowed = more;
		if (*word == '-')
			return conf_error(c, "'%.64s': nothing can be taken away in a file", word);
		if (conf_prefix(c, word + (*word == '+'), &more[p->n_allowed]))
			return -EINVAL;
		p->n_allowed++;
	}
	return 0;
}

int conf_peer_endpoint(struct conf *c, char *value)
{
	struct model_peer *p = conf_peer(c);

	if (value_endpoint(value))
		return conf_error(c, "'%.64s' is not HOST:PORT or [IPv6]:PORT\n"
				  "Endpoint = 192.0.2.1:51820", value);
	p->endpoint = strdup(value);
	return p->endpoint ? 0 : -ENOMEM;
}

int conf_peer_keepalive(struct conf *c, char *value)
{
	uint32_t seconds = 0;

	if (strcasecmp(value, "off") && value_number(value, 0, 65535, &seconds))
		return conf_error(c, "'%.32s' is neither off nor a number from 0 to 65535", value);
	conf_peer(c)->keepalive = seconds;
	return 0;
}

int conf_peer_name(struct conf *c, char *value)
{
	if (strlen(value) > CONF_NAME_MAX)
		return conf_error(c, "longer than %u bytes", CONF_NAME_MAX);
	return conf_name_set(c, value, NAME_KEY);
}

int conf_peer_vtep(struct conf *c, char *value)
{
	struct model_peer *p = conf_peer(c);
	struct vtep_addr *more;
	char *word;
	size_t i;

	while ((word = value_next(&value))) {
		more = nl_room(p->vteps, p->n_vteps, sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->vteps = more;
		if (c->n_vteps++ == MODEL_MAX_REMOTES)
			return conf_error(c, "more than %u VTEPs", MODEL_MAX_REMOTES);
		if (conf_vtep(c, word, &more[p->n_vteps]))
			return -EINVAL;
		for (i = 0; i < p->n_vteps; i++)
			if (!memcmp(&more[i], &more[p->n_vteps], sizeof(*more)))
				return conf_error(c, "%.48s is given twice", word);
		p->n_vteps++;
	}
	return 0;
}

int conf_peer_vnis(struct conf *c, char *value)
{
	struct model_peer *p = conf_peer(c);
	struct model_range *more;
	char *word;
	size_t i;

	p->vnis_given = true;
	if (!strcasecmp(value, "none"))
		return 0;
	while ((word = value_next(&value))) {
		if (p->n_vnis == MODEL_MAX_VNIS)
			return conf_error(c, "more than %u", MODEL_MAX_VNIS);
		more = nl_room(p->vnis, p->n_vnis, sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->vnis = more;
		if (value_range(word, &more[p->n_vnis]))
			return conf_error(c, "'%.32s' is no VNI from 0 to %u, and no range as 100-199", word, VTEP_VNI_MAX);
		for (i = 0; i < p->n_vnis; i++)
			if (more[i].first <= more[p->n_vnis].last && more[p->n_vnis].first <= more[i].last)
				return conf_error(c, "%.16s is given twice", word);
		p->n_vnis++;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct model_peer *x = *(const struct model_peer *const *)a,
				*y = *(const struct model_peer *const *)b;
	int order = memcmp(x->public_key, y->public_key, sizeof(x->public_key));

	/* Of two equal ones the first is the one that the other repeats. */
	return order ? order : (x > y) - (x < y);
}

int conf_peers_finish(struct conf *c)
{
	const struct model_wg *wg = &c->model->wg;
	const struct model_peer **sorted, *a, *b;
	size_t i;

	if (wg->n_peers < 2)
		return 0;
	sorted = calloc(wg->n_peers, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < wg->n_peers; i++)
		sorted[i] = &wg->peers[i];
	qsort(sorted, wg->n_peers, sizeof(*sorted), by_key);
	for (i = 1; i < wg->n_peers; i++) {
		a = sorted[i - 1];
		b = sorted[i];
		if (sodium_is_zero(a->public_key, MODEL_KEY_LEN) ||
		    memcmp(a->public_key, b->public_key, MODEL_KEY_LEN))
			continue;
		finding_add(c->findings, FINDING_ERROR, b->where.file, b->where.line,
			    "[Peer] PublicKey: given twice, first at %s:%u\n"
			    "one [Peer] for each node",
			    a->where.file, a->where.line);
	}
	free(sorted);
	return 0;
}

int conf_peer_max_macs(struct conf *c, char *value)
{
	return conf_number(c, value, 0, 16U << 20, &conf_peer(c)->max_macs);
}

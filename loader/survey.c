// SPDX-License-Identifier: GPL-2.0-only
/* The devices that stand, and whose they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "daemon.h"
#include "survey.h"

static int compare(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct serving {
	struct survey *s;
	int owner;
};

static int serves(__u32 slot, const struct vtep_vni *v, void *data)
{
	struct serving *serving = data;

	(void)slot;
	index_put(&serving->s->served, v->vx_ifindex, serving->owner);
	return 0;
}

/* What the vtepds of other devices serve. */
static int read_owners(struct daemon *d, struct survey *s)
{
	int i, n = instance_list(s->owners, 16), err = index_room(&s->served, n > 1 ? n * VTEP_MAX_VNIS : 0);

	for (i = 0; !err && i < n && i < 16; i++) {
		struct serving serving = { s, i };
		struct instance in;

		if (!strcmp(s->owners[i], d->model.ifname) || instance_open(s->owners[i], &in))
			continue;
		instance_each_vni(&in, serves, &serving);
		instance_close(&in);
	}
	return err;
}

int survey_take(struct daemon *d, struct survey *s)
{
	size_t i;
	int err;

	*s = (struct survey){};
	err = link_list(&d->nl, &s->links, &s->n);
	err = err ?: index_room(&s->by_ifindex, s->n) ?: index_room(&s->by_vni, s->n) ?: read_owners(d, s);
	if (err)
		return err;
	qsort(s->links, s->n, sizeof(*s->links), compare);
	for (i = 0; i < s->n; i++) {
		const struct link *l = &s->links[i];

		index_put(&s->by_ifindex, l->ifindex, i);
		if (l->kind == LINK_VXLAN && !l->vx_collect_md && l->udp_port == d->model.udp_port)
			index_put(&s->by_vni, l->vni, i);
	}
	return 0;
}

void survey_free(struct survey *s)
{
	free(s->links);
	index_free(&s->by_ifindex);
	index_free(&s->by_vni);
	index_free(&s->served);
	*s = (struct survey){};
}

static const struct link *at(const struct survey *s, int place)
{
	return place < 0 ? NULL : &s->links[place];
}

const struct link *survey_name(const struct survey *s, const char *name)
{
	struct link key = {};

	if (!*name || strlen(name) >= sizeof(key.name) || !s->n)
		return NULL;
	strcpy(key.name, name);
	return bsearch(&key, s->links, s->n, sizeof(key), compare);
}

const struct link *survey_ifindex(const struct survey *s, int ifindex)
{
	return at(s, index_get(&s->by_ifindex, ifindex));
}

const struct link *survey_vni(const struct survey *s, uint32_t vni)
{
	return at(s, index_get(&s->by_vni, vni));
}

const char *survey_owner(const struct survey *s, int vx_ifindex)
{
	int owner = index_get(&s->served, vx_ifindex);

	return owner < 0 ? NULL : s->owners[owner];
}

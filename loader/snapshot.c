// SPDX-License-Identifier: GPL-2.0-only
/* One dump, sorted by segment. */
#include <errno.h>
#include <stdlib.h>
#include "daemon.h"
#include "neigh.h"
#include "snapshot.h"

struct dump {
	struct daemon *d;
	struct neigh *list;
	int *segment;			/* of each */
	size_t n;
};

static int take(const struct neigh *n, void *data)
{
	struct dump *dump = data;
	struct segment *s = n->master ? daemon_segment_of(dump->d, n->master, n->vlan) :
					daemon_segment_by_ifindex(dump->d, n->ifindex);
	struct neigh *list;
	int *segment;

	if (!s)
		return 0;
	list = nl_room(dump->list, dump->n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	dump->list = list;
	segment = nl_room(dump->segment, dump->n, sizeof(*segment));
	if (!segment)
		return -ENOMEM;
	dump->segment = segment;
	list[dump->n] = *n;
	segment[dump->n++] = s - dump->d->segments;
	return 0;
}

/* By counting: stable, what the kernel told first comes first. */
static int sort(const struct dump *dump, struct snapshot *out)
{
	size_t i, n = dump->d->n_segments, *at;

	out->entries = malloc((dump->n + 1) * sizeof(*out->entries));
	out->first = calloc(n + 1, sizeof(*out->first));
	at = calloc(n + 1, sizeof(*at));
	if (!out->entries || !out->first || !at) {
		free(at);
		snapshot_free(out);
		return -ENOMEM;
	}
	for (i = 0; i < dump->n; i++)
		out->first[dump->segment[i] + 1]++;
	for (i = 0; i < n; i++) {
		out->first[i + 1] += out->first[i];
		at[i] = out->first[i];
	}
	for (i = 0; i < dump->n; i++)
		out->entries[at[dump->segment[i]]++] = dump->list[i];
	free(at);
	return 0;
}

int snapshot_take(struct daemon *d, struct snapshot *out)
{
	struct dump dump = { .d = d };
	int err = neigh_each(&d->nl, 0, 0, take, &dump);

	*out = (struct snapshot){};
	err = err ?: sort(&dump, out);
	free(dump.list);
	free(dump.segment);
	return err;
}

void snapshot_free(struct snapshot *s)
{
	free(s->entries);
	free(s->first);
	*s = (struct snapshot){};
}

int snapshot_each(const struct snapshot *s, size_t segment, int (*cb)(const struct neigh *n, void *data), void *data)
{
	size_t i;
	int err = 0;

	for (i = s->first[segment]; i < s->first[segment + 1] && !err; i++)
		err = cb(&s->entries[i], data);
	return err;
}

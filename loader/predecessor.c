// SPDX-License-Identifier: GPL-2.0-only
/* From the maps into the segments: a start finds in them what ran before. */
#include <errno.h>
#include <stdlib.h>
#include "addr_list.h"
#include "daemon.h"
#include "fdb.h"
#include "members.h"
#include "predecessor.h"
#include "sync.h"

/* A segment that waits for it; NULL: what the map says is not asked for. */
static struct segment *waiting(struct daemon *d, __u32 vni)
{
	struct segment *s = daemon_segment_by_vni(d, vni);

	return s && !s->synced && !s->found ? s : NULL;
}

static int take_member(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	struct segment *s = waiting(data, key->vni);
	struct vtep_addr *grown;

	(void)m;
	if (!s)
		return 0;
	grown = nl_room(s->members, s->n_members, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->members = grown;
	grown[s->n_members++] = key->addr;
	return 0;
}

static int take_static(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct segment *s = waiting(data, key->vni);
	struct segment_static *grown;

	if (!s || !(e->where.flags & VTEP_FDB_STATIC_ENTRY))
		return 0;
	grown = nl_room(s->statics, s->n_statics, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->statics = grown;
	grown[s->n_statics++] = (struct segment_static){ .key = *key, .where = e->where };
	return 0;
}

int predecessor_read(struct daemon *d)
{
	struct segment *s;
	int i, err;

	for (i = 0; i < d->n_segments; i++) {
		s = &d->segments[i];
		if (s->synced || s->found)
			continue;
		free(s->members);
		free(s->statics);
		s->members = NULL;
		s->statics = NULL;
		s->n_members = s->n_statics = 0;
	}
	err = instance_each_member(&d->in, take_member, d) ?: fdb_each(&d->in, take_static, d);
	for (i = 0; i < d->n_segments && !err; i++) {
		s = &d->segments[i];
		if (s->synced || s->found)
			continue;
		if (s->n_members)
			qsort(s->members, s->n_members, sizeof(*s->members), addr_list_compare);
		if (s->n_statics)
			qsort(s->statics, s->n_statics, sizeof(*s->statics), sync_compare_statics);
		s->found = true;
	}
	return err;
}

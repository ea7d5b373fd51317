/* SPDX-License-Identifier: GPL-2.0-only */
/* Summing up an instance: living MACs by VNI and by VTEP, flood lists, MTU. */
#include <errno.h>
#include <stdlib.h>

#include "census.h"
#include "fdb.h"
#include "kernel_fdb.h"
#include "link.h"

static int census_count(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	const struct session_vni *vni;
	struct census *c = data;
	size_t i;

	vni = session_vni(c->s, key->vni);
	if (!vni || (!(e->where.flags & VTEP_FDB_REMOTE) && e->where.slot == VTEP_NO_SLOT))
		return 0;
	i = vni - c->s->vnis;
	if (e->where.flags & VTEP_FDB_STATIC_ENTRY)
		c->vni[i].fixed++;
	else if (vni->ageing && fdb_age_ms(c->now, e->seen) > fdb_age_ms(vni->vni.ageing, 0))
		return 0;
	if (!(e->where.flags & VTEP_FDB_REMOTE)) {
		c->vni[i].local++;
		return 0;
	}
	c->vni[i].remote++;
	if (e->where.slot < VTEP_MAX_VTEPS)
		c->vtep[e->where.slot]++;
	return 0;
}

/* With --accel off nothing is learned in BPF. */
static int census_count_kernel(struct census *c, size_t i)
{
	const struct session_vni *v = &c->s->vnis[i];
	const struct session_vtep *vtep;
	struct kernel_fdb fdb;
	size_t k;
	int err;

	err = kernel_fdb_read(c->s, v, &fdb);
	if (err)
		return err;
	for (k = 0; k < fdb.n; k++) {
		if (!kernel_fdb_learned(v, &fdb.entries[k]))
			continue;
		if (!fdb.entries[k].has_dst) {
			c->vni[i].local++;
			continue;
		}
		c->vni[i].remote++;
		vtep = session_vtep_at(c->s, &fdb.entries[k].dst);
		if (vtep)
			c->vtep[vtep - c->s->vteps]++;
	}
	free(fdb.entries);
	return 0;
}

static int census_count_flood(struct census *c)
{
	__u32 *slots, mtu;
	size_t i;
	int n;

	for (i = 0; i < c->s->n_vnis; i++) {
		n = instance_flood(&c->s->in, c->s->vnis[i].slot, &slots);
		if (n < 0)
			return n;
		free(slots);
		c->vni[i].flood = n;
		mtu = c->s->vnis[i].vni.overlay_mtu;
		if (!i || mtu < c->overlay_mtu)
			c->overlay_mtu = mtu;
	}
	return 0;
}

struct census *census_take(struct session *s, int *err)
{
	struct census *c = calloc(1, sizeof(*c));
	struct link wg;
	size_t i;

	*err = -ENOMEM;
	if (!c)
		return NULL;
	c->s = s;
	c->now = fdb_tick();
	c->vni = calloc(s->n_vnis + 1, sizeof(*c->vni));
	if (c->vni)
		*err = fdb_each(&s->in, census_count, c);
	if (!*err)
		*err = census_count_flood(c);
	for (i = 0; i < s->n_vnis && !*err && s->in.meta.flags & VTEP_META_OFF; i++)
		*err = census_count_kernel(c, i);
	if (*err) {
		census_free(c);
		return NULL;
	}
	if (!link_get(&s->nl, s->in.meta.wg_ifindex, &wg))
		c->mtu = wg.mtu;
	return c;
}

void census_free(struct census *c)
{
	free(c->vni);
	free(c);
}

void census_of_peer(const struct census *c, const struct wg_peer *peer, struct census_peer *out)
{
	__u32 i;

	out->n = 0;
	out->macs = 0;
	for (i = 0; i < VTEP_MAX_VTEPS; i++) {
		if (!c->s->vteps[i].used || c->s->vteps[i].peer != peer)
			continue;
		out->slots[out->n++] = i;
		out->macs += c->vtep[i];
	}
}

const char *census_acceleration(const struct census *c)
{
	const struct vtep_meta *meta = &c->s->in.meta;

	if (meta->flags & VTEP_META_OFF)
		return "off";
	return meta->flags & VTEP_META_TCX ? "tcx" : "tc";
}

// SPDX-License-Identifier: GPL-2.0-only
/* The array of segments, however many: where each is, and what stands for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "daemon.h"
#include "log.h"
#include "segment.h"
#include "segments.h"
#include "survey.h"

int segments_room(struct daemon *d, int n)
{
	struct segment *grown;
	int err;

	segments_changed(d);
	err = index_room(&d->by_vni, n) ?: index_room(&d->by_slot, n) ?: index_room(&d->by_ifindex, 2 * n);
	if (err || n <= d->room)
		return err;
	grown = reallocarray(d->segments, n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(&grown[d->room], 0, (n - d->room) * sizeof(*grown));
	d->segments = grown;
	d->room = n;
	return 0;
}

void segments_changed(struct daemon *d)
{
	d->indexed = -1;
}

/* No more of them than segments_room() made room for: it can't fail. */
static void reindex(struct daemon *d)
{
	int i;

	if (d->indexed == d->n_segments)
		return;
	index_room(&d->by_vni, d->n_segments);
	index_room(&d->by_slot, d->n_segments);
	index_room(&d->by_ifindex, 2 * d->n_segments);
	for (i = 0; i < d->n_segments; i++) {
		const struct segment *s = &d->segments[i];

		index_put(&d->by_vni, s->vni, i);
		if (s->slot)
			index_put(&d->by_slot, s->slot, i);
		if (s->vx.ifindex)
			index_put(&d->by_ifindex, s->vx.ifindex, i);
		if (s->br.ifindex)
			index_put(&d->by_ifindex, s->br.ifindex, i);
	}
	d->indexed = d->n_segments;
}

static struct segment *lookup(struct daemon *d, const struct index *x, __u32 key)
{
	int i;

	reindex(d);
	i = index_get(x, key);
	return i < 0 ? NULL : &d->segments[i];
}

struct segment *daemon_segment_by_slot(struct daemon *d, __u32 slot)
{
	return lookup(d, &d->by_slot, slot);
}

struct segment *daemon_segment_by_vni(struct daemon *d, __u32 vni)
{
	return lookup(d, &d->by_vni, vni);
}

struct segment *daemon_segment_by_ifindex(struct daemon *d, int ifindex)
{
	return lookup(d, &d->by_ifindex, ifindex);
}

struct segment *daemon_segment_of(struct daemon *d, int br_ifindex, uint16_t vlan)
{
	struct segment *s = daemon_segment_by_ifindex(d, br_ifindex), *end = d->segments + d->n_segments;

	if (!s || s->br.ifindex != br_ifindex || (!s->vlan && !s->shared))
		return s;
	for (; s < end; s++)
		if (s->br.ifindex == br_ifindex && s->vlan == vlan)
			return s;
	return NULL;
}

static int compare_bridges(const void *a, const void *b)
{
	const struct segment *const *x = a, *const *y = b;

	return strcmp((*x)->br.name, (*y)->br.name) ?: (*x)->want->vlan - (*y)->want->vlan;
}

/* Does the VLAN of its own that it needs beside others in one bridge stand, or is it to be made? */
static bool has_vlan(const struct segment *s)
{
	return s->br.vlan_filtering && (s->want->vlan || s->vx.master);
}

static bool may_share(const struct segment *a, const struct segment *b)
{
	return has_vlan(a) && has_vlan(b) && (!a->want->vlan || a->want->vlan != b->want->vlan);
}

/* Guests of two VNIs in one bridge would share a segment, but in VLANs. */
static int check_bridges(const struct daemon *d, int n)
{
	const struct segment **sorted = calloc(n, sizeof(*sorted));
	int i, code = 0;

	if (!sorted)
		return EXIT_REFUSED;
	for (i = 0; i < n; i++)
		sorted[i] = &d->segments[i];
	qsort(sorted, n, sizeof(*sorted), compare_bridges);
	for (i = 1; i < n && !code; i++)
		if (!strcmp(sorted[i - 1]->br.name, sorted[i]->br.name) && !may_share(sorted[i - 1], sorted[i])) {
			log_err("--vni %u and --vni %u are both in bridge %s", sorted[i - 1]->vni, sorted[i]->vni,
				sorted[i]->br.name);
			log_hint("one bridge for each VNI, or one that is VLAN-aware and stands, and VLAN = N for each: "
				 "ip link set dev %s type bridge vlan_filtering 1", sorted[i]->br.name);
			code = EXIT_USAGE;
		}
	free(sorted);
	return code;
}

int segments_find(struct daemon *d, int first, int n)
{
	struct survey survey;
	int i, code = 0, err = survey_take(d, &survey);

	if (err) {
		log_err("cannot read the network's devices: %s", strerror(-err));
		log_hint("ip -d link show");
		code = EXIT_REFUSED;
	}
	for (i = first; i < first + n && !code; i++)
		code = segment_find(d, &d->segments[i], &survey);
	survey_free(&survey);
	segments_changed(d);
	return code || !n ? code : check_bridges(d, first + n);
}

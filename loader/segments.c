// SPDX-License-Identifier: GPL-2.0-only
/* The set of segments. */
#include <stdlib.h>
#include <string.h>
#include "daemon.h"
#include "datapath.h"
#include "ifaces.h"
#include "log.h"
#include "members.h"
#include "ports.h"
#include "segment.h"
#include "segment_ports.h"
#include "segments.h"
#include "sync.h"

void segments_claim(struct daemon *d, struct segment *s)
{
	struct vtep_vni v;
	__u32 slot;

	s->flags = s->vx_missing ? 0 : VTEP_VNI_ADOPTED;
	s->fresh = true;
	if (instance_vni_slot(&d->in, s->vni, &slot) || instance_vni(&d->in, slot, &v))
		return;
	s->slot = slot;
	segments_changed(d);
	s->fresh = false;
	if (v.br_ifindex == (__u32)s->br.ifindex)
		s->flags |= v.flags & VTEP_VNI_BRIDGE_OURS;
	if (v.vx_ifindex == (__u32)s->vx.ifindex)
		s->flags = (v.flags & ~(VTEP_VNI_ROLES | VTEP_VNI_SUPPRESS | VTEP_VNI_BRIDGE_OURS)) |
			   (s->flags & VTEP_VNI_BRIDGE_OURS);
	else
		ifaces_del(&d->in, v.vx_ifindex);
}

/* Closed first: without its programs the device would send and take what it likes. */
void segments_unmake(struct daemon *d, struct segment *s)
{
	segment_ports_release(d, s, true);
	if (!(s->flags & VTEP_VNI_ADOPTED))
		link_set_up(&d->nl, s->vx.ifindex, false);
	datapath_detach_segment(d, s);
	sync_undo(d, s);
	segment_undo(d, s);
}

void segments_free(struct segment *s)
{
	free(s->ours);
	free(s->statics);
	free(s->members);
	free(s->flood);
	*s = (struct segment){};
}

/* Its members first, while it can still be told whose slots they have. */
static void retire(struct daemon *d, struct segment *s)
{
	if (s->flags & VTEP_VNI_ADOPTED) {
		segment_relearn(d, s);
		datapath_unguard_segment(d, s);
	}
	sync_undo(d, s);
	members_clear(d, s);
	segments_unmake(d, s);
	log_notice("vni %u: no longer served", s->vni);
}

static int drop_unwanted(__u32 slot, const struct vtep_vni *v, void *data)
{
	struct segment s = { .vni = v->vni, .slot = slot, .flags = v->flags };
	struct daemon *d = data;

	if (daemon_segment_by_vni(d, v->vni))
		return 0;
	if (link_get(&d->nl, v->vx_ifindex, &s.vx))
		s.vx.ifindex = v->vx_ifindex;
	if (link_get(&d->nl, v->br_ifindex, &s.br))
		s.br.ifindex = 0;
	members_read(d, &s);
	retire(d, &s);
	segments_free(&s);
	return 0;
}

int segments_drop_unwanted(struct daemon *d)
{
	return instance_each_vni(&d->in, drop_unwanted, d);
}

static int failed(struct daemon *d, struct segment *s, int err)
{
	log_err("vni %u: cannot serve it: %s", s->vni, strerror(-err));
	log_hint("vtepctl vni show");
	retire(d, s);
	return err;
}

/* The same order as at the start: maps, programs, then the device is opened. */
int segments_add(struct daemon *d, struct segment *s)
{
	int err;

	segments_claim(d, s);
	err = segment_make(d, s);
	if (err)
		return err;
	s->made = true;
	s->dirty = true;
	segment_ports(d, s);
	err = datapath_set_segment(d, s);
	return err ? failed(d, s, err) : 0;
}

int segments_open(struct daemon *d, struct segment *s, int err)
{
	err = err ?: s->synced ? err : sync_segment(d, s);
	err = err ?: datapath_attach_segment(d, s) ?: datapath_guard_segment(d, s) ?: segment_up(d, s);
	return err ? failed(d, s, err) : 0;
}

void segments_drop(struct daemon *d, int i, int behind)
{
	retire(d, &d->segments[i]);
	segments_free(&d->segments[i]);
	d->n_segments--;
	segments_changed(d);
	memmove(&d->segments[i], &d->segments[i + 1], (d->n_segments + behind - i) * sizeof(*d->segments));
	d->segments[d->n_segments + behind] = (struct segment){};
	d->links_dirty = true;			/* its ports */
}


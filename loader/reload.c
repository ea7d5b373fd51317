// SPDX-License-Identifier: GPL-2.0-only
/* From the running model to the one that the files describe now. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "addresses.h"
#include "daemon.h"
#include "datapath.h"
#include "endpoints.h"
#include "handover.h"
#include "log.h"
#include "members.h"
#include "model_peer.h"
#include "ports.h"
#include "reload.h"
#include "segment.h"
#include "segment_ports.h"
#include "segments.h"
#include "sync.h"
#include "tunnel.h"
#include "underlay.h"

static void stays(const struct daemon *d, const char *what)
{
	log_warning("%s: %s stays as it is until vtepd is started again", d->model.ifname, what);
}

/* What the programs were loaded with. */
static void keep_constants(const struct daemon *d, struct model *m)
{
	const struct model *old = &d->model;

	if (!addr_equal(&m->local, &old->local))
		stays(d, "LocalVTEP");
	if (m->udp_port != old->udp_port)
		stays(d, "VXLANPort");
	if (m->fdb_max != old->fdb_max)
		stays(d, "MaxMACs of the node");
	if (m->accel != old->accel)
		stays(d, "Accel");
	m->local = old->local;
	m->udp_port = old->udp_port;
	m->fdb_max = old->fdb_max;
	m->accel = old->accel;
	m->check = false;
}

/* Most often where it was: `hint` is looked at first. */
static struct model_vni *find_vni(struct model *m, uint32_t vni, int hint)
{
	int i;

	if (hint < m->n_vnis && m->vnis[hint].vni == vni)
		return &m->vnis[hint];
	for (i = 0; i < m->n_vnis; i++)
		if (m->vnis[i].vni == vni)
			return &m->vnis[i];
	return NULL;
}

static void keep_devices(const struct daemon *d, struct model *m)
{
	struct model_vni *v;
	int i;

	for (i = 0; i < d->n_segments; i++) {
		const struct segment *s = &d->segments[i];

		v = find_vni(m, s->vni, i);
		if (!v)
			continue;
		if (strcmp(v->bridge, s->want->bridge) || strcmp(v->adopt, s->want->adopt) ||
		    strcmp(v->device, s->want->device) || v->vlan != s->want->vlan)
			log_warning("vni %u: its devices stay as they are until vtepd is started again", s->vni);
		strcpy(v->bridge, s->want->bridge);
		strcpy(v->adopt, s->want->adopt);
		strcpy(v->device, s->want->device);
		v->vlan = s->want->vlan;
	}
}

/* New VNIs are looked for behind the ones that run, before anything is changed. How many, or -EINVAL. */
static int find_new(struct daemon *d, struct model *m)
{
	int i, n = 0, err, gone = 0;

	for (i = 0; i < m->n_vnis; i++)
		n += !daemon_segment_by_vni(d, m->vnis[i].vni);
	err = segments_room(d, d->n_segments + n);
	for (i = 0, n = 0; i < m->n_vnis && !err; i++)
		if (!daemon_segment_by_vni(d, m->vnis[i].vni))
			d->segments[d->n_segments + n++] = (struct segment){ .want = &m->vnis[i], .vni = m->vnis[i].vni };
	err = err ?: segments_find(d, d->n_segments, n);
	for (i = 0; i < d->n_segments; i++)
		gone += !find_vni(m, d->segments[i].vni, i);
	log_debug("%s: %d VNIs more, %d less", d->model.ifname, n, gone);
	d->again = !err && !datapath_room(d, d->n_segments - gone + n);
	if (!err && !d->again)
		return n;
	memset(&d->segments[d->n_segments], 0, (d->room - d->n_segments) * sizeof(*d->segments));
	return -EINVAL;
}

static int swap(struct daemon *d, struct model *m, int n_new)
{
	struct endpoint *fresh = NULL;
	struct model *old = malloc(sizeof(*old));
	int i, err = old ? 0 : -ENOMEM;

	if (!err && m->wg.given)
		err = endpoints_open(&m->wg, &fresh);
	if (err) {
		free(old);
		return err;
	}
	if (m->wg.given) {
		endpoints_inherit(&m->wg, fresh, &d->model.wg, d->tunnel.endpoints);
		endpoints_free(&d->model.wg, d->tunnel.endpoints);
		d->tunnel.endpoints = fresh;
		d->tunnel.questions++;
	}
	*old = d->model;
	d->model = *m;
	*m = *old;
	sodium_memzero(old, sizeof(*old));
	free(old);
	for (i = 0; i < d->n_segments + n_new; i++)
		d->segments[i].want = find_vni(&d->model, d->segments[i].vni, i);
	return 0;
}

static void change_segment(struct daemon *d, struct segment *s)
{
	uint32_t ageing = segment_ageing(d, s);

	s->ports_said = false;
	if (!(s->flags & VTEP_VNI_ADOPTED) && ageing != s->vx.vx_ageing && !link_vxlan_ageing(&d->nl, s->vx.ifindex, ageing))
		s->vx.vx_ageing = ageing;
	members_limit(d, s);
	segment_ports_release(d, s, false);
	segment_ports(d, s);
	if (!s->want->vlan)
		addresses_set(d, s->br.ifindex, s->br.name, s->want->addresses, s->want->n_addresses);
	if (datapath_set_segment(d, s))
		log_warning("vni %u: cannot tell the programs", s->vni);
	s->dirty = true;
}

/* d->segments[i], which can't be served, and was counted already: those behind it move up. */
static void take_out(struct daemon *d, int i, int behind)
{
	segments_free(&d->segments[i]);
	d->n_segments--;
	segments_changed(d);
	memmove(&d->segments[i], &d->segments[i + 1], (d->n_segments + behind - i) * sizeof(*d->segments));
	d->segments[d->n_segments + behind] = (struct segment){};
}

/* The new ones stand behind the others in the array. */
static void add_segments(struct daemon *d, int n_new)
{
	int i, err, first = d->n_segments;

	for (i = first; n_new--;) {
		d->n_segments++;
		if (segments_add(d, &d->segments[i]))
			take_out(d, i, n_new);
		else
			i++;
	}
	if (d->n_segments == first)
		return;
	err = ports_sync(d) ?: sync_dirty(d);
	for (i = first; i < d->n_segments;)
		if (segments_open(d, &d->segments[i], err))
			take_out(d, i, 0);
		else
			i++;
}

/* The firewall that held super-packets up may have been mended: a reload is how that is told. */
static void try_kernel(struct daemon *d, struct segment *s)
{
	bool firewalled = s->flags & VTEP_VNI_FIREWALLED;

	handover_again(s);
	if (firewalled && datapath_set_segment(d, s))
		log_warning("vni %u: cannot tell the programs", s->vni);
}

/* What the new files say as the old ones did is not touched. */
static void change_segments(struct daemon *d, struct model *old, int n_new)
{
	bool all = d->model.ageing != old->ageing;
	int i, changed;

	for (i = d->n_segments - 1; i >= 0; i--)
		if (!d->segments[i].want)
			segments_drop(d, i, n_new);
		else if (all || !model_vni_same(d->segments[i].want, find_vni(old, d->segments[i].vni, i)))
			change_segment(d, &d->segments[i]);
	for (i = 0; i < d->n_segments; i++)
		try_kernel(d, &d->segments[i]);
	changed = underlay_read_remotes(d, NULL);
	if (changed < 0)
		log_warning("%s: cannot read its peers", d->model.ifname);
	else if (changed || !model_peers_same(&d->model, old))
		for (i = 0; i < d->n_segments; i++)
			d->segments[i].dirty = true;
	add_segments(d, n_new);
	d->links_dirty = true;
}

static void apply(struct daemon *d, struct model *old, int n_new)
{
	datapath_set_hold(d);
	if (datapath_write_meta(d))
		log_warning("%s: HoldDown cannot be changed", d->model.ifname);
	if (d->model.wg.given && tunnel_reload(d))
		log_warning("%s: not everything could be changed", d->model.ifname);
	change_segments(d, old, n_new);
	underlay_warn(d);
	log_notice("%s: reloaded, %d VNI%s", d->model.ifname, d->n_segments, d->n_segments == 1 ? "" : "s");
}

void reload_run(struct daemon *d)
{
	struct model *m = calloc(1, sizeof(*m));
	int n_new;

	if (!m)
		return;
	if (options_parse(d->argc, d->argv, m) >= 0) {
		log_err("%s: not reloaded: nothing is changed", d->model.ifname);
		free(m);
		return;
	}
	if (m->wg.given != d->model.wg.given || strcmp(m->ifname, d->model.ifname)) {
		log_err("%s: not reloaded: it is another configuration altogether", d->model.ifname);
		log_hint("systemctl restart vtepd@%s", d->model.ifname);
		n_new = -EINVAL;
	} else {
		keep_constants(d, m);
		keep_devices(d, m);
		n_new = find_new(d, m);
	}
	if (n_new >= 0 && !swap(d, m, n_new))
		apply(d, m, n_new);
	if (d->again) {
		log_notice("%s: more VNIs than its counters have room for: a new vtepd takes over", d->model.ifname);
		d->stopping = true;
	}
	model_free(m);
	free(m);
}

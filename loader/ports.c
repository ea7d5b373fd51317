// SPDX-License-Identifier: GPL-2.0-only
/* Bridge ports, kernel -> BPF. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_bridge.h>
#include <bpf/bpf.h>
#include "daemon.h"
#include "datapath.h"
#include "fdb.h"
#include "ifaces.h"
#include "log.h"
#include "members.h"
#include "ports.h"
#include "segment.h"
#include "segment_ports.h"
#include "underlay.h"

static int port_take(__u32 slot, const struct vtep_port *p, void *data)
{
	struct daemon *d = data;

	if (slot < VTEP_MAX_PORTS)
		d->ports[slot] = *p;
	return 0;
}

static int ports_read(struct daemon *d)
{
	if (d->ports)
		return 0;
	d->ports = calloc(VTEP_MAX_PORTS, sizeof(*d->ports));
	d->port_seen = calloc(VTEP_MAX_PORTS, sizeof(*d->port_seen));
	if (!d->ports || !d->port_seen)
		return -ENOMEM;
	return instance_each_port(&d->in, port_take, d);
}

static int port_write(struct daemon *d, __u32 slot, const struct vtep_port *p)
{
	int err = bpf_map_update_elem(d->in.fd_ports, &slot, p, BPF_ANY);

	if (!err)
		d->ports[slot] = *p;
	return err;
}

int ports_slot(struct daemon *d, int ifindex, __u32 *slot)
{
	struct vtep_iface iface;

	if (!d->ports || ifaces_get(&d->in, ifindex, &iface) || iface.port_slot >= VTEP_MAX_PORTS ||
	    d->ports[iface.port_slot].ifindex != (__u32)ifindex)
		return -ENOENT;
	*slot = iface.port_slot;
	return 0;
}

/*
 * May a frame go from the vxlan device to the port, and back? should_deliver() of the bridge, both
 * ways at once. Where the bridge has more to ask than that (a locked vxlan device, itself down), it is asked
 * for every frame.
 */
static bool port_forwards(const struct segment *s, const struct link *l)
{
	return l->port_state == BR_STATE_FORWARDING && s->vx.port_state == BR_STATE_FORWARDING &&
	       (s->br.flags & IFF_UP) && !(l->port_isolated && s->vx.port_isolated) && !s->vx.port_locked;
}

static bool port_learns(const struct link *l)
{
	return l->port_learning && !l->port_locked &&
	       (l->port_state == BR_STATE_FORWARDING || l->port_state == BR_STATE_LEARNING);
}

/* Is what comes untagged of the segment, and does what is of it leave untagged? */
static bool port_carries(const struct daemon *d, const struct segment *s, const struct link *l)
{
	const struct vlan_port *v;

	if (!s->br.vlan_filtering)
		return !s->shared;
	v = vlans_find(&d->vlans, l->ifindex);
	return s->vlan && v && v->pvid == s->vlan && v->untagged && v->forwarding;
}

static __u32 port_flags(const struct daemon *d, const struct segment *s, const struct link *l)
{
	__u32 flags = segment_port_ours(s, l->ifindex);

	if (s->vx.master != s->br.ifindex)	/* somebody has moved it to another bridge */
		return flags;
	if (port_carries(d, s, l) && port_forwards(s, l))
		flags |= VTEP_PORT_FORWARDING;
	if (port_carries(d, s, l) && port_learns(l))
		flags |= VTEP_PORT_LEARNING;
	if (s->br.vlan_filtering)
		flags |= VTEP_PORT_VLANS;
	if (l->port_locked)
		flags |= VTEP_PORT_LOCKED;
	if (l->port_state == BR_STATE_DISABLED)
		flags |= VTEP_PORT_DISABLED;
	return flags | (__u32)l->port_group_fwd << VTEP_GROUP_FWD_SHIFT;
}

static int free_slot(struct daemon *d, __u32 *slot)
{
	__u32 i, at;

	for (i = 0; i < VTEP_MAX_PORTS; i++) {
		at = (d->next_port + i) % VTEP_MAX_PORTS;
		if (!d->ports[at].ifindex) {
			*slot = at;
			d->next_port = (at + 1) % VTEP_MAX_PORTS;
			return 0;
		}
	}
	return -ENOSPC;
}

static int port_add(struct daemon *d, struct segment *s, const struct link *l)
{
	struct vtep_port p = { .ifindex = l->ifindex, .vni_slot = s->slot, .flags = port_flags(d, s, l) };
	struct vtep_iface iface = { .ifindex = l->ifindex, .vni_slot = s->slot };
	__u32 slot;
	int err = free_slot(d, &slot);

	if (err) {
		log_warning("%s: no slot is left for it: its frames take the kernel's path", l->name);
		return 0;
	}
	iface.port_slot = slot;
	d->in.holders[slot] = (struct vtep_holder){ .limit = s->want->port_macs };
	err = port_write(d, slot, &p);
	err = err ?: ifaces_set(&d->in, &iface);
	err = err ?: datapath_attach_port(d, l->ifindex);
	d->port_seen[slot] = true;
	s->dirty = true;		/* its static MACs */
	if (err)
		log_warning("%s: %s: its frames take the kernel's path", l->name, strerror(-err));
	else
		log_info("%s joined vni %u", l->name, s->vni);
	return 0;
}

/* What the port learned goes before its slot can mean another port. */
static void port_del(struct daemon *d, __u32 slot, bool flush)
{
	struct vtep_port none = {}, old = d->ports[slot];
	struct segment *s = daemon_segment_by_slot(d, old.vni_slot);

	datapath_detach_port(d, old.ifindex);
	port_write(d, slot, &none);
	fdb_void(&d->in);
	if (s)
		s->dirty = true;
	if (s && flush)
		members_flush(d, s, (struct vtep_fdb_where){ .slot = slot });
	log_info("port %u left", old.ifindex);
}

/* Another role: what the programs remember is void, and the bridge empties a port that it disables. */
static int port_change(struct daemon *d, struct segment *s, const struct vtep_port *p, __u32 slot)
{
	bool emptied = p->flags & ~d->ports[slot].flags & VTEP_PORT_DISABLED;
	int err = port_write(d, slot, p);

	fdb_void(&d->in);
	if (emptied)
		err = err ?: members_flush(d, s, (struct vtep_fdb_where){ .slot = slot });
	return err;
}

static int port_update(struct daemon *d, struct segment *s, const struct link *l, __u32 slot)
{
	struct vtep_port p = d->ports[slot];
	int err = 0;

	if (p.vni_slot != s->slot) {		/* moved from one of our bridges to another */
		port_del(d, slot, true);
		return port_add(d, s, l);
	}
	d->port_seen[slot] = true;
	d->in.holders[slot].limit = s->want->port_macs;
	if (!d->ports_attached)
		err = datapath_attach_port(d, l->ifindex);
	if (err)
		log_warning("%s: cannot attach its program: %s", l->name, strerror(-err));
	p.flags = port_flags(d, s, l) | (p.flags & (VTEP_PORT_ENSLAVED | VTEP_PORT_RAISED));
	return p.flags == d->ports[slot].flags ? 0 : port_change(d, s, &p, slot);
}

/* Of one segment, or if it is VLAN-aware of several: the first of them is `s`. */
static void take_bridge(struct daemon *d, struct segment *s, const struct link *l)
{
	struct segment *end = l->vlan_filtering || s->shared ? d->segments + d->n_segments : s + 1, *first = s;

	for (; s < end; s++)
		if (s->br.ifindex == l->ifindex) {
			s->br = *l;
			s->br_seen = true;
			if (s != first)
				s->shared = first->shared = true;
		}
}

static void take_segment_device(struct daemon *d, const struct link *l)
{
	struct segment *s = daemon_segment_by_ifindex(d, l->ifindex);

	if (l->ifindex == d->wg.ifindex && l->kind == d->wg.kind && l->type == d->wg.type)
		d->wg.flags = l->flags, d->wg.mtu = l->mtu;
	if (s && l->ifindex == s->vx.ifindex) {
		s->vx = *l;
		s->vx_seen = true;
	} else if (s) {
		take_bridge(d, s, l);
	}
}

/* Of several in its bridge the one whose VLAN it is in untagged, or any. */
static struct segment *port_segment(struct daemon *d, const struct link *l)
{
	const struct vlan_port *v = vlans_find(&d->vlans, l->ifindex);
	struct segment *s = daemon_segment_by_ifindex(d, l->master);

	if (!s || l->master != s->br.ifindex || !s->shared || !v)
		return s;
	return daemon_segment_of(d, l->master, v->pvid) ?: s;
}

static int take_port(struct daemon *d, const struct link *l)
{
	struct segment *s = l->master ? port_segment(d, l) : NULL, *vx = daemon_segment_by_ifindex(d, l->ifindex);
	__u32 slot;

	if (!s || l->master != s->br.ifindex || (vx && l->ifindex == vx->vx.ifindex))
		return 0;
	return ports_slot(d, l->ifindex, &slot) ? port_add(d, s, l) : port_update(d, s, l, slot);
}

/* Without a tunnel the kernel's vxlan must not send either. */
static int tunnel_sync(struct daemon *d)
{
	__u32 flags = (d->in.meta.flags & ~VTEP_META_UP) | (d->wg.flags & IFF_UP ? VTEP_META_UP : 0);

	if (flags == d->in.meta.flags)
		return 0;
	log_notice("%s is %s", d->model.ifname, flags & VTEP_META_UP ? "up again" : "down: nothing is sent");
	d->in.meta.flags = flags;
	return datapath_write_meta(d);
}

/* What vtepd made follows the tunnel's MTU; what was adopted is its owner's. */
static void mtu_sync(struct daemon *d)
{
	uint32_t before = d->overlay_mtu;
	int i;

	if (!(d->wg.flags & IFF_UP) || underlay_set_mtu(d) || d->overlay_mtu == before)
		return;
	log_notice("%s: MTU %u, so the overlay's is %u now", d->model.ifname, d->wg.mtu, d->overlay_mtu);
	for (i = 0; i < d->n_segments; i++)
		segment_set_mtu(d, &d->segments[i]);
}

/* Which VLAN of its bridge the segment is: the one that its vxlan device is in, alone and untagged. */
static void vlan_sync(struct daemon *d, struct segment *s)
{
	const struct vlan_port *v = s->br.vlan_filtering ? vlans_find(&d->vlans, s->vx.ifindex) : NULL;
	uint16_t vlan = v && v->untagged && v->forwarding && !v->others ? v->pvid : 0;

	if (vlan == s->vlan)
		return;
	s->vlan = vlan;
	s->dirty = true;
	if (s->want && s->want->vlan && s->want->vlan != vlan) {
		log_warning("vni %u: %s is no access port of VLAN %u", s->vni, s->vx.name, s->want->vlan);
		log_hint("bridge vlan add dev %s vid %u pvid untagged        (and no other VLAN)", s->vx.name, s->want->vlan);
	}
}

/* A segment whose flags or devices changed is told to the programs again. */
static int segments_sync(struct daemon *d)
{
	int i, err = 0;

	for (i = 0; i < d->n_segments && !err; i++) {
		struct segment *s = &d->segments[i];

		vlan_sync(d, s);
		if (s->vx_seen && s->br_seen)
			err = datapath_set_segment(d, s);
		else if (!s->lost)
			log_warning("vni %u: %s is gone", s->vni, s->vx_seen ? s->br.name : s->vx.name);
		s->dirty |= s->lost && s->vx_seen && s->br_seen;
		s->lost = !s->vx_seen || !s->br_seen;
	}
	return err;
}

void ports_watch(struct daemon *d)
{
	struct link br;
	int i;

	for (i = 0; i < d->n_segments; i++) {
		const struct segment *s = &d->segments[i];

		if (s->br.br_stp && !link_get(&d->nl, s->br.ifindex, &br) &&
		    br.br_topology_change != s->br.br_topology_change)
			d->links_dirty = true;
	}
}

int ports_sync(struct daemon *d)
{
	int i, err = ports_read(d);
	struct link *links;
	size_t k, n;
	__u32 slot;

	vlans_free(&d->vlans);
	err = err ?: vlans_read(&d->nl, &d->vlans) ?: link_list(&d->nl, &links, &n);
	if (err)
		return err;
	d->links_dirty = false;
	memset(d->port_seen, 0, VTEP_MAX_PORTS * sizeof(*d->port_seen));
	for (i = 0; i < d->n_segments; i++)
		d->segments[i].vx_seen = d->segments[i].br_seen = false;
	d->wg.flags = 0;
	for (k = 0; k < n; k++)
		take_segment_device(d, &links[k]);
	mtu_sync(d);
	err = tunnel_sync(d) ?: segments_sync(d);
	for (k = 0; k < n && !err; k++)
		err = take_port(d, &links[k]);
	free(links);
	if (err)
		return err;
	for (slot = 0; slot < VTEP_MAX_PORTS; slot++)
		if (d->ports[slot].ifindex && !d->port_seen[slot])
			port_del(d, slot, true);
	d->ports_attached = true;
	return 0;
}

void ports_clear(struct daemon *d)
{
	__u32 slot;

	for (slot = 0; d->ports && slot < VTEP_MAX_PORTS; slot++)
		if (d->ports[slot].ifindex)
			port_del(d, slot, false);
}

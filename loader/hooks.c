// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which program sits on which device of the instance, and what the programs must know before it
 * does.
 */
#include <errno.h>
#include <string.h>
#include <linux/if_bridge.h>
#include <bpf/bpf.h>
#include "attach.h"
#include "daemon.h"
#include "datapath.h"
#include "fdb.h"
#include "ifaces.h"
#include "log.h"
#include "segments.h"
#include "vtep.skel.h"

/* Those that meet the underlay. */
struct programs {
	struct bpf_program *port, *tx, *rx;
};

static struct programs programs(const struct daemon *d)
{
	const struct vtep_bpf *s = d->skel;

	if (d->ether)
		return (struct programs){ s->progs.vtep_eth_port, s->progs.vtep_eth_tx, s->progs.vtep_eth_rx };
	return (struct programs){ s->progs.vtep_port_rx, s->progs.vtep_vx_tx, s->progs.vtep_wg_rx };
}

void datapath_choose(struct daemon *d)
{
	bool on = d->model.accel != ACCEL_OFF;
	struct programs p = programs(d);
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, d->skel->obj)
		bpf_program__set_autoload(prog, on && (prog == d->skel->progs.vtep_vx_rx || prog == p.port ||
						       prog == p.tx || prog == p.rx));
}

/* Slots are taken in turn, so that one just freed rests before it means another VNI. */
static int free_slot(struct daemon *d, __u32 *slot)
{
	__u32 i, at, n = d->in.meta.vni_max - 1;
	struct vtep_vni v;

	for (i = 0; i < n; i++) {
		at = 1 + (d->next_vni + i) % n;
		if (bpf_map_lookup_elem(d->in.fd_vnis, &at, &v))
			return -errno;
		if (!v.vx_ifindex) {
			*slot = at;
			d->next_vni = at % n;
			return instance_counters_clear(&d->in, at);
		}
	}
	return -ENOSPC;
}

/*
 * The VNI's own limit, or that of its bridge: beyond it the bridge learns no more, and the fast path
 * must not know what the bridge would not. A slot may have been another VNI's.
 */
static void set_limit(struct daemon *d, const struct segment *s, bool fresh)
{
	struct vtep_holder *holder = &d->in.holders[fdb_holder_vni(s->slot)];
	__u32 limit = s->want ? s->want->max_macs : 0;

	if (s->br.br_max_learned && (!limit || s->br.br_max_learned < limit))
		limit = s->br.br_max_learned;
	if (fresh)
		*holder = (struct vtep_holder){};
	holder->limit = limit;
}

/* A locked port learns nobody: br_handle_frame_finish(). */
static bool segment_learns(const struct segment *s)
{
	return s->vx.is_bridge_port && s->vx.port_learning && !s->vx.port_locked &&
	       (s->vx.port_state == BR_STATE_FORWARDING || s->vx.port_state == BR_STATE_LEARNING) &&
	       !(s->want && s->want->no_learning);
}

/* What the bridge lets the vxlan device do, as VTEP_VNI_ROLES. */
static __u32 segment_roles(const struct segment *s)
{
	__u32 mask = s->vx.port_group_fwd | s->br.br_group_fwd;
	__u32 roles = mask << VTEP_GROUP_FWD_SHIFT;

	if (segment_learns(s))
		roles |= VTEP_VNI_LEARNING;
	if (!s->vx.port_flood)
		roles |= VTEP_VNI_NO_FLOOD;
	if (!s->vx.port_mcast_flood)
		roles |= VTEP_VNI_NO_MCAST;
	if (!s->vx.port_bcast_flood)
		roles |= VTEP_VNI_NO_BCAST;
	return roles;
}

static bool segment_suppresses(const struct segment *s)
{
	return s->vx.port_suppress || (s->want && s->want->suppress);
}

int datapath_set_segment(struct daemon *d, struct segment *s)
{
	struct vtep_vni v = { .vni = s->vni, .vx_ifindex = s->vx.ifindex, .br_ifindex = s->br.ifindex,
			      .ageing = fdb_ticks(segment_hold(d, s)), .overlay_mtu = d->overlay_mtu,
			      .vlan = s->vlan, .vx_mtu = s->vx.mtu < 65535 ? s->vx.mtu : 65535 };
	struct vtep_iface iface = { .ifindex = s->vx.ifindex, .port_slot = VTEP_NO_SLOT }, old;
	bool fresh = !s->slot;
	int err = 0;

	if (fresh) {
		err = free_slot(d, &s->slot);
		segments_changed(d);
	}
	if (err)
		return err;
	set_limit(d, s, fresh);
	v.flags = (s->flags & ~(VTEP_VNI_ROLES | VTEP_VNI_SHOWN)) | segment_roles(s) |
		  (s->br.br_max_learned ? VTEP_VNI_SHOWN : 0);
	if (s->want)
		v.flags = (v.flags & ~(VTEP_VNI_RELAY | VTEP_VNI_OVERSIZE_DROP)) | (s->want->relay ? VTEP_VNI_RELAY : 0) |
			  (s->want->oversize_drop ? VTEP_VNI_OVERSIZE_DROP : 0);
	v.flags = (v.flags & ~VTEP_VNI_SUPPRESS) | (segment_suppresses(s) ? VTEP_VNI_SUPPRESS : 0);
	memcpy(v.vx_mac, s->vx.mac, sizeof(v.vx_mac));
	if (!memcmp(&v, &s->told, sizeof(v)))
		return 0;
	iface.vni_slot = s->slot;
	if (!ifaces_get(&d->in, iface.ifindex, &old))
		iface.flags = old.flags;
	err = bpf_map_update_elem(d->in.fd_vnis, &s->slot, &v, BPF_ANY);
	err = err ?: bpf_map_update_elem(d->in.fd_vni_slots, &s->vni, &s->slot, BPF_ANY);
	err = err ?: ifaces_set(&d->in, &iface);
	fdb_void(&d->in);
	if (!err)
		s->told = v;
	return err;
}

/* Attaches to a device that is in ifaces, and notes there when its qdisc is ours. */
static int attach_iface(struct daemon *d, __u32 ifindex, bool egress, const struct bpf_program *prog)
{
	struct vtep_iface iface;
	bool qdisc = false;
	int err;

	err = attach_set(d->in.dir, d->tcx, ifindex, egress, bpf_program__fd(prog), &qdisc);
	if (err || !qdisc || ifaces_get(&d->in, ifindex, &iface))
		return err;
	iface.flags |= VTEP_IFACE_QDISC;
	return ifaces_set(&d->in, &iface);
}

static void detach_iface(struct daemon *d, __u32 ifindex, bool both)
{
	struct vtep_iface iface;

	attach_clear(d->in.dir, ifindex, false);
	if (both)
		attach_clear(d->in.dir, ifindex, true);
	if (!ifaces_get(&d->in, ifindex, &iface) && (iface.flags & VTEP_IFACE_QDISC))
		attach_clear_qdisc(&d->nl, ifindex);
	ifaces_del(&d->in, ifindex);
}

static int say(const char *name, int err)
{
	if (err)
		log_err("%s: cannot attach the program: %s", name, strerror(-err));
	return err;
}

int datapath_attach_segment(struct daemon *d, struct segment *s)
{
	int err;

	if (d->model.accel == ACCEL_OFF) {
		attach_clear(d->in.dir, s->vx.ifindex, false);
		attach_clear(d->in.dir, s->vx.ifindex, true);
		return 0;
	}
	err = s->flags & VTEP_VNI_ADOPTED ? 0 : datapath_guard_segment(d, s);
	return err ?: say(s->vx.name, attach_iface(d, s->vx.ifindex, true, programs(d).tx));
}

int datapath_guard_segment(struct daemon *d, struct segment *s)
{
	if (d->model.accel == ACCEL_OFF)
		return 0;
	return say(s->vx.name, attach_iface(d, s->vx.ifindex, false, d->skel->progs.vtep_vx_rx));
}

void datapath_unguard_segment(struct daemon *d, struct segment *s)
{
	attach_clear(d->in.dir, s->vx.ifindex, false);
}

void datapath_detach_segment(struct daemon *d, struct segment *s)
{
	struct vtep_vni none = {};

	detach_iface(d, s->vx.ifindex, true);
	bpf_map_delete_elem(d->in.fd_vni_slots, &s->vni);
	bpf_map_delete_elem(d->in.fd_flood, &s->slot);
	bpf_map_update_elem(d->in.fd_vnis, &s->slot, &none, BPF_ANY);
	s->told = none;
}

int datapath_attach_tunnel(struct daemon *d)
{
	bool qdisc = false;
	int err;

	if (d->model.accel == ACCEL_OFF) {
		attach_clear(d->in.dir, d->wg.ifindex, false);
		return 0;
	}
	err = attach_set(d->in.dir, d->tcx, d->wg.ifindex, false,
			 bpf_program__fd(programs(d).rx), &qdisc);
	if (!err && qdisc) {
		d->in.meta.flags |= VTEP_META_QDISC;
		err = datapath_write_meta(d);
	}
	return say(d->model.ifname, err);
}

void datapath_detach_tunnel(struct daemon *d)
{
	attach_clear(d->in.dir, d->wg.ifindex, false);
	if (d->in.meta.flags & VTEP_META_QDISC)
		attach_clear_qdisc(&d->nl, d->wg.ifindex);
	d->in.meta.flags &= ~VTEP_META_QDISC;
	datapath_write_meta(d);
}

int datapath_attach_port(struct daemon *d, int ifindex)
{
	if (d->model.accel == ACCEL_OFF) {
		attach_clear(d->in.dir, ifindex, false);
		return 0;
	}
	return attach_iface(d, ifindex, false, programs(d).port);
}

void datapath_detach_port(struct daemon *d, int ifindex)
{
	detach_iface(d, ifindex, false);
}

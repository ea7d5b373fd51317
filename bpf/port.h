/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices a frame comes by: which VNI they belong to, and whether the bridge lets a port
 * forward.
 */
#ifndef BPF_PORT_H
#define BPF_PORT_H

#include "count.h"

static __always_inline struct vtep_iface *port_iface(__u32 ifindex)
{
	__u32 slot = ifindex & (VTEP_NEAR_IFACES - 1);
	struct vtep_iface *iface = bpf_map_lookup_elem(&near_ifaces, &slot);

	if (iface && iface->ifindex == ifindex)
		return iface;
	return bpf_map_lookup_elem(&ifaces, &ifindex);
}

/* Begins a walk on a device of a VNI. NULL: the device is not (or no longer) ours. */
static __always_inline struct vtep_iface *port_walk(struct walk *w)
{
	struct vtep_iface *iface = port_iface(w->skb->ifindex);
	struct vtep_vni *vni;
	__u32 slot;

	if (!iface)
		return NULL;
	slot = iface->vni_slot;
	vni = bpf_map_lookup_elem(&vnis, &slot);
	if (!vni || !vni->vx_ifindex)
		return NULL;
	w->vni_slot = slot;
	w->vni = vni->vni;
	w->ageing = vni->ageing;
	w->vni_flags = vni->flags;
	w->mtu = vni->overlay_mtu;
	return iface;
}

static __always_inline struct vtep_port *port_get(__u32 slot)
{
	struct vtep_port *p = bpf_map_lookup_elem(&ports, &slot);

	return p && p->ifindex ? p : NULL;
}

/*
 * ifindex of a local MAC's port when the fast path may use it, else 0: then the bridge decides. type: the
 * frame's EtherType, or that of its tag.
 */
static __always_inline __u32 port_open(const struct walk *w, __u32 slot, __be16 type)
{
	struct vtep_port *p = port_get(slot);

	if (!p || !(p->flags & VTEP_PORT_FORWARDING) || p->vni_slot != w->vni_slot)
		return 0;
	if ((p->flags & VTEP_PORT_VLANS) && (type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD)))
		return 0;
	return p->ifindex;
}

/* A group address whose frames the bridge was told to forward: br_handle_frame(). */
static __always_inline bool port_group_forwards(__u32 flags, const __u8 *mac)
{
	return flags >> VTEP_GROUP_FWD_SHIFT >> (mac[5] & 15) & 1;
}

/* The same at the vxlan device, where it may be told at the port that the frame came by. */
static __always_inline bool port_group_leaves(const struct walk *w, const __u8 *mac)
{
	struct vtep_iface *iface = port_iface(w->skb->ingress_ifindex);
	struct vtep_port *port = iface ? port_get(iface->port_slot) : NULL;

	return port_group_forwards(w->vni_flags | (port ? port->flags : 0), mac);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Both maps of devices, kept alike. */
#include <errno.h>
#include <bpf/bpf.h>
#include "ifaces.h"
#include "instance.h"

/*
 * The near slot is written while it is free or the same device's; one that is taken leaves the
 * newcomer to the hash.
 */
int ifaces_set(const struct instance *in, const struct vtep_iface *iface)
{
	__u32 slot = iface->ifindex & (VTEP_NEAR_IFACES - 1);
	struct vtep_iface near;
	int err = bpf_map_update_elem(in->fd_ifaces, &iface->ifindex, iface, BPF_ANY);

	err = err ?: bpf_map_lookup_elem(in->fd_near_ifaces, &slot, &near);
	if (err || (near.ifindex && near.ifindex != iface->ifindex))
		return err;
	return bpf_map_update_elem(in->fd_near_ifaces, &slot, iface, BPF_ANY);
}

int ifaces_get(const struct instance *in, __u32 ifindex, struct vtep_iface *out)
{
	struct vtep_iface iface;
	int err = bpf_map_lookup_elem(in->fd_ifaces, &ifindex, &iface);

	if (!err)
		*out = iface;
	return err;
}

void ifaces_del(const struct instance *in, __u32 ifindex)
{
	__u32 slot = ifindex & (VTEP_NEAR_IFACES - 1);
	struct vtep_iface near, none = {};

	if (!bpf_map_lookup_elem(in->fd_near_ifaces, &slot, &near) && near.ifindex == ifindex)
		bpf_map_update_elem(in->fd_near_ifaces, &slot, &none, BPF_ANY);
	bpf_map_delete_elem(in->fd_ifaces, &ifindex);
}

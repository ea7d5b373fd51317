/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's forwarding databases hold of one VNI: the vxlan device's own entries and the
 * bridge's on all of its ports; without the addresses of this host.
 */
#ifndef KERNEL_FDB_H
#define KERNEL_FDB_H

#include <stddef.h>
#include "neigh.h"
#include "session.h"

struct kernel_fdb {
	struct neigh *entries;		/* each as neigh_del wants it */
	size_t n;
};

/* 0 or -errno. The caller frees ->entries. */
int kernel_fdb_read(struct session *s, const struct session_vni *v, struct kernel_fdb *out);
/* Was this learned, and is it not just the bridge's side of an entry of the vxlan device? */
bool kernel_fdb_learned(const struct session_vni *v, const struct neigh *n);
/* A configured entry of the vxlan device, as bridge(8) makes it. */
struct neigh kernel_fdb_config(const struct session_vni *v,
			       const __u8 mac[6], const struct vtep_addr *dst);
/* May packets be sent to this address as a VTEP? 0 or EXIT_USAGE, said. */
int kernel_fdb_check_dst(const struct session *s, const struct vtep_addr *dst);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel's BPF can do, found out by use. Included by datapath.c. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>

struct probe {
	uint64_t decap_l3;		/* BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (6.3), else 0 */
	uint64_t decap_gso;		/* BPF_F_ADJ_ROOM_DECAP_L4_UDP (7.3), else 0 */
	bool tcx;			/* links at BPF_TCX_INGRESS (6.6) */
};

/* 0 or -errno: -EPERM without the privilege, -EOPNOTSUPP where BPF can't be loaded at all. */
int probe_kernel(struct probe *out);
#endif

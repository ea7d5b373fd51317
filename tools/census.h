/* SPDX-License-Identifier: GPL-2.0-only */
/* What `show` sums up from the maps and the kernel. Included by show.c and show_json.c. */
#ifndef CENSUS_H
#define CENSUS_H

#include <vtep/abi.h>
#include "session.h"

/* Entries that forward, counted while the table was read once; this host's own are left out. */
struct census {
	struct session *s;
	__u32 now;			/* tick */
	struct census_vni {
		__u32 local, remote;
		__u32 fixed;		/* static ones, which are in local or remote too */
		int flood;		/* VTEPs in the flood list */
	} *vni;				/* as s->vnis */
	__u32 vtep[VTEP_MAX_VTEPS];	/* by slot */
	__u32 mtu;			/* of the WireGuard device, 0: it is gone */
	__u32 overlay_mtu;		/* the smallest, 0: no VNI */
};

/* The VTEPs that WireGuard would send to by `peer` (NULL: by none), and the MACs behind them. */
struct census_peer {
	__u32 slots[VTEP_MAX_VTEPS];
	__u32 n, macs;
};

/* NULL: -errno in *err. */
struct census *census_take(struct session *s, int *err);
void census_free(struct census *c);
void census_of_peer(const struct census *c, const struct wg_peer *peer, struct census_peer *out);
/* "tcx", "tc" or "off" */
const char *census_acceleration(const struct census *c);

/* show_json.c: one element of the array. NULL: no memory. */
void show_json(const struct census *c, struct row *row);
/* A VNI's keys, as they are in the element, into a row of its own. */
void show_json_vni(const struct census *c, size_t i, struct row *row);
#endif

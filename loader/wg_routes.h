/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which routes AllowedIPs and VTEPs ask for. Pure: neither kernel nor network is asked. Included by
 * routing.c.
 */
#ifndef WG_ROUTES_H
#define WG_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include "model.h"
#include "route_set.h"

struct wg_routing {
	const struct model_wg *wg;
	int oif;			/* the WireGuard device */
	uint32_t default_table;		/* for 0.0.0.0/0 and ::/0 where Table is auto */
	uint32_t guard_metric;		/* of unreachable routes */
	const struct vtep_addr *vteps;
	size_t n_vteps;
	const struct route_entry *running;	/* of the device and of ours: route_list() */
	size_t n_running;
};

/*
 * What is to stand, sorted, no doubles; *list is allocated. As wg-quick: each prefix of AllowedIPs,
 * but for those that lie in a route which the device has from elsewhere. And for each VTEP an
 * unreachable route to the prefix by which it is reached, so that its packets go nowhere when the
 * device is down; a VTEP that only a default route leads to gets a route of its own. How many, or
 * -ENOMEM.
 */
int wg_routes(const struct wg_routing *r, struct route_entry **list);
/* Is there one to the same prefix by the same device, in the same table? Of a sorted list. */
void routes_sort(struct route_entry *list, size_t n);
bool routes_have(const struct route_entry *list, size_t n, const struct route_entry *e);
/* Does any peer's AllowedIPs hold 0.0.0.0/0 (::/0)? */
bool wg_has_default(const struct model_wg *wg, bool ip6);
/* Of the unreachable routes of an interface: far above all others, and its own. */
uint32_t wg_guard_metric(const char *ifname);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes and rules by rtnetlink: those that vtepd makes, all marked VTEP_PROTO. Included by routing.c. */
#ifndef ROUTE_SET_H
#define ROUTE_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <vtep/abi.h>

struct nl;

#define ROUTE_LAST_METRIC	0xfffffffeU	/* of a route that only counts when no other is left */

struct route_entry {
	struct vtep_addr dst;		/* IPv4 mapped, no host bits */
	uint8_t len;			/* of its family */
	uint32_t table;
	int oif;			/* 0: unreachable */
	uint32_t metric;		/* 0: the family's default */
	uint8_t proto;			/* as read; VTEP_PROTO when added */
};

/*
 * Of both families: unicast routes by oif (0: none), and our unreachable ones. *list is allocated,
 * the caller frees. How many, or -errno.
 */
int route_list(struct nl *nl, int oif, struct route_entry **list);
/* Has the table any route? Of either family. 1, 0 or -errno. */
int route_table_used(struct nl *nl, uint32_t table);
/* -EEXIST if one to the same prefix stands. */
int route_add(struct nl *nl, const struct route_entry *r);
int route_del(struct nl *nl, const struct route_entry *r);
#endif

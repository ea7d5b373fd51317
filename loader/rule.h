/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy rules by rtnetlink, of both families. Included by routing.c. */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stdint.h>

struct nl;

struct rule {
	int family;			/* AF_INET, AF_INET6 */
	uint32_t priority;		/* 0: before all but the first, as the kernel chooses */
	uint32_t fwmark;		/* 0: any */
	bool invert;			/* `not fwmark` */
	uint32_t table;
	bool suppress_default;		/* suppress_prefixlength 0 */
	uint8_t proto;			/* as read; VTEP_PROTO when added */
};

/* All that are of this form (no other selector): *list is allocated. How many, or -errno. */
int rule_list(struct nl *nl, int family, struct rule **list);
int rule_add(struct nl *nl, const struct rule *rule);
/* The one that is equal in everything, proto too. */
int rule_del(struct nl *nl, const struct rule *rule);
/* But for priority and proto. */
bool rule_same(const struct rule *a, const struct rule *b);
#endif

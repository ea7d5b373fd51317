/* SPDX-License-Identifier: GPL-2.0-only */
/* IP addresses and whose they are, as the programs have snooped them. Included by sweep.c and vtepctl. */
#ifndef BINDING_H
#define BINDING_H

#include <vtep/abi.h>

struct instance;

#define BINDING_AGEING	300		/* seconds without a claim; answered for no longer than VTEP_NEIGH_KEPT */

/* cb for each; it may delete. Non-zero ends the walk and is returned. */
int binding_each(const struct instance *in,
		 int (*cb)(const struct vtep_neigh_key *key, const struct vtep_neigh *e, void *data), void *data);
int binding_del(const struct instance *in, const struct vtep_neigh_key *key);
#endif

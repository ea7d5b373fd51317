/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices that the programs know: `ifaces` and its quick twin `near_ifaces`. Included by
 * hooks.c, ports.c, start.c.
 */
#ifndef IFACES_H
#define IFACES_H

#include <vtep/abi.h>

struct instance;

/* iface->ifindex says which. 0 or -errno. */
int ifaces_set(const struct instance *in, const struct vtep_iface *iface);
int ifaces_get(const struct instance *in, __u32 ifindex, struct vtep_iface *out);	/* -ENOENT */
void ifaces_del(const struct instance *in, __u32 ifindex);
#endif

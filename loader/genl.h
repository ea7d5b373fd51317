/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink requests. Included by the files that speak to WireGuard. */
#ifndef GENL_H
#define GENL_H

#include <stdint.h>

struct nl;
struct nlmsghdr;

/* A fresh request in nl->buf (opened on NETLINK_GENERIC) with its generic header. */
struct nlmsghdr *genl_request(struct nl *nl, uint16_t family, uint8_t cmd, uint8_t version);
/* Id of a family; the kernel loads its module for this, if it can. 0, -ENOENT or another -errno. */
int genl_family(struct nl *nl, const char *name, uint16_t *id);
#endif

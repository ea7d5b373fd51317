/* SPDX-License-Identifier: GPL-2.0-only */
/* What a node says of itself. For lint.c. */
#ifndef LINT_NODE_H
#define LINT_NODE_H

struct findings;
struct model;
struct model_peer;

/* No segment, no address for its VXLAN packets, one port for WireGuard and VXLAN. */
void lint_node(const struct model *m, struct findings *f);
/* A peer that is to have an address of this node. */
void lint_own_address(const struct model *m, const struct model_peer *p, struct findings *f);
#endif

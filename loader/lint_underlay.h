/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoints that lie in the tunnel's networks or in a segment's. For lint.c. */
#ifndef LINT_UNDERLAY_H
#define LINT_UNDERLAY_H

struct findings;
struct model;

/* A finding for each Endpoint, written as an address, in AllowedIPs or in the Address of a [VNI]. */
void lint_underlay(const struct model *m, struct findings *f);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which peer has which address: AllowedIPs that peers share, VTEPs that are not theirs. For lint.c. */
#ifndef LINT_RANGE_H
#define LINT_RANGE_H

struct findings;
struct model;

/*
 * A finding for each prefix that two peers have, for each that others' lie in, for each VTEP that two
 * peers have or that WireGuard would not send to its peer.
 */
void lint_ranges(const struct model *m, struct findings *f);
#endif

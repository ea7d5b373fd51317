/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of devices that two things have. For lint.c. */
#ifndef LINT_DEVICE_H
#define LINT_DEVICE_H

struct findings;
struct model;

/*
 * A finding for each name that is the tunnel's, a vxlan device's or a bridge's and another one's too, names that
 * are made for want of one among them, and for each port that two bridges are to have.
 */
void lint_devices(const struct model *m, struct findings *f);
#endif

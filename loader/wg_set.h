/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing a WireGuard device (WG_CMD_SET_DEVICE). Included by tunnel.c and endpoints.c. */
#ifndef WG_SET_H
#define WG_SET_H

#include <stdint.h>

struct wg_endpoint;
struct wg_plan;

/*
 * Brings the plan's changes into the device, in as many messages as they need (*messages, may be
 * NULL). private_key (32 bytes) is sent if the plan says so. 0 or -errno: -EADDRINUSE the port is
 * taken, -EPERM, -ENODEV. After a failure a part may have been changed: plan again.
 */
int wg_apply(const char *ifname, const struct wg_plan *plan, const uint8_t *private_key,
	     unsigned int *messages);
#endif

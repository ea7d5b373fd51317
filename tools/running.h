/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs, as the model that a file would have to say for it. For conf_diff.c. */
#ifndef RUNNING_H
#define RUNNING_H

struct model;

/*
 * Device, addresses, peers and segments of file->ifname, as far as the kernel and an instance tell.
 * What the file leaves to others is left out: a port or an MTU that it does not name, and all of
 * WireGuard if it configures none of it. The device's public key is in private_key. 0; -ENODEV: there
 * is no such device; or another -errno. The caller frees *out.
 */
int running_read(const struct model *file, struct model *out);
#endif

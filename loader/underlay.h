/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device below: is it WireGuard, or an Ethernet device that --insecure allows; what is our
 * address on it, which VTEPs do its peers have.
 */
#ifndef UNDERLAY_H
#define UNDERLAY_H

struct daemon;
struct wg_device;

/* d->overlay_mtu from d->wg.mtu. -EMSGSIZE: too small for VXLAN, nothing changed. */
int underlay_set_mtu(struct daemon *d);
/* Finds the device and fills d->wg, d->overlay_mtu. 0 or an exit code, the error said. */
int underlay_find(struct daemon *d);
/* d->overlay_mtu out of d->wg alone. 0 or an exit code. */
int underlay_room(struct daemon *d);
/* d->local: LocalVTEP, an adopted device's, or the underlay's own. 0 or an exit code. */
int underlay_local(struct daemon *d);
/*
 * Fills d->remotes from --remote, or else from each peer's VTEP =, or else from its only /32 in
 * AllowedIPs, of `now` or if that is NULL of what the kernel tells. 1: they changed, 0, or -errno.
 */
int underlay_read_remotes(struct daemon *d, const struct wg_device *now);
/* Names each peer whose VTEP is not known, and each VTEP that no peer is allowed. */
void underlay_warn(struct daemon *d);
#endif

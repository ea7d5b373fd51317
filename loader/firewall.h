/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules that wg-quick makes beside a default route (add_default() in it): the device's own
 * addresses are reached by the device alone, and answers to WireGuard's packets get their mark.
 * Included by tunnel.c.
 */
#ifndef FIREWALL_H
#define FIREWALL_H

struct daemon;

/*
 * The rules that the model asks for, in the place of those that vtepd made before; by nft, or by
 * iptables where there is no nft. Failure is said and stops nothing.
 */
void firewall_set(struct daemon *d);
void firewall_unset(struct daemon *d);
#endif

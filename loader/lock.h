/* SPDX-License-Identifier: GPL-2.0-only */
/* One process per WireGuard device and network namespace. */
#ifndef LOCK_H
#define LOCK_H

/*
 * Takes /run/vtepd/NETNS-COOKIE.IFACE.lock: its descriptor, held until the process ends;
 * -EWOULDBLOCK: another has it.
 */
int lock_take(const char *ifname);
/* Writes into it, for vtepctl, this process and which file it read (NULL: none). */
void lock_note(int fd, const char *config);
#endif

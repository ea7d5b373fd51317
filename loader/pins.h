/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an instance's maps, programs and links are pinned: BPFFS/vtepd/NETNS-COOKIE/IFACE/. The
 * bpffs is the host's (process 1's) also when the caller runs below `ip netns exec`, which hides
 * /sys/fs/bpf. Used by vtepd and vtepctl.
 */
#ifndef PINS_H
#define PINS_H

#include <stddef.h>
#include <stdint.h>

#define PINS_PATH	256

/* SO_NETNS_COOKIE of the caller's network namespace, never reused within a boot. */
int pins_netns_cookie(uint64_t *cookie);
/* Directory of all instances of the caller's namespace / of one, into buf of PINS_PATH bytes.
 * -ENOENT: no bpffs is mounted. Nothing is created. */
int pins_root(char *buf);
int pins_dir(const char *ifname, char *buf);
/* The interface name that a directory below pins_root stands for, in place: bpffs takes no dots,
 * they are colons. */
void pins_ifname(char *pin);
/* Mounts the host's bpffs if it is not mounted. 0 or -errno. */
int pins_mount(void);
/* Creates the directory of an instance, mode 0700 all the way. -EPERM when a component is a symlink
 * or not root's. */
int pins_create(const char *dir);
/* Unlinks everything in the directory, and it and its parents where they are empty. */
int pins_remove(const char *dir);
#endif

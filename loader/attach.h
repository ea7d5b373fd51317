/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program on a device's hook: a pinned tcx link where the kernel has them (6.6), else a clsact
 * filter of our own handle. Either way the program outlives the daemon, is replaced in place, and
 * other tools' programs stay.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <stdbool.h>
#include <linux/types.h>

/* enum bpf_attach_type, newer than Debian 12's linux/bpf.h */
#define ATTACH_TCX_INGRESS	46
#define ATTACH_TCX_EGRESS	47

struct nl;

/*
 * Puts prog_fd on the hook, or in the place of our earlier program there. tcx: link pinned below
 * dir. *qdisc is set (never cleared) when the clsact qdisc had to be made. 0 or -errno.
 */
int attach_set(const char *dir, bool tcx, int ifindex, bool egress, int prog_fd, bool *qdisc);
/* Takes our program off, whichever way it sits there; a device that is gone is no error. */
void attach_clear(const char *dir, int ifindex, bool egress);
/* Removes the clsact qdisc that we made, unless somebody else has put a filter there since. */
void attach_clear_qdisc(struct nl *nl, int ifindex);
#endif

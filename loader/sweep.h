/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The periodic walk over BPF's FDB: what is too old goes, what is active is refreshed in the
 * kernel's FDBs.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <linux/types.h>

struct daemon;

/*
 * Milliseconds between two runs: often enough that nothing mirrored ages out in the kernel
 * meanwhile.
 */
__u32 sweep_period(const struct daemon *d);
/* 0 or -errno. */
int sweep_run(struct daemon *d);
#endif

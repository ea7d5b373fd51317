/* SPDX-License-Identifier: GPL-2.0-only */
/* The periodic walk over BPF's FDB: what is too old goes, what is active is refreshed in the kernel's FDBs. */
#ifndef SWEEP_H
#define SWEEP_H

#include <linux/types.h>

struct daemon;

#define SWEEP_SECONDS	5

/* Call every SWEEP_SECONDS. 0 or -errno. */
int sweep_run(struct daemon *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What was learned behind VTEPs goes, from BPF and from the kernel's FDBs. Included by liveness.c. */
#ifndef VTEP_FLUSH_H
#define VTEP_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

struct daemon;

/*
 * flushed[VTEP_MAX_VTEPS]: of which slots; segment[d->n_segments]: which have any of them. What is
 * configured stays. *n: how many entries. 0 or -errno: what was not reached is still there, and ages.
 */
int vtep_flush(struct daemon *d, const bool *flushed, const bool *segment, size_t *n);
#endif

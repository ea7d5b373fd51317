/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threaded NAPI of the WireGuard device: lets GRO find far more to merge. On by default from Linux
 * 6.16.
 */
#ifndef NAPI_H
#define NAPI_H

#include <stdbool.h>

/*
 * Sets it, in the caller's network namespace whatever /sys shows. *changed: it was the other way
 * before. 0 or -errno.
 */
int napi_set_threaded(const char *ifname, bool on, bool *changed);
#endif

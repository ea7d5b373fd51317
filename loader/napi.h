/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAPI of the WireGuard device in threads: GRO finds far more to merge. On by default from Linux
 * 6.16. Included by the daemon.
 */
#ifndef NAPI_H
#define NAPI_H

struct daemon;

/* Switches them on where that pays; what it changed is in meta's flags. Failure costs speed only. */
void napi_begin(struct daemon *d);
/* Takes in the threads of peers that came since. */
void napi_follow(struct daemon *d);
/* As it was before napi_begin. */
void napi_end(struct daemon *d);
#endif

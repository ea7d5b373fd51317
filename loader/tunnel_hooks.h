/* SPDX-License-Identifier: GPL-2.0-only */
/* PreUp, PostUp, PreDown, PostDown and DNS of the file. Included by tunnel.c. */
#ifndef TUNNEL_HOOKS_H
#define TUNNEL_HOOKS_H

#include "model.h"

struct daemon;

/* In order, until one fails. 0 or -EIO, the error said: which one, never its text, it may hold a key. */
int tunnel_hooks(struct daemon *d, enum model_hook hook);
/* The same, but what fails is a warning and the rest is run. */
void tunnel_hooks_all(struct daemon *d, enum model_hook hook);
/* As wg-quick: by resolvconf, if there is one. Without DNS in the file, what was set before goes. */
void tunnel_dns_set(struct daemon *d);
void tunnel_dns_unset(struct daemon *d);
#endif

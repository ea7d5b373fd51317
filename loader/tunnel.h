/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The WireGuard device as the file describes it: made or taken over, configured, undone. All of it
 * does nothing where no file was read: then others configure the device. Included by start.c,
 * reload.c and loop.c.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <stdint.h>

struct daemon;
struct model;

#define TUNNEL_PEER_TEXT	80

/* Looks, changes nothing: fills d->wg and d->tunnel.make. 0 or an exit code, the error said. */
int tunnel_find(struct daemon *d);
/* --check: what tunnel_make() would do. */
void tunnel_report(struct daemon *d);
/* Makes or takes over, brings up. 0 or an exit code, the error said; what was done waits for tunnel_undo(). */
int tunnel_make(struct daemon *d);
/* What is to be undone goes into d->in.meta, for a successor. */
void tunnel_note(struct daemon *d);
/* After a reload: d->model is the new one. 0 or -errno, the error said. */
int tunnel_reload(struct daemon *d);
/* A start has failed: what this process made goes, what stood is as it was. */
void tunnel_undo(struct daemon *d);
/* Or it is through: nothing of that is needed any more. */
void tunnel_started(struct daemon *d);
/* Before and after everything else is taken down. */
void tunnel_before_stop(struct daemon *d);
void tunnel_stop(struct daemon *d);
/* This process ends, and what it made goes on. */
void tunnel_leave(struct daemon *d);
/* The device may have gone down and up again: routes and link-local address come back. */
void tunnel_settle(struct daemon *d);
/* A peer for messages, "node2 (aGkz…)" or its key's begin, into buf of TUNNEL_PEER_TEXT; returns buf. */
const char *tunnel_peer_text(const struct model *m, const uint8_t *key, char *buf);
#endif

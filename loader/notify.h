/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's notifications of links and FDB entries. They only mark what has to be read again:
 * nothing is lost when they overflow, and their order does not matter. Included by loop.c.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

struct daemon;
struct nl;

/* Subscribes; events->sock is readable when there is something. */
int notify_open(struct nl *events);
/*
 * Reads what there is and marks it: d->links_dirty, segment->dirty. 1: something is dirty, 0,
 * -errno.
 */
int notify_read(struct daemon *d, struct nl *events);
/* As if everything had changed. */
void notify_all(struct daemon *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the peers of an instance are called: Name = or the comment beside [Peer], in the file that
 * its vtepd reads. Included by session.c alone; all others ask session_name().
 */
#ifndef PEER_NAME_H
#define PEER_NAME_H

#include <stddef.h>

struct instance;
struct wg_device;

/*
 * One for each peer of *wg, NULL where it has none. Keys in the file are wiped unseen. NULL: no
 * names, or a file that can't be read by the caller.
 */
char **peer_names_read(const struct instance *in, const struct wg_device *wg);
void peer_names_free(char **names, const struct wg_device *wg);
#endif

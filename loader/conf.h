/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file, /etc/vtepd/IFACE.conf: wg-quick's grammar and keys, and vtepd's own. See
 * vtepd.conf(5). Included by whoever reads a file; how it is parsed is in conf_parse.h.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>

struct findings;
struct model;

#define CONF_DIR	"/etc/vtepd"
#define CONF_DIR_WG	"/etc/wireguard"
#define CONF_PATH	320		/* room for "DIR/IFACE.conf" */

/*
 * Reads file and drop-ins into *m, which model_init() made; m->ifname, if not set, becomes the
 * file's base name without ".conf". 0 or -errno with everything said; *m unchanged on failure.
 */
int conf_read(const char *path, struct model *m);

enum {
	CONF_HIDDEN = 1 << 0,		/* "(hidden)" may stand for a key */
	CONF_NO_KEY_FILE = 1 << 1,	/* PrivateKeyFile is not looked into */
};

/* The same, silent: what is to be said is added to *f. "-": standard input, without drop-ins. */
int conf_load(const char *path, unsigned int flags, struct model *m, struct findings *f);

/* /etc/vtepd/IFACE.conf if it is there, into path. 0, -ENOENT. */
int conf_find(const char *ifname, char path[CONF_PATH]);
/* The same of /etc/wireguard. */
int conf_find_wg(const char *ifname, char path[CONF_PATH]);

/*
 * Peers alone, of a file that others configure WireGuard by: for their names, VTEPs and VNIs.
 * m->wg.peers is filled, m->wg.given stays false. 0 or -errno, silent.
 */
int conf_read_peers(const char *path, struct model *m);
#endif

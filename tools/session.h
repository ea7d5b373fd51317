/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run of a verb on one instance: its maps, and what the slots and numbers in them stand for:
 * names of devices, peers of WireGuard. Loaded once, so that a table of 65,536 MACs asks nothing
 * per row.
 */
#ifndef SESSION_H
#define SESSION_H

#include <net/if.h>
#include <stdbool.h>
#include "addr.h"
#include "command.h"
#include "instance.h"
#include "nl.h"
#include "output.h"
#include "wg.h"

#define SESSION_PEER	64		/* a name, or a key */

struct session_vni {
	__u32 slot;
	struct vtep_vni vni;
	char vx[IFNAMSIZ], br[IFNAMSIZ];	/* br "": in no bridge */
	__u32 ageing;			/* seconds, 0: never */
};

/* A slot of the map `ports`. */
struct session_port {
	int ifindex;			/* 0: free */
	char name[IFNAMSIZ];
};

/* A slot of the map `vteps`. */
struct session_vtep {
	bool used;
	struct vtep_addr addr;
	char text[ADDR_STRLEN];
	const struct wg_peer *peer;	/* NULL: unknown */
};

struct session {
	const struct options *opt;
	bool alone;			/* no instance behind it: only opt and out are meant */
	struct output *out;		/* the list that this run prints, of all its instances */
	struct instance in;
	struct nl nl;
	struct wg_device *wg;		/* NULL: the kernel doesn't tell */
	char **names;			/* of its peers; NULL: none are known */
	struct session_vni *vnis;	/* sorted by VNI */
	size_t n_vnis;
	struct session_port ports[VTEP_MAX_PORTS];
	struct session_vtep vteps[VTEP_MAX_VTEPS];
};

/* On failure NULL and the exit code in *code, the error said. ifname NULL: the only instance. */
struct session *session_open(const struct options *opt, const char *ifname, struct output *out,
			     int *code);
/* One without an instance. NULL as above. */
struct session *session_alone(const struct options *opt, struct output *out, int *code);
void session_close(struct session *s);
/* The VNIs as they are now; the old list is the caller's to free. 0 or -errno, and nothing changed. */
int session_vnis_read(struct session *s);
/* Takes a fresh reading of the WireGuard device in the place of the old one, and reads names again. */
void session_wg_set(struct session *s, struct wg_device *wg);
const struct session_vni *session_vni(const struct session *s, __u32 vni);	/* NULL: none */
/* The VNI that the arguments name, or the only one (`optional`: NULL). 0 or an exit code, said. */
int session_vni_arg(const struct session *s, const struct args *args, bool optional,
		    const struct session_vni **out);
/* The VTEP in this slot, or NULL when it was given up meanwhile. */
const struct session_vtep *session_vtep(const struct session *s, __u32 slot);
const struct session_vtep *session_vtep_at(const struct session *s, const struct vtep_addr *addr);
const struct session_port *session_port(const struct session *s, __u32 slot);
/* Does the argument `dev` name a device of this instance? 0 or EXIT_NOT_FOUND, said. */
int session_dev_arg(const struct session *s, const struct args *args);
/* What a peer is called in the configuration, or NULL. */
const char *session_name(const struct session *s, const struct wg_peer *peer);
/* The peer that an argument means: its name, key, or what its key begins with. 0 or EXIT_NOT_FOUND, said. */
int session_peer_arg(const struct session *s, const struct args *args, const struct wg_peer **out);
/*
 * The peer behind a VTEP (NULL: "") into buf of SESSION_PEER bytes: its name, or how its key begins;
 * with -d, -o the whole key.
 */
const char *session_peer(const struct session *s, const struct session_vtep *vtep, char *buf);
enum color session_peer_color(const struct session *s, const struct session_vtep *vtep);
/* "cannot WHAT: why", from -errno and what netlink said last; EXIT_REFUSED. */
int session_refused(struct session *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* On stderr, where a change reached the kernel but nobody mirrors it now. */
void session_note_stopped(const struct session *s);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What would become of a frame. Included by the files of `vtepctl path`. */
#ifndef PATH_H
#define PATH_H

#include "route.h"
#include "session.h"

enum path_place {
	PATH_VTEP,			/* behind one */
	PATH_PORT,			/* at a port of this host's bridge */
	PATH_HOST,			/* this host itself */
	PATH_UNKNOWN,			/* nobody knows: flooded */
	PATH_GROUP,			/* broadcast or multicast: flooded */
	PATH_STAYS			/* 01:80:c2:00:00:0x */
};

/* Whom the frame is for, and where that is by what forwards: the programs' fdb, or the kernel's. */
struct path_target {
	const struct session_vni *v;
	__u8 mac[6];
	enum path_place place;
	const struct session_port *port;	/* PATH_PORT; NULL: gone meanwhile */
	const struct session_vtep *vtep;	/* PATH_VTEP; NULL: gone meanwhile */
	bool fixed;			/* configured, not learned */
	bool timed;			/* age is known */
	__u64 age;			/* ms since it was heard */
};

/* From the arguments. 0 or an exit code, said. */
int path_target_find(struct session *s, const struct args *args, struct path_target *out);

/* The way to one VTEP. */
struct path_way {
	const struct session_vtep *vtep;
	const struct wg_peer *peer;	/* NULL: none, or an underlay without WireGuard */
	const struct wg_allowed_ip *allowed;	/* by which the peer has it */
	struct route_hop hop;		/* of WireGuard's packets, or of VXLAN's */
	char ifname[IFNAMSIZ];		/* that they leave by, "": none */
	__u32 vxlan;			/* bytes in front of an IP packet: VXLAN and what is below it */
	__u32 wireguard;		/* bytes around that, without padding; 0: no WireGuard */
	const char *lost;		/* why it does not get there, NULL: it does */
};

/* vtep NULL: one that is gone. */
void path_way_find(struct session *s, const struct session_vtep *vtep, struct path_way *out);
/* Bytes of the underlay's packet, from its IP header on, around an IP packet of `size` bytes. */
__u32 path_way_bytes(const struct path_way *way, __u32 size, __u32 tunnel_mtu);
/* Packets of the underlay that these are. */
__u32 path_way_packets(const struct path_way *way, __u32 bytes);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running instance: what the model became. Included by the files of the daemon, never by
 * vtepctl. Netlink requests go by `nl`; answers are never mixed with notifications, which have
 * their own socket.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include "index.h"
#include "instance.h"
#include "link.h"
#include "model.h"
#include "nl.h"
#include "probe.h"
#include "resolver.h"
#include "vlan.h"

/* A static FDB entry that the kernel's FDBs hold. */
struct segment_static {
	struct vtep_fdb_key key;
	struct vtep_fdb_where where;
};

/* One VNI: its vxlan device in its bridge. */
struct segment {
	const struct model_vni *want;
	__u32 vni;
	__u32 slot;			/* in vnis; 0 until the datapath is open */
	__u32 flags;			/* VTEP_VNI_* that tell who made what */
	struct vtep_vni told;		/* what the programs have been told */
	struct link vx, br;		/* as last seen; ifindex 0: missing */
	bool vx_missing, br_missing;	/* found out by segment_find: to be made */
	uint16_t vlan;			/* of its VLAN-aware bridge that the vxlan device is an access port of, else 0 */
	bool shared;			/* other segments are in the same bridge */
	bool vx_seen, br_seen;		/* by the port sync under way */
	bool lost;			/* a device is gone; said once */
	bool fresh;			/* no predecessor served it */
	bool made;			/* segment_make() is through: undo when the start fails */
	struct segment_static *statics;	/* in BPF now, sorted by key */
	size_t n_statics;
	struct vtep_addr *members;	/* in BPF now, sorted */
	size_t n_members;
	__u32 *flood;			/* in BPF now */
	size_t n_flood;
	struct segment_port *ours;	/* ports that this process put into the bridge */
	size_t n_ours;
	bool ports_said;		/* what is wrong with Ports = */
	struct handover {		/* counters when packets last came out of the kernel's decapsulation */
		__u64 in, out;
		bool seen, suspected, said;
	} handover;
	__u32 mirrored;			/* learned remote MACs in the vxlan device's FDB */
	bool found;			/* members and statics are as a predecessor left them */
	bool synced;			/* the first sync has made them what they ought to be */
	bool dirty;			/* the kernel's FDBs changed: sync */
};

/* A remote VTEP and the [Peer] that it is written in. */
struct remote {
	struct vtep_addr addr;		/* first: addr_list_compare() */
	int peer;			/* index in model.wg.peers, -1: none of them */
};

struct endpoint;
struct liveness;
struct mirror_own;
struct tunnel_before;

/* What vtepd makes of the WireGuard device. Meant only if model.wg.given. */
struct tunnel {
	bool make;			/* none stands */
	bool made;			/* by this process: undo at failure */
	bool predecessor;		/* pins of an earlier process are there */
	struct tunnel_before *before;	/* what stood, until the start is through */
	bool hooked;			/* PreUp has begun: PreDown and PostDown are due */
	bool has_dns, has_firewall;	/* undo at stop */
	char *firewall;			/* rules of nft as this process last wrote them */
	bool was_up;			/* when last looked at */
	bool routes_dirty;
	uint32_t fwmark;		/* the model's, or chosen */
	uint32_t fwmark_before;
	uint32_t default_table;		/* for default routes in AllowedIPs; 0: none */
	uint32_t vrf_table;		/* UnderlayVRF's; 0: none */
	struct endpoint *endpoints;	/* one for each of model.wg.peers */
	time_t next_tick;		/* CLOCK_MONOTONIC, of endpoints_tick() */
	bool waiting;			/* some names found no thread */
	struct resolver resolver;
	uint32_t questions;		/* raised by each new set of endpoints: answers to the old ones don't count */
};

struct daemon {
	struct model model;
	struct nl nl;
	struct link wg;			/* the underlay's device */
	bool ether;			/* it is Ethernet, not WireGuard */
	struct tunnel tunnel;
	struct vtep_addr local;
	uint32_t overlay_mtu;		/* bytes */
	struct probe probe;
	bool tcx;
	bool taken_over;		/* pins of an earlier process were there */
	bool counters_grow;		/* and have too few counters */
	bool pinned;			/* pins of ours are there: undo at failure */
	struct instance in;
	struct vtep_bpf *skel;
	int lock_fd;
	struct segment *segments;	/* segments_room() */
	int n_segments, room;
	struct index by_vni, by_slot, by_ifindex;	/* of the first `indexed` of segments */
	int indexed;			/* -1: to be made anew */
	struct remote *remotes;		/* from the command line, the file or WireGuard, sorted */
	size_t n_remotes;
	struct vtep_remote *vteps;	/* what the map holds */
	struct remotes *vtep_slots;	/* and what is known of each */
	struct liveness *liveness;	/* of peers; NULL: not looked yet */
	__u32 next_vtep;
	__u32 next_vni;			/* slot */
	bool *holder_used;		/* of members, by their `holder` */
	bool holders_full;
	__u32 next_holder;
	bool *limit_said;		/* of ports and members, by holder */
	struct vtep_port *ports;	/* what the map holds */
	struct vlans vlans;		/* of the port sync under way */
	bool *port_seen;		/* by the port sync under way */
	__u32 next_port;
	bool ports_attached;		/* the first sync has put this process's programs on every port */
	struct mirror_own *own;		/* entries that vtepd has removed from the kernel's FDBs: mirror_forget() */
	size_t n_own, first_own;
	__u32 refreshed;		/* tick when active MACs were last refreshed in the kernel's FDBs */
	bool links_dirty;
	bool ways_dirty;		/* routes changed */
	bool stopping;
	bool again;			/* and to be started anew, which takes over: its maps are too small */
	int argc;			/* to read the configuration again */
	char **argv;
};

/* Of its [VNI], or the node's; seconds, 0: never. */
uint32_t segment_ageing(const struct daemon *d, const struct segment *s);
/* What its learned MACs live, in seconds, 0: for ever. The same, or less while the bridge says so. */
uint32_t segment_hold(const struct daemon *d, const struct segment *s);
struct segment *daemon_segment_by_slot(struct daemon *d, __u32 slot);
struct segment *daemon_segment_by_vni(struct daemon *d, __u32 vni);
struct segment *daemon_segment_by_ifindex(struct daemon *d, int ifindex);	/* of its vxlan device or bridge */
/* The one in this bridge that the VLAN belongs to; NULL: none, or no bridge of ours. */
struct segment *daemon_segment_of(struct daemon *d, int br_ifindex, uint16_t vlan);

/* SIGTERM, SIGINT and SIGHUP wait until the loop reads them: none interrupts a start half-way. */
void daemon_hold_signals(void);
/* Did a vtepd leave something of this instance? Said, if not. */
bool daemon_left(const struct daemon *d);
/* From the options to `ready`: 0 or an exit code, everything undone and the error said. */
int daemon_start(struct daemon *d);
/* Until SIGTERM or SIGINT. */
int daemon_run(struct daemon *d);
/* Removes exactly what vtepd made; with --keep, or for a successor, nothing. */
void daemon_stop(struct daemon *d);
#endif

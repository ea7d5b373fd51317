/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the BPF programs and user space agree on: map names, keys, values and limits. Included
 * by bpf/, loader/ and tools/; nothing here depends on either side's headers.
 *
 * Changing a layout or a meaning means a new VTEP_ABI_VERSION: vtepd checks it before it reuses
 * pins. Times are ticks of 2^20 ns (1.05 ms) of CLOCK_MONOTONIC_COARSE in 32 bits: they wrap after
 * 52 days, so compare by difference only. Interface indexes, VNIs and slots are in host byte order.
 */
#ifndef VTEP_ABI_H
#define VTEP_ABI_H

#include <linux/types.h>

#define VTEP_ABI_VERSION	2
#define VTEP_TICK_SHIFT		20
#define VTEP_PORT		4789		/* IANA, RFC 7348 section 5 */
#define VTEP_VNI_MAX		0xffffffU
#define VTEP_NO_SLOT		0xffffffffU

#define VTEP_MAX_VTEPS		4096U		/* remote VTEPs of one instance */
#define VTEP_MAX_PORTS		16384U		/* bridge ports of one instance */
#define VTEP_MAX_MEMBERS	262144U		/* (VNI, VTEP) pairs */
#define VTEP_MAX_FLOOD		4096U		/* VTEPs in one flood list */
#define VTEP_MAX_VNIS		4096U		/* slots of one instance; slot 0 is "no VNI" */
#define VTEP_MIN_VNIS		64U		/* of them, those that counters has at least */
#define VTEP_FDB_MAX		65536U		/* MACs, default of --fdb-max; a power of two wastes no bucket */
#define VTEP_FDB_STATIC(max)	((max) / 16 > 64 ? (max) / 16 : 64)	/* of those, kept for static ones */
#define VTEP_MAX_COUNTED	65536U		/* members that count for themselves in holders; the rest shares the last */
#define VTEP_HOLDERS(vnis)	(VTEP_MAX_PORTS + VTEP_MAX_COUNTED + (vnis))
#define VTEP_FLOWS		4096U		/* flows in the hands of the kernel's decapsulation; fits the mark */

/*
 * Proof that a frame on the vxlan device came through the WireGuard device: skb->mark, set by
 * vtep_wg_rx, demanded and cleared by vtep_vx_rx. Packets can't carry it, only root's own rules
 * could forge it.
 */
#define VTEP_PROOF		0x76740000U	/* "vt" */
#define VTEP_PROOF_MASK		0xffff0000U
#define VTEP_PROOF_BRIDGE	0x8000U		/* to the bridge, which has to see this frame; else to a known port */
#define VTEP_PROOF_COUNTED	0x4000U		/* counted in flows, in the slot of the bits below */
#define VTEP_PROOF_ANSWER	0x2000U		/* tells the sender of a frame to an unknown MAC; its number is in the bits below */
#define VTEP_PROOF_FLOW		(VTEP_FLOWS - 1)

/* IPv6 address, or IPv4 mapped (::ffff:a.b.c.d); network byte order. */
struct vtep_addr {
	__be32 word[4];
};

/* meta: one entry. Written by vtepd; read by vtepd (take-over) and vtepctl. */
struct vtep_meta {
	__u32 abi;			/* VTEP_ABI_VERSION */
	__u32 flags;			/* VTEP_META_* */
	__u64 netns_cookie;		/* SO_NETNS_COOKIE of the instance */
	__u32 wg_ifindex;
	__u32 fdb_max;			/* entries, VTEP_FDB_STATIC of them not for learned ones */
	__u32 vni_max;			/* slots that counters has: grows at a take-over */
	__be16 udp_port;
	__u16 pad;
	char ifname[16];		/* of the underlay's device */
	struct vtep_addr local;		/* our VTEP address */
	__u32 hold_window;		/* ticks that moves are counted in; 0: nothing is held down */
	__u32 hold_time;		/* ticks that a MAC is held down */
	__u32 hold_moves;		/* so many in the window are too many, at most VTEP_MOVES */
	__u32 pad2;
};
#define VTEP_META_TCX		(1U << 0)	/* attached by tcx links, else by clsact filters */
#define VTEP_META_GSO_DECAP	(1U << 1)	/* kernel clears tunnel GSO state itself (7.3) */
#define VTEP_META_DECAP_L3	(1U << 2)	/* kernel sets skb->protocol on decap (6.3) */
#define VTEP_META_THREADED	(1U << 3)	/* vtepd switched wg0's threaded NAPI on: undo at stop */
#define VTEP_META_QDISC		(1U << 4)	/* vtepd made wg0's clsact qdisc: undo at stop */
#define VTEP_META_UP		(1U << 6)	/* the underlay's device stands and is up */
#define VTEP_META_BATCH		(1U << 7)	/* vtepd made its NAPI's threads batch ones: undo at stop */
#define VTEP_META_ETHERNET	(1U << 8)	/* the underlay is Ethernet: nothing is encrypted */
#define VTEP_META_FIREWALL	(1U << 9)	/* vtepd made rules of nft or iptables: undo at stop */
#define VTEP_META_DNS		(1U << 10)	/* vtepd told resolvconf of name servers: undo at stop */
#define VTEP_META_OFF		(1U << 5)	/* no programs attached: the kernel's vxlan forwards */

/*
 * ifaces: ifindex -> what this device is. near_ifaces: the same by the low bits of the ifindex, for
 * those that come first there: an array costs the programs a tenth of a hash. Written by vtepd.
 */
struct vtep_iface {
	__u32 ifindex;
	__u32 vni_slot;
	__u32 port_slot;		/* VTEP_NO_SLOT for the vxlan device */
	__u32 flags;			/* VTEP_IFACE_* */
};
#define VTEP_NEAR_IFACES	4096U	/* power of two */
#define VTEP_IFACE_QDISC	(1U << 0)	/* vtepd made its clsact qdisc: undo when it leaves */

/*
 * In the flags of ports and vnis: bit SHIFT + x is on where the bridge forwards 01:80:c2:00:00:0x, by
 * the port that a frame comes by, or by any (group_fwd_mask of a port, and of bridge or vxlan device).
 */
#define VTEP_GROUP_FWD_SHIFT	16

/* ports: slot -> bridge port. Written by vtepd. ifindex 0: free. */
struct vtep_port {
	__u32 ifindex;
	__u32 vni_slot;
	__u32 flags;			/* VTEP_PORT_* */
	__u32 pad;
};
#define VTEP_PORT_FORWARDING	(1U << 0)	/* the bridge lets it forward: fast path allowed */
#define VTEP_PORT_LEARNING	(1U << 1)
#define VTEP_PORT_ENSLAVED	(1U << 2)	/* vtepd put it into the bridge: undo at stop */
#define VTEP_PORT_RAISED	(1U << 3)	/* and found it down */
#define VTEP_PORT_LOCKED	(1U << 4)	/* only sources that are configured at it */
#define VTEP_PORT_DISABLED	(1U << 5)	/* the bridge has forgotten what it learned there */
#define VTEP_PORT_VLANS		(1U << 6)	/* the bridge is VLAN-aware: a tag names another VLAN than the port's VNI's */

/* vnis: slot -> VNI. Written by vtepd. vx_ifindex 0: free. */
struct vtep_vni {
	__u32 vni;
	__u32 vx_ifindex;
	__u32 br_ifindex;
	__u32 flags;			/* VTEP_VNI_* */
	__u32 ageing;			/* ticks; 0: never */
	__u32 overlay_mtu;		/* bytes, inner IP packet */
	__u8 vx_mac[6];			/* the vxlan device's own */
	__u16 vx_mtu;			/* the vxlan device's, bytes: the bridge drops what is larger */
	__u16 vlan;			/* of a VLAN-aware bridge; 0: the VNI is the whole bridge's */
	__u16 pad;
};
#define VTEP_VNI_LEARNING	(1U << 0)
#define VTEP_VNI_ADOPTED	(1U << 1)	/* the vxlan device was there before us */
#define VTEP_VNI_BRIDGE_OURS	(1U << 2)	/* vtepd made the bridge */
#define VTEP_VNI_ENSLAVED	(1U << 3)	/* vtepd put the vxlan device into the bridge */
#define VTEP_VNI_LEARN_OFF	(1U << 4)	/* vtepd switched the device's own learning off: undo at stop */
#define VTEP_VNI_ROUTED		(1U << 5)	/* the host's route to every VTEP is the tunnel */
#define VTEP_VNI_FIREWALLED	(1U << 6)	/* what is handed to the kernel does not come out: BPF decapsulates all */
#define VTEP_VNI_OVERSIZE_DROP	(1U << 7)	/* larger than the overlay's MTU: dropped instead of fragmented */
#define VTEP_VNI_NO_FLOOD	(1U << 8)	/* unknown unicast */
#define VTEP_VNI_NO_MCAST	(1U << 9)
#define VTEP_VNI_NO_BCAST	(1U << 10)
#define VTEP_VNI_SHOWN		(1U << 11)	/* its bridge has a limit of its own: it is shown a frame of each MAC now and then */
#define VTEP_VNI_SUPPRESS	(1U << 12)	/* ARP and ND are snooped, and answered for hosts behind the tunnel */
#define VTEP_VNI_RELAY		(1U << 13)	/* a hub: from one VTEP to another */
/* The roles of the vxlan device as a bridge port: what the bridge does not send there. */
#define VTEP_VNI_ROLES		(0xffff0000U | VTEP_VNI_LEARNING | VTEP_VNI_NO_FLOOD | VTEP_VNI_NO_MCAST | VTEP_VNI_NO_BCAST)

/* Outer headers as they are on the wire, RFC 7348 section 5; all fields network byte order. */
struct vtep_outer4 {
	__u8 ihl_version;		/* 0x45 */
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__be16 check;
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	__be16 udp_len;
	__be16 udp_check;
	__be32 vx_flags;
	__be32 vx_vni;			/* VNI << 8 */
} __attribute__((packed, aligned(4)));

#define VTEP_VX_FLAG_I		0x08000000U	/* host order */

/*
 * vteps: slot -> remote VTEP. Written by vtepd; ifindex 0: free. `check` of the template is the sum
 * of the template's own header words (tot_len, id and check as 0), not yet folded into a checksum.
 */
struct vtep_remote {
	struct vtep_addr addr;
	__u32 ifindex;			/* device to send by, verified */
	__u32 flags;
	__u32 check_base;		/* see above: host-endian one's complement sum of be16 words */
	__be32 next_hop;		/* IPv4, on Ethernet: whose MAC address the packet is sent to */
	struct vtep_outer4 outer;	/* ttl, addresses, dport set; lengths, sport and VNI 0 */
};

/* members: (VNI, VTEP) -> may send to us and is sent to. Written by vtepd. */
struct vtep_member_key {
	__u32 vni;
	struct vtep_addr addr;
};

struct vtep_member {
	__u32 vtep;			/* slot in vteps */
	__u32 vni_slot;
	__u32 flags;			/* VTEP_MEMBER_* */
	__u32 holder;			/* whose entries these are, counted from VTEP_MAX_PORTS in holders */
};
#define VTEP_MEMBER_SEEDED	(1U << 0)	/* vtepd has seen to its flood entry once: not again, who deletes it means it */
#define VTEP_MEMBER_OURS	(1U << 1)	/* its flood entry was made by vtepd: undo at stop */

/* fdb: (VNI, MAC) -> where. Written by BPF (learned) and vtepd (static). */
struct vtep_fdb_key {
	__u32 vni;
	__u8 mac[6];
	__u16 pad;
};

struct vtep_fdb_where {
	__u32 slot;			/* in vteps (VTEP_FDB_REMOTE) or ports; VTEP_NO_SLOT: any VTEP, or this host */
	__u32 flags;			/* VTEP_FDB_* */
} __attribute__((aligned(8)));	/* read and written at once */

struct vtep_fdb {
	union {
		struct vtep_fdb_where where;
		__u64 word;		/* where, written at once */
	};
	__u32 seen;			/* tick of the last frame received from this MAC */
	__u32 changed;			/* tick when it was learned, moved or held down */
	__u32 moves;			/* tick when the first of them was; in its low bits how many since */
	__u16 home;			/* where it was before that one: slot, VTEP_HOME_REMOTE */
	__u16 member;			/* its member's holder, meant if remote */
};
#define VTEP_FDB_REMOTE		(1U << 0)	/* behind a VTEP, else local */
#define VTEP_FDB_STATIC_ENTRY	(1U << 1)	/* configured: never moves, ages or is evicted */
#define VTEP_FDB_HELD		(1U << 2)	/* moved too often: stays here for meta.hold_time */
#define VTEP_MOVES		0xffU		/* in `moves` */
#define VTEP_HOME_REMOTE	0x8000U

/*
 * holders: who has how many of the learned entries. First the ports by slot, then the members by
 * their `holder`, then the VNIs by slot, each of them the sum of its ports and members. Written by
 * BPF, lowered by whoever deletes, atomically; limits by vtepd.
 */
struct vtep_holder {
	__s32 learned;			/* a race of two moves may leave it wrong: the sweep counts anew */
	__u32 limit;			/* 0: none of its own */
	__u32 refused;			/* frames whose source found no room here */
	__u32 holders;			/* of a VNI: ports and members that have an entry */
};

/*
 * neigh: (VNI, IP address) -> MAC, as its host said. Written by BPF (snooped) and vtepd (aged out); only of
 * VNIs with VTEP_VNI_SUPPRESS.
 */
struct vtep_neigh_key {
	__u32 vni;
	struct vtep_addr addr;
};

struct vtep_neigh {
	__u8 mac[6];
	__u16 flags;			/* VTEP_NEIGH_* */
	__u32 seen;			/* tick of the last claim */
	__u32 changed;			/* tick when another MAC was last claimed to have it */
};
#define VTEP_NEIGH_ROUTER	(1U << 0)	/* its advertisements say so */
#define VTEP_MAX_NEIGH		16384U
#define VTEP_NEIGH_TICKS(s)	((__u32)((s) * 1000000000ULL >> VTEP_TICK_SHIFT))
#define VTEP_NEIGH_KEPT		VTEP_NEIGH_TICKS(30)	/* answered for no longer without a new claim */
#define VTEP_NEIGH_SETTLE	VTEP_NEIGH_TICKS(5)	/* nor sooner after another MAC has claimed it */
#define VTEP_NEIGH_FRESH	2048U			/* nor when the MAC has been silent for longer: 2.1 s; a busy
							   one's time stamp is up to 1.1 s late */

/*
 * flood: VNI slot -> array of __u32: [0] how many, then that many slots in vteps. No array: empty
 * list. A list is replaced whole, so that no frame sees half an edit. Written by vtepd.
 */

/*
 * flows: hash of (VTEP, outer source port) -> what of it the kernel decapsulates just now. Written
 * by BPF.
 */
struct vtep_flow {
	__s32 segments;			/* handed over by vtep_wg_rx and not yet seen by vtep_vx_rx */
	__u32 led;			/* tick of the last super-packet or bulk segment */
};

/*
 * gauge: one mapped entry. `learned` is raised by BPF and lowered by whoever deletes, both
 * atomically.
 */
struct vtep_gauge {
	__u64 epoch;			/* raised after every change of fdb or members: what was remembered is void */
	__u64 learned;			/* entries now */
	__u64 full;			/* frames whose source found no room, or its holder had its share */
	__u64 events_lost;		/* learned or moved, but the ring was full: the sweep finds them */
	__u64 holders;			/* ports and members that have an entry */
	__u64 held;			/* MACs held down so far */
	__u64 asked;			/* tick of the last VTEP_EVENT_REFUSED */
};

/*
 * counters: slot * VTEP_HOOK_MAX + hook -> packets and bytes per reason, per CPU. Written by BPF.
 */
enum vtep_hook {
	VTEP_HOOK_PORT_RX,
	VTEP_HOOK_VX_TX,
	VTEP_HOOK_VX_RX,
	VTEP_HOOK_WG_RX,
	VTEP_HOOK_MAX
};

/* events: ring buffer, from BPF to vtepd. */
enum vtep_event_type {
	VTEP_EVENT_LEARNED = 1,
	VTEP_EVENT_MOVED = 2,
	VTEP_EVENT_HELD = 3,		/* was to move once more: stays at, or goes back to `to` */
	VTEP_EVENT_REFUSED = 4		/* no room for an entry of one who has less than its share */
};

struct vtep_event {
	__u32 type;
	struct vtep_fdb_key key;
	struct vtep_fdb_where from;	/* of a move; the place held down frames come from; .slot: the refused one's member */
	struct vtep_fdb_where to;
};

_Static_assert(sizeof(struct vtep_addr) == 16, "vtep_addr");
_Static_assert(sizeof(struct vtep_meta) == 80, "vtep_meta");
_Static_assert(sizeof(struct vtep_iface) == 16, "vtep_iface");
_Static_assert(sizeof(struct vtep_port) == 16, "vtep_port");
_Static_assert(sizeof(struct vtep_vni) == 36, "vtep_vni");
_Static_assert(sizeof(struct vtep_outer4) == 36, "vtep_outer4");
_Static_assert(sizeof(struct vtep_remote) == 68, "vtep_remote");
_Static_assert(sizeof(struct vtep_member_key) == 20, "vtep_member_key");
_Static_assert(sizeof(struct vtep_fdb_key) == 12, "vtep_fdb_key");
_Static_assert(sizeof(struct vtep_fdb) == 24, "vtep_fdb");
_Static_assert(sizeof(struct vtep_holder) == 16, "vtep_holder");
_Static_assert(VTEP_MAX_PORTS < VTEP_HOME_REMOTE && VTEP_MAX_VTEPS < VTEP_HOME_REMOTE && VTEP_MAX_COUNTED <= 65536,
	       "slots fit struct vtep_fdb");
_Static_assert(sizeof(struct vtep_event) == 32, "vtep_event");
_Static_assert(sizeof(struct vtep_neigh_key) == 20, "vtep_neigh_key");
_Static_assert(sizeof(struct vtep_neigh) == 16, "vtep_neigh");

#endif

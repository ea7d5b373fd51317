/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object, loaded and configured by hand as vtepd would: two VNIs, four ports, remote VTEPs;
 * run by BPF_PROG_TEST_RUN or attached to the devices of wire.h.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <sys/mman.h>
#include <time.h>
#include <vtep/abi.h>
#include <vtep/reason.h>
#include "vtep.skel.h"
#include "frame.h"
#include "wire.h"

#define OBJECT_SLOTS	4		/* of VNIs; 0 is "none", the last is free */
#define VNI1		5001U		/* slot 1 */
#define VNI2		0xabcdefU	/* slot 2 */
#define LOCAL		0x0a090001U	/* 10.9.0.1 */
/*
 * Remote VTEPs are in 8.0.0.0/16: BPF_PROG_TEST_RUN takes bytes 12 and 13 for the EtherType, which
 * in an IP packet are the first half of the source address. 0x0800 makes such a packet "IPv4", as
 * it is on a device without MAC.
 */
#define REMOTE(n)	(0x08000001U + (n))	/* n: slot in vteps, from 1 */
#define NEXT_HOP	0x0a0900feU	/* 10.9.0.254, of every VTEP on Ethernet */
#define PORT_SLOT(i)	((i) + 1U)		/* of WIRE_PORT_* */
#define AGEING		(300U * 1000000000ULL >> VTEP_TICK_SHIFT)

struct object {
	struct vtep_bpf *skel;
	const struct wire *wire;
	int cpus;
	struct vtep_counters *percpu;
	struct vtep_holder *holders;	/* mapped */
	__u32 mtu;			/* of overlay and vxlan devices */
	bool ether;			/* the programs for Ethernet */
};

#define OBJECT_STATIC	4096	/* room for static entries beside the learned ones */

struct object_options {
	__u32 fdb_max;			/* learned ones; 0: 1024 */
	__u32 remotes;			/* VTEPs, members of both VNIs; 0: 3 */
	__u32 slots;			/* of VNIs in counters; 0: OBJECT_SLOTS */
	__u64 decap_l3;
	__u64 decap_gso;
	bool skb_state;
	__u32 mtu;			/* 0: WIRE_MTU */
	bool ether;			/* the underlay is eth0, else wg0 */
};

struct run {
	int verdict;			/* TC_ACT_* */
	__u32 mark;
	struct frame out;
};

static const __u8 mac_a[6] = { 0x02, 0, 0, 0, 0, 0x0a }, mac_b[6] = { 0x02, 0, 0, 0, 0, 0x0b };
static const __u8 mac_far[6] = { 0x02, 0, 0, 0, 1, 0x01 }, mac_new[6] = { 0x02, 0, 0, 0, 0xff, 0 };
static const __u8 mac_broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static inline void map_set(const struct bpf_map *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		tap_bail("map %s: %s", bpf_map__name(map), strerror(errno));
}

static inline __u32 tick(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (now.tv_sec * 1000000000ULL + now.tv_nsec) >> VTEP_TICK_SHIFT;
}

static inline struct vtep_fdb_where where_local(enum wire_device port)
{
	return (struct vtep_fdb_where){ .slot = PORT_SLOT(port) };
}

static inline struct vtep_fdb_where where_remote(__u32 slot)
{
	return (struct vtep_fdb_where){ .slot = slot, .flags = VTEP_FDB_REMOTE };
}

static inline struct vtep_fdb_key object_key(__u32 vni, const __u8 *mac)
{
	struct vtep_fdb_key key = { .vni = vni };

	memcpy(key.mac, mac, 6);
	return key;
}

static inline struct vtep_gauge object_gauge(const struct object *o)
{
	struct vtep_gauge g;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.gauge), &zero, &g))
		tap_bail("gauge: %s", strerror(errno));
	return g;
}

/* As vtepd does after a change: what the programs remember is void. */
static inline void object_void(const struct object *o)
{
	struct vtep_gauge g = object_gauge(o);
	__u32 zero = 0;

	g.epoch++;
	map_set(o->skel->maps.gauge, &zero, &g);
}

/* As learned now; `flags` may add VTEP_FDB_STATIC_ENTRY. The gauge is left alone. */
static inline void object_fdb(const struct object *o, __u32 vni, const __u8 *mac,
			      struct vtep_fdb_where where, __u32 flags)
{
	struct vtep_fdb_key key = object_key(vni, mac);
	struct vtep_fdb e = { .where = where, .seen = tick(), .changed = tick() };

	e.where.flags |= flags;
	map_set(o->skel->maps.fdb, &key, &e);
	object_void(o);
}

static inline bool object_fdb_get(const struct object *o, __u32 vni, const __u8 *mac,
				  struct vtep_fdb *e)
{
	struct vtep_fdb_key key = object_key(vni, mac);

	return !bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.fdb), &key, e);
}

static inline bool object_fdb_is(const struct object *o, __u32 vni, const __u8 *mac,
				 struct vtep_fdb_where where)
{
	struct vtep_fdb e;

	return object_fdb_get(o, vni, mac, &e) && e.where.slot == where.slot &&
	       e.where.flags == where.flags;
}

static inline void object_fdb_clear(const struct object *o)
{
	int fd = bpf_map__fd(o->skel->maps.fdb);
	struct vtep_gauge none = { .epoch = object_gauge(o).epoch + 1 };
	struct vtep_fdb_key key;
	__u32 zero = 0;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
	map_set(o->skel->maps.gauge, &zero, &none);
	for (__u32 i = 0; i < VTEP_HOLDERS(OBJECT_SLOTS); i++)
		if (o->holders[i].learned)
			o->holders[i].learned = o->holders[i].holders = 0;
}

/* Replaces the flood list of a VNI slot: VTEPs first … first + n - 1. */
static inline void object_flood(const struct object *o, __u32 slot, __u32 first, __u32 n)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "flood_list", 4, 4, n + 1, &opts);

	if (fd < 0)
		tap_bail("flood list: %s", strerror(errno));
	for (__u32 i = 0, value = n; i <= n; value = first + i++)
		if (bpf_map_update_elem(fd, &i, &value, BPF_ANY))
			tap_bail("flood list: %s", strerror(errno));
	map_set(o->skel->maps.flood, &slot, &fd);
	close(fd);
}

/* Counted for a port, a VTEP in a VNI, a VNI. */
static inline struct vtep_holder *object_port_holder(const struct object *o, enum wire_device i)
{
	return &o->holders[PORT_SLOT(i)];
}

static inline __u32 object_member_holder(__u32 vni_slot, __u32 remote)
{
	return (vni_slot * VTEP_MAX_VTEPS + remote) % VTEP_MAX_COUNTED;
}

static inline struct vtep_holder *object_remote_holder(const struct object *o, __u32 vni_slot, __u32 remote)
{
	return &o->holders[VTEP_MAX_PORTS + object_member_holder(vni_slot, remote)];
}

static inline struct vtep_holder *object_vni_holder(const struct object *o, __u32 vni_slot)
{
	return &o->holders[VTEP_MAX_PORTS + VTEP_MAX_COUNTED + vni_slot];
}

/* So many moves in so many seconds are too many; 0: never. */
static inline void object_hold(const struct object *o, __u32 moves, __u32 window, __u32 time)
{
	struct vtep_meta m;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.meta), &zero, &m))
		tap_bail("meta: %s", strerror(errno));
	m.hold_moves = moves;
	m.hold_window = moves ? window * 1000000000ULL >> VTEP_TICK_SHIFT : 0;
	m.hold_time = time * 1000000000ULL >> VTEP_TICK_SHIFT;
	map_set(o->skel->maps.meta, &zero, &m);
}

/* Is there a tunnel, as vtepd sees it? */
static inline void object_tunnel(const struct object *o, bool up, __u32 ifindex)
{
	struct vtep_meta m = { .abi = VTEP_ABI_VERSION, .flags = up ? VTEP_META_UP : 0, .wg_ifindex = ifindex };
	__u32 zero = 0;

	map_set(o->skel->maps.meta, &zero, &m);
}

static inline void object_iface(const struct object *o, const struct vtep_iface *iface)
{
	__u32 near = iface->ifindex & (VTEP_NEAR_IFACES - 1);

	map_set(o->skel->maps.ifaces, &iface->ifindex, iface);
	map_set(o->skel->maps.near_ifaces, &near, iface);
}

static inline void object_vni(const struct object *o, __u32 slot, __u32 vni, __u32 vx_ifindex,
			      __u32 flags)
{
	struct vtep_vni v = { .vni = vni, .vx_ifindex = vx_ifindex,
			      .flags = flags | VTEP_VNI_ROUTED,
			      .ageing = AGEING, .overlay_mtu = o->mtu, .vx_mtu = o->mtu, .vx_mac = { 0x02, 0, 0, 0, 0, 0xee } };
	struct vtep_iface iface = { .ifindex = vx_ifindex, .vni_slot = slot, .port_slot = VTEP_NO_SLOT };

	map_set(o->skel->maps.vnis, &slot, &v);
	map_set(o->skel->maps.vni_slots, &vni, &slot);
	if (vx_ifindex)
		object_iface(o, &iface);
	object_void(o);
}

static inline void object_port(const struct object *o, enum wire_device i, __u32 vni_slot,
			       __u32 flags)
{
	struct vtep_port port = { .ifindex = o->wire->ifindex[i],
				  .vni_slot = vni_slot,
				  .flags = flags };
	struct vtep_iface iface = { .ifindex = port.ifindex, .vni_slot = vni_slot, .port_slot = PORT_SLOT(i) };

	map_set(o->skel->maps.ports, &iface.port_slot, &port);
	object_iface(o, &iface);
	object_void(o);
}

static inline void object_member(const struct object *o, __u32 vni, __u32 vni_slot, __u32 remote)
{
	struct vtep_member_key key = { .vni = vni };
	struct vtep_member m = { .vtep = remote, .vni_slot = vni_slot,
				 .holder = object_member_holder(vni_slot, remote) };

	key.addr.word[2] = htonl(0xffff);
	key.addr.word[3] = htonl(REMOTE(remote));
	map_set(o->skel->maps.members, &key, &m);
	object_void(o);
}

/* A VTEP with its ready-made outer header; ifindex 0: no way to it. */
static inline void object_remote(const struct object *o, __u32 slot, __u32 ifindex)
{
	struct vtep_remote r = { .ifindex = ifindex };
	__u16 *word = (void *)&r.outer;

	r.next_hop = ifindex == o->wire->ifindex[WIRE_ETH] ? htonl(NEXT_HOP) : 0;
	r.addr.word[2] = htonl(0xffff);
	r.addr.word[3] = htonl(REMOTE(slot));
	r.outer = (struct vtep_outer4){
		.ihl_version = 0x45,
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(LOCAL),
		.daddr = htonl(REMOTE(slot)),
		.dport = htons(4789),
		.vx_flags = htonl(VTEP_VX_FLAG_I),
	};
	for (int i = 0; i < 10; i++)
		r.check_base += word[i];
	map_set(o->skel->maps.vteps, &slot, &r);
}

#endif

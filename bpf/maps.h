/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map, who writes it and who reads it; and the constants that vtepd sets between open and
 * load. Sizes given as 1 are set by vtepd before load. Included by all of bpf/.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <vtep/abi.h>
#include <vtep/reason.h>

const volatile __be16 vtep_udp_port;		/* VXLAN port */
const volatile __be32 vtep_local4;		/* our IPv4 VTEP address */
const volatile __u32 vtep_learned_max;		/* learned entries at most */
const volatile __u64 vtep_decap_l3;		/* BPF_F_ADJ_ROOM_DECAP_L3_IPV6 where the kernel has it, else 0 */
const volatile __u8 vtep_skb_state;		/* bpf_cast_to_kern_ctx() is there (6.2), and to be asked */
const volatile __u64 vtep_decap_gso;		/* BPF_F_ADJ_ROOM_DECAP_L4_UDP where the kernel has it, else 0 */

/* vtepd -> vtepd, vtepctl: whose pins these are. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vtep_meta);
} meta SEC(".maps");

/* vtepd -> programs: what the device is that the packet came by. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VTEP_MAX_PORTS + VTEP_MAX_VNIS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vtep_iface);
} ifaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTEP_NEAR_IFACES);
	__type(key, __u32);
	__type(value, struct vtep_iface);
} near_ifaces SEC(".maps");

/* vtepd -> programs, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTEP_MAX_PORTS);
	__type(key, __u32);
	__type(value, struct vtep_port);
} ports SEC(".maps");

/* vtepd -> programs, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTEP_MAX_VNIS);
	__type(key, __u32);
	__type(value, struct vtep_vni);
} vnis SEC(".maps");

/* vtepd -> programs (to tell an unknown VNI from an unknown VTEP): VNI -> slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VTEP_MAX_VNIS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} vni_slots SEC(".maps");

/* vtepd -> programs, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTEP_MAX_VTEPS);
	__type(key, __u32);
	__type(value, struct vtep_remote);
} vteps SEC(".maps");

/* vtepd -> programs, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VTEP_MAX_MEMBERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vtep_member_key);
	__type(value, struct vtep_member);
} members SEC(".maps");

/* vtepd -> programs, vtepctl. */
struct flood_list {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_INNER_MAP);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, VTEP_MAX_VNIS);
	__type(key, __u32);
	__array(values, struct flood_list);
} flood SEC(".maps");

/* programs (learned), vtepd (static, aged out) -> programs, vtepd, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct vtep_fdb_key);
	__type(value, struct vtep_fdb);
} fdb SEC(".maps");

/* programs (snooped), vtepd (aged out) -> programs, vtepd, vtepctl. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VTEP_MAX_NEIGH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vtep_neigh_key);
	__type(value, struct vtep_neigh);
} neigh SEC(".maps");

/* programs -> programs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTEP_FLOWS);
	__type(key, __u32);
	__type(value, struct vtep_flow);
} flows SEC(".maps");

/* programs, vtepd, vtepctl: who has how many entries of fdb; mapped into user space, changed atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vtep_holder);
} holders SEC(".maps");

/* programs, vtepd, vtepctl: the same. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct vtep_gauge);
} gauge SEC(".maps");

/* programs -> programs: see recent.h. */
struct recent {
	__u64 epoch;
	__u32 tick;
	__u32 mac[3];			/* destination and source, as they lie in the frame */
	__u32 place;
	__u32 from;
	__u32 vni_slot;
	__u32 slot;
};

#define RECENT_BITS	10

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << RECENT_BITS);
	__type(key, __u32);
	__type(value, struct recent);
} recents SEC(".maps");

/* programs -> programs: answers to frames for unknown MACs. */
struct answer {
	__u32 asked;			/* number of the last frame to be answered */
	__u32 given;			/* mark of the last answer */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answer);
} answers SEC(".maps");

/* programs -> vtepctl. For as many slots as are in use: 2.6 kB each, on every CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vtep_counters);
} counters SEC(".maps");

/* programs -> vtepd. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

#endif

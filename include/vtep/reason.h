/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet left a program: every exit is exactly one of these, so that for each hook
 * packets in = sum of all reasons. Shared by BPF (to count) and user space (to name).
 * Part of the ABI: append, never renumber.
 *
 * Kinds: SEND went where the program sent it; PASS went on to the kernel unchanged; DROP ended here.
 */
#ifndef VTEP_REASON_H
#define VTEP_REASON_H

#include "abi.h"

#define VTEP_REASONS(X)											\
	X(ENCAP,	"encap",	SEND,	"to a known remote MAC")				\
	X(FLOODED,	"flooded",	SEND,	"broadcast, multicast or unknown, one copy per VTEP")	\
	X(DELIVERED,	"delivered",	SEND,	"decapsulated, to the port of a known local MAC")	\
	X(BRIDGED,	"bridged",	SEND,	"decapsulated, to the bridge")				\
	X(FORWARDED,	"forwarded",	SEND,	"decapsulated by the kernel, to the port of a known MAC")	\
	X(BUM,		"bum",		PASS,	"broadcast, multicast or unknown: the kernel floods it") \
	X(LOCAL,	"local",	PASS,	"for this host or another local port")			\
	X(LEARNED,	"learned",	PASS,	"new or moved source: shown to the bridge once")	\
	X(NOT_FORWARDING, "not-forwarding", PASS, "port without fast path: STP state or VLAN filtering") \
	X(LINK_LOCAL,	"link-local",	PASS,	"01:80:c2:00:00:0x at a port")				\
	X(VLAN,		"vlan",		PASS,	"tagged: the kernel's path carries it")			\
	X(NESTED,	"nested",	PASS,	"already encapsulated: the kernel's path carries it")	\
	X(SUPER,	"super-packet",	PASS,	"GRO packet: decapsulated by the kernel's vxlan")	\
	X(IN_ORDER,	"in-order",	PASS,	"follows a super-packet of its flow on the kernel's path") \
	X(BULK,		"bulk",		PASS,	"large TCP segment: the kernel's path merges it with the next")	\
	X(NOT_OURS,	"not-ours",	PASS,	"no VXLAN to our address and port")			\
	X(VNI_UNKNOWN,	"vni-unknown",	PASS,	"VXLAN for a VNI that is not ours")			\
	X(TO_BRIDGE,	"to-bridge",	PASS,	"proved to come from the tunnel, for the bridge to deliver") \
	X(ROOM,		"room",		PASS,	"the kernel refused to make or take room: its own path carries it") \
	X(SRC_INVALID,	"src-invalid",	DROP,	"source MAC multicast or zero")				\
	X(SRC_OWN,	"src-own",	DROP,	"source MAC is this host's own")			\
	X(SRC_STATIC,	"src-static",	DROP,	"source MAC is configured to be elsewhere")		\
	X(RUNT,		"runt",		DROP,	"shorter than an Ethernet header")			\
	X(MALFORMED,	"malformed",	DROP,	"outer headers lie about length, options or fragments")	\
	X(FRAGMENT,	"fragment",	DROP,	"first outer fragment: the rest could come from anywhere")	\
	X(VX_FLAGS,	"vxlan-flags",	DROP,	"I flag missing or reserved bits set")			\
	X(VTEP_UNKNOWN,	"vtep-unknown",	DROP,	"outer source is no VTEP of this VNI")			\
	X(UNPROVED,	"unproved",	DROP,	"reached the vxlan device without coming through the tunnel") \
	X(SPLIT_HORIZON, "split-horizon", DROP,	"from the tunnel, for a MAC behind the tunnel")		\
	X(STAYS,	"stays",	DROP,	"for a MAC on this side: nothing to send")		\
	X(NO_FLOOD,	"no-flood",	DROP,	"to be flooded, but no VTEP is in the flood list")	\
	X(RESERVED_MAC,	"reserved-mac",	DROP,	"01:80:c2:00:00:0x does not cross the tunnel")		\
	X(NO_TUNNEL,	"no-tunnel",	DROP,	"no WireGuard device to send by, or no route by it")			\
	X(HELPER,	"helper-failed", DROP,	"the kernel refused to change the packet")		\
	X(GONE,		"gone",		DROP,	"configuration went away under the packet")		\
	X(OVERSIZE,	"oversize",	SEND,	"larger than the overlay's MTU: the underlay fragments it")	\
	X(TOO_BIG,	"too-big",	PASS,	"larger than that and not to be fragmented: its sender is told") \
	X(UNVERIFIED,	"unverified",	PASS,	"outer checksum or trailer on Ethernet: the kernel's path sees to it") \
	X(NOT_FRAGMENTED, "not-fragmented", DROP, "larger than an Ethernet underlay carries, where nobody fragments it") \
	X(LOCKED,	"locked",	PASS,	"source not configured at a locked port: the bridge judges it") \
	X(OVERSIZE_DROPPED, "oversize-dropped", DROP, "larger than the overlay's MTU, and Oversize = drop") \
	X(ANSWERED,	"answered",	DROP,	"the same answer once more: one for each VTEP") \
	X(HELD,		"held",		DROP,	"source MAC moved too often: held where it was") \
	X(SUPPRESSED,	"suppressed",	SEND,	"ARP or ND for a host behind the tunnel: answered here")	\
	X(ASKED,	"asked",	PASS,	"ARP or ND that is not answered here: the kernel floods it") \
	X(RELAYED,	"relayed",	SEND,	"from one VTEP to another, which the VNI is a hub for") \
	X(RELAY_LOOP,	"relay-loop",	DROP,	"relayed by so many hubs that they must be a circle")

#define VTEP_REASON_ENUM(id, name, kind, text)	VTEP_R_##id,
enum vtep_reason {
	VTEP_REASONS(VTEP_REASON_ENUM)
	VTEP_REASON_MAX
};
#undef VTEP_REASON_ENUM

struct vtep_count {
	__u64 packets;
	__u64 bytes;
};

struct vtep_counters {
	struct vtep_count reason[VTEP_REASON_MAX];
};

#endif

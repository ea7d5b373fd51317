/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One packet's walk through one program, and its only ways out: pass, drop, sent. Each counts its
 * reason, so that packets in = the sum of all reasons. Included by whatever ends a walk.
 */
#ifndef BPF_COUNT_H
#define BPF_COUNT_H

#include <stdbool.h>
#include <linux/pkt_cls.h>
#include "maps.h"

struct walk {
	struct __sk_buff *skb;
	enum vtep_hook hook;
	bool ether;			/* the underlay is Ethernet, else WireGuard: known when compiled */
	__u32 vni_slot;			/* 0 until the VNI is known */
	__u32 vni;
	__u32 ageing;			/* ticks, 0: never */
	__u32 vni_flags;		/* VTEP_VNI_* */
	__u16 member;			/* holder of the sender in this VNI, from the tunnel */
	__u32 mtu;			/* of an IP packet in the overlay, bytes */
	__u32 now;			/* tick */
};

static __always_inline void count(const struct walk *w, enum vtep_reason reason, __u32 bytes)
{
	__u32 key = w->vni_slot * VTEP_HOOK_MAX + w->hook;
	struct vtep_counters *c = bpf_map_lookup_elem(&counters, &key);

	if (c) {
		c->reason[reason].packets++;
		c->reason[reason].bytes += bytes;
	}
}

/*
 * On to the next program of the hook, and to the kernel: never "accept", other tools' filters come
 * after us.
 */
static __always_inline int walk_pass(const struct walk *w, enum vtep_reason reason)
{
	count(w, reason, w->skb->len);
	return TC_ACT_UNSPEC;
}

static __always_inline int walk_drop(const struct walk *w, enum vtep_reason reason)
{
	count(w, reason, w->skb->len);
	return TC_ACT_SHOT;
}

/* bytes: of the inner frame; verdict: what bpf_redirect() returned. */
static __always_inline int walk_sent(const struct walk *w, enum vtep_reason reason, __u32 bytes,
				     int verdict)
{
	count(w, reason, bytes);
	return verdict;
}

/*
 * What a function that the verifier takes by itself hands back: a verdict, or in the lower half the
 * slot or device to go on with, and above it the slot of the VNI.
 */
#define DECIDED_SEND	(1ULL << 32)
#define DECIDED_RELAY	(1ULL << 33)
#define DECIDED_CHANGED	(1ULL << 34)
#define DECIDED_SHIFT	40		/* of the VNI's slot */

static __always_inline __u64 decided(int verdict)
{
	return (__u32)verdict;
}

#endif

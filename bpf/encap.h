/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To the overlay: outer headers in front of an inner frame, and out by the underlay's device (RFC
 * 7348 section 5).
 */
#ifndef BPF_ENCAP_H
#define BPF_ENCAP_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include "count.h"
#include "mss.h"
#include "mtu.h"
#include "room.h"

#define ENCAP_AF_INET	2

/* Of a packet with its outer headers: no underlay that vtepd takes has a smaller MTU. */
#define ENCAP_ALWAYS_FITS	(ETH_HLEN + ROOM4 + 576)

/* What the outer headers of one frame share, whichever VTEP it goes to. */
struct encap {
	struct ethhdr inner __attribute__((aligned(4)));
	__u16 pad;
	__u32 vni;
	__u32 hash;			/* of the inner flow */
};

static __always_inline struct vtep_remote *encap_remote(__u32 slot)
{
	struct vtep_remote *r = bpf_map_lookup_elem(&vteps, &slot);

	return r && r->ifindex ? r : NULL;
}

static __always_inline __be16 encap_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* RFC 7348 section 5: from the dynamic range, one flow one port. */
static __always_inline __be16 encap_sport(__u32 hash)
{
	return bpf_htons(0xc000 | ((hash ^ hash >> 16) & 0x3fff));
}

/*
 * The outer headers of a packet that has room for them. The UDP checksum is 0: WireGuard
 * authenticates the packet, and GSO of a tunnel with checksum would need one for each segment. DF
 * is not set, so a router inside the tunnel may fragment: then the identification must differ from
 * packet to packet (RFC 6864).
 */
static __always_inline int encap_write(struct __sk_buff *skb, const struct encap *e,
				       const struct vtep_remote *r)
{
	struct vtep_outer4 *h = pkt_data(skb) + ETH_HLEN;	/* the device makes that anew, or has none */
	struct ethhdr *inner = (void *)(h + 1);
	__u16 tot_len = skb->len - ETH_HLEN;
	__be16 id = (__be16)bpf_get_prandom_u32();

	if ((void *)(inner + 1) > pkt_end(skb))
		return -1;
	*h = r->outer;
	h->tot_len = bpf_htons(tot_len);
	h->id = id;
	h->check = encap_fold(r->check_base + bpf_htons(tot_len) + id);
	h->sport = encap_sport(e->hash);
	h->udp_len = bpf_htons(tot_len - sizeof(struct iphdr));
	h->vx_vni = bpf_htonl(e->vni << 8);
	eth_copy(inner, &e->inner);
	return 0;
}

/* Makes room and fills *e. 0, or -errno with the packet as it was. */
static __always_inline int encap_begin(const struct walk *w, struct encap *e, const struct ethhdr *inner)
{
	int err;

	eth_copy(&e->inner, inner);
	e->pad = 0;
	e->vni = w->vni;
	e->hash = bpf_get_hash_recalc(w->skb);
	err = room_make4(w->skb, &e->inner);
	if (!w->ether && !err && w->hook == VTEP_HOOK_VX_TX)
		room_forget_route(w->skb);
	return err;
}

/*
 * The kernel's vxlan device carries it, by the host's routes to the VTEPs: only while vtepd has seen
 * that they lead into the tunnel, and the tunnel is there. At a port the bridge is next, and
 * vtep_vx_tx asks again.
 */
static __always_inline int encap_by_kernel(const struct walk *w, enum vtep_reason reason)
{
	__u32 zero = 0, mtu = 0;
	struct vtep_meta *m;

	if (w->hook != VTEP_HOOK_VX_TX)
		return walk_pass(w, reason);
	m = bpf_map_lookup_elem(&meta, &zero);
	if (!m || !(m->flags & VTEP_META_UP) || !(w->vni_flags & VTEP_VNI_ROUTED) ||
	    bpf_check_mtu(w->skb, m->wg_ifindex, &mtu, 0, 0) == -ENODEV)
		return walk_drop(w, VTEP_R_NO_TUNNEL);
	return walk_pass(w, reason);
}

static __always_inline int encap_refused(const struct walk *w, int err)
{
	return encap_by_kernel(w, err == -EALREADY ? VTEP_R_NESTED : VTEP_R_ROOM);
}

/*
 * Too large, and not to be fragmented: the vxlan device answers by its own ingress, where the proof
 * lets that in. A port sends it there past the bridge, which would drop it.
 */
static __always_inline int encap_refuse(const struct walk *w, __u32 proof)
{
	__u32 slot = w->vni_slot;
	struct vtep_vni *vni;

	if (w->hook == VTEP_HOOK_VX_TX) {
		w->skb->mark = proof;
		return encap_by_kernel(w, VTEP_R_TOO_BIG);
	}
	vni = bpf_map_lookup_elem(&vnis, &slot);
	if (!vni || !vni->vx_ifindex)
		return walk_drop(w, VTEP_R_GONE);
	return walk_sent(w, VTEP_R_TOO_BIG, w->skb->len, bpf_redirect(vni->vx_ifindex, 0));
}

/* WireGuard may fragment what it made, Ethernet can't. Segments count, not the super-packet. */
static __always_inline bool encap_fits(const struct walk *w, const struct vtep_remote *r)
{
	__u32 mtu = 0;

	return !w->ether || w->skb->len <= ENCAP_ALWAYS_FITS ||
	       bpf_check_mtu(w->skb, r->ifindex, &mtu, 0, BPF_MTU_CHK_SEGS) <= 0;
}

/*
 * On Ethernet the kernel resolves the next hop and writes the header: to a next hop that vtepd
 * knows. Left to find one itself it would look up the route for each packet, and before Linux 6.18
 * lose the reference to a route that the packet has already.
 */
static __always_inline int encap_leave(const struct walk *w, const struct vtep_remote *r)
{
	struct bpf_redir_neigh next = { .nh_family = ENCAP_AF_INET };

	if (!w->ether)
		return bpf_redirect(r->ifindex, 0);
	next.ipv4_nh = r->next_hop;
	return bpf_redirect_neigh(r->ifindex, &next, sizeof(next), 0);
}

/* One frame to one VTEP. `inner` points into the packet. */
static __always_inline int encap_send(const struct walk *w, const struct ethhdr *inner, __u32 slot)
{
	struct vtep_remote *r = encap_remote(slot);
	__u32 bytes = w->skb->len;
	enum vtep_reason reason = VTEP_R_ENCAP;
	struct mss_syn syn;
	struct encap e;
	int err;

	if (!r)
		return walk_drop(w, VTEP_R_NO_TUNNEL);
	if (!mtu_fits(w)) {
		enum mtu_fate fate = mtu_judge(w, inner);

		if (fate == MTU_ANSWERED)
			return encap_refuse(w, VTEP_PROOF | VTEP_PROOF_BRIDGE);
		if (fate == MTU_CARRIED) {
			if (w->vni_flags & VTEP_VNI_OVERSIZE_DROP)
				return walk_drop(w, VTEP_R_OVERSIZE_DROPPED);
			reason = VTEP_R_OVERSIZE;
		}
	}
	if (mss_find(w->skb, inner, &syn)) {
		mss_clamp(w->skb, &syn, w->mtu);
		inner = pkt_head(w->skb, sizeof(*inner));
		if (!inner)
			return walk_drop(w, VTEP_R_HELPER);
	}
	err = encap_begin(w, &e, inner);
	if (err)
		return encap_refused(w, err);
	if (!encap_fits(w, r))
		return walk_drop(w, VTEP_R_NOT_FRAGMENTED);
	if (encap_write(w->skb, &e, r))
		return walk_drop(w, VTEP_R_HELPER);
	return walk_sent(w, reason, bytes, encap_leave(w, r));
}

#endif

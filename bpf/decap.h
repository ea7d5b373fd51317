/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the overlay: is this VXLAN for us, is it sound, may its sender send it (RFC 7348 section 4;
 * the header rules are vxlan_rcv()'s). Nothing is changed here: a packet that is not ours leaves as
 * it came.
 */
#ifndef BPF_DECAP_H
#define BPF_DECAP_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include "count.h"
#include "pkt.h"

#define DECAP_MF	0x2000		/* more fragments */
#define DECAP_OFFSET	0x1fff

enum decap_kind {
	DECAP_OURS,			/* whole */
	DECAP_FRAGMENT,			/* the first of several */
	DECAP_MALFORMED,
	DECAP_NOT_OURS
};

/*
 * UDP to our VTEP address and port? IHL is looked at only after that, so that a packet with options
 * is malformed when it is ours and untouched when it is not. Later fragments have no UDP header:
 * they pass, and wait in vain for a first one: reassembly asks nobody which device a part came by,
 * so a proof on the first would let in what the underlay added.
 */
static __always_inline enum decap_kind decap_classify(struct __sk_buff *skb, bool ether)
{
	struct iphdr *ip = pkt_head(skb, pkt_link(ether) + sizeof(*ip) + sizeof(struct udphdr));
	struct udphdr *udp;
	__be16 dport;
	__u16 frag;

	if (!ip)
		return DECAP_NOT_OURS;
	ip = (void *)ip + pkt_link(ether);
	if (ip->protocol != IPPROTO_UDP || ip->daddr != vtep_local4)
		return DECAP_NOT_OURS;
	frag = bpf_ntohs(ip->frag_off);
	if (frag & DECAP_OFFSET)
		return DECAP_NOT_OURS;
	if (ip->ihl == 5) {
		udp = (void *)(ip + 1);
		if (udp->dest != vtep_udp_port)
			return DECAP_NOT_OURS;
		return frag & DECAP_MF ? DECAP_FRAGMENT : DECAP_OURS;
	}
	if (ip->ihl < 5 || bpf_skb_load_bytes(skb, ip->ihl * 4 + offsetof(struct udphdr, dest) +
					      pkt_link(ether), &dport, sizeof(dport)))
		return DECAP_NOT_OURS;
	return dport == vtep_udp_port ? DECAP_MALFORMED : DECAP_NOT_OURS;
}

/* RFC 1071, of a header without options. */
static __always_inline bool decap_header_whole(const struct vtep_outer4 *h)
{
	const __u32 *word = (const void *)h;
	__u64 sum = (__u64)word[0] + word[1] + word[2] + word[3] + word[4];

	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

/*
 * Lengths that say what is there. WireGuard has proved more than checksums could; on Ethernet the
 * header's is ours to look at, and a trailer may follow the packet.
 */
static __always_inline bool decap_sound(const struct __sk_buff *skb, const struct vtep_outer4 *h, bool ether)
{
	__u32 tot_len = bpf_ntohs(h->tot_len), udp_len = bpf_ntohs(h->udp_len);

	if (ether && (tot_len < sizeof(*h) + ETH_HLEN || !decap_header_whole(h)))
		return false;
	return (ether ? tot_len <= skb->len - ETH_HLEN : tot_len == skb->len) &&
	       udp_len == tot_len - sizeof(struct iphdr);
}

/*
 * On Ethernet: a UDP checksum that the NIC has not verified, or a trailer. That is the kernel's
 * work, which is not worth doing here again.
 */
static __always_inline bool decap_unverified(struct __sk_buff *skb, const struct vtep_outer4 *h)
{
	return bpf_ntohs(h->tot_len) != skb->len - ETH_HLEN ||
	       (h->udp_check && bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY) < 0);
}

/*
 * The sender's slot in vteps, and the walk's VNI. Not a member: VTEP_REASON_MAX is returned for "go
 * on", or the reason and in *drop whether it is ours to drop: a VNI that we don't know may be
 * another device's.
 */
static __always_inline enum vtep_reason decap_sender(struct walk *w, const struct vtep_outer4 *h,
						     __u32 *vtep, bool *drop)
{
	struct vtep_member_key key = { .vni = bpf_ntohl(h->vx_vni) >> 8 };
	struct vtep_member *m;
	struct vtep_vni *vni;
	__u32 slot, *known;

	key.addr.word[2] = bpf_htonl(0xffff);
	key.addr.word[3] = h->saddr;
	m = bpf_map_lookup_elem(&members, &key);
	if (!m) {
		known = bpf_map_lookup_elem(&vni_slots, &key.vni);
		*drop = known;
		if (known)
			w->vni_slot = *known;
		return known ? VTEP_R_VTEP_UNKNOWN : VTEP_R_VNI_UNKNOWN;
	}
	slot = m->vni_slot;
	*vtep = m->vtep;
	*drop = true;
	vni = bpf_map_lookup_elem(&vnis, &slot);
	if (!vni || vni->vni != key.vni)
		return VTEP_R_GONE;
	w->member = m->holder;
	w->vni_slot = slot;
	w->vni = key.vni;
	w->ageing = vni->ageing;
	w->vni_flags = vni->flags;
	w->mtu = vni->overlay_mtu;
	return VTEP_REASON_MAX;
}

#endif

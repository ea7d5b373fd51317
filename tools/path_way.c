// SPDX-License-Identifier: GPL-2.0-only
/* vtepctl path: the way to one VTEP, as WireGuard and the kernel's routes would choose it. */
#include <string.h>

#include "link.h"
#include "path.h"

#define IP4		20
#define IP6		40
#define UDP		8
#define VXLAN		8
#define ETHERNET	14
#define TRANSPORT	32		/* WireGuard's header and authentication, struct message_data */
#define PADDING		16		/* MESSAGE_PADDING_MULTIPLE */

static const struct wg_allowed_ip *allowed_find(const struct wg_peer *peer, const struct vtep_addr *addr)
{
	const struct wg_allowed_ip *best = NULL;
	size_t i;

	for (i = 0; peer && i < peer->n_allowed; i++) {
		const struct wg_allowed_ip *ip = &peer->allowed[i];

		if (addr_in_prefix(addr, &ip->addr, ip->prefix) && (!best || ip->prefix > best->prefix))
			best = ip;
	}
	return best;
}

static bool endpoint_addr(const struct wg_peer *peer, struct vtep_addr *out)
{
	const struct wg_endpoint *at = &peer->at;

	if (at->sa.sa_family == AF_INET)
		*out = addr_from4(at->in.sin_addr.s_addr);
	else if (at->sa.sa_family == AF_INET6)
		memcpy(out, &at->in6.sin6_addr, sizeof(*out));
	else
		return false;
	return true;
}

/* Where the underlay's packets go. False: it is not known. */
static bool underlay_addr(const struct session *s, struct path_way *way, struct vtep_addr *out)
{
	if (s->in.meta.flags & VTEP_META_ETHERNET) {
		*out = way->vtep->addr;
		return true;
	}
	way->peer = way->vtep->peer;
	way->allowed = allowed_find(way->peer, &way->vtep->addr);
	if (!s->wg)
		way->lost = "the kernel tells no peers";
	else if (!way->peer)
		way->lost = "no peer has it in its AllowedIPs";
	else if (!endpoint_addr(way->peer, out))
		way->lost = "its endpoint is unknown until it speaks";
	return !way->lost;
}

static const char *find_hop(struct session *s, struct path_way *way, const struct vtep_addr *addr)
{
	struct link link;

	if (route_hop(&s->nl, addr, s->wg ? s->wg->fwmark : 0, &way->hop) || !way->hop.oif)
		return "no route to it";
	if (link_get(&s->nl, way->hop.oif, &link))
		return "its device is gone";
	strcpy(way->ifname, link.name);
	if (way->hop.oif == (int)s->in.meta.wg_ifindex && !(s->in.meta.flags & VTEP_META_ETHERNET))
		return "the route to its endpoint leads into the tunnel itself";
	return link.flags & IFF_UP ? NULL : "its device is down";
}

void path_way_find(struct session *s, const struct session_vtep *vtep, struct path_way *out)
{
	struct link tunnel;
	struct vtep_addr addr;

	*out = (struct path_way){ .vtep = vtep };
	if (!vtep) {
		out->lost = "its VTEP is no longer known";
		return;
	}
	out->vxlan = (addr_is4(&vtep->addr) ? IP4 : IP6) + UDP + VXLAN + ETHERNET;
	if (link_get(&s->nl, s->in.meta.wg_ifindex, &tunnel) || !(tunnel.flags & IFF_UP)) {
		out->lost = "the tunnel's device is down";
		return;
	}
	if (!underlay_addr(s, out, &addr))
		return;
	if (out->peer)
		out->wireguard = (addr_is4(&addr) ? IP4 : IP6) + UDP + TRANSPORT;
	out->lost = find_hop(s, out, &addr);
}

/* calculate_skb_padding() */
static __u32 padded(__u32 len, __u32 mtu)
{
	__u32 last = mtu && len > mtu ? len % mtu : len, to = (last + PADDING - 1) / PADDING * PADDING;

	return len - last + (mtu && to > mtu ? mtu : to);
}

__u32 path_way_bytes(const struct path_way *way, __u32 size, __u32 tunnel_mtu)
{
	__u32 len = size + way->vxlan;

	return way->wireguard ? padded(len, tunnel_mtu) + way->wireguard : len;
}

__u32 path_way_packets(const struct path_way *way, __u32 bytes)
{
	bool ip6 = way->wireguard ? way->wireguard > IP4 + UDP + TRANSPORT : !addr_is4(&way->vtep->addr);
	__u32 header = ip6 ? IP6 : IP4, room;

	if (bytes <= way->hop.mtu || way->hop.mtu < header + 16)
		return 1;
	room = (way->hop.mtu - header - (ip6 ? 8 : 0)) / 8 * 8;	/* with IPv6 a fragment header each */
	return (bytes - header + room - 1) / room;
}

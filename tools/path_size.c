// SPDX-License-Identifier: GPL-2.0-only
/* vtepctl path: what fits, and what becomes of what does not (bpf/mtu.h decides the same). */
#include <stdio.h>

#include "link.h"
#include "path.h"
#include "path_size.h"

#define VLAN	4U		/* the bridge leaves room for a tag: is_skb_forwardable() */

static const char *const names[] = {
	[PATH_SENT] = "sent", [PATH_CARRIED] = "carried", [PATH_ANSWERED] = "answered", [PATH_DROPPED] = "dropped",
	[PATH_LOCAL] = "local", [PATH_LOST] = "lost",
};

const char *path_fate_name(enum path_end end)
{
	return names[end];
}

static bool goes_anywhere(const struct path_way *ways, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ways[i].lost)
			return true;
	return false;
}

static enum path_end local_end(struct session *s, const struct path_target *t, __u32 size)
{
	struct link port;

	if (t->place == PATH_HOST)
		return PATH_LOCAL;
	if (!t->port || link_get(&s->nl, t->port->ifindex, &port) || !(port.flags & IFF_UP))
		return PATH_LOST;
	return size > port.mtu + VLAN ? PATH_DROPPED : PATH_LOCAL;
}

void path_fate_find(struct session *s, const struct path_target *t, const struct path_way *ways, size_t n, __u32 size,
		    struct path_fate *out)
{
	const struct vtep_vni *v = &t->v->vni;
	__u32 flags = s->in.meta.flags;

	if (t->place == PATH_PORT || t->place == PATH_HOST) {
		out->may = out->must_not = local_end(s, t, size);
	} else if (t->place == PATH_STAYS || !goes_anywhere(ways, n)) {
		out->may = out->must_not = PATH_LOST;
	} else if (size <= v->overlay_mtu) {
		out->may = out->must_not = PATH_SENT;
	} else if (flags & VTEP_META_OFF && size > v->vx_mtu + VLAN) {
		out->may = out->must_not = PATH_DROPPED;	/* by the bridge, at the vxlan device */
	} else {
		out->may = v->flags & VTEP_VNI_OVERSIZE_DROP && !(flags & VTEP_META_OFF) ? PATH_DROPPED :
			   flags & VTEP_META_ETHERNET ? PATH_DROPPED : PATH_CARRIED;
		out->must_not = t->place == PATH_GROUP ? out->may : PATH_ANSWERED;
	}
}

static const char *sentence(enum path_end end)
{
	switch (end) {
	case PATH_CARRIED:
		return "carried, in fragments of the underlay where it must be";
	case PATH_ANSWERED:
		return "its sender is told: ICMP fragmentation needed, ICMPv6 packet too big";
	case PATH_DROPPED:
		return "dropped";
	default:
		return "sent";
	}
}

static void print_underlay(const struct path_way *ways, size_t n, __u32 tunnel_mtu, __u32 size)
{
	size_t i;

	for (i = 0; i < n; i++) {
		__u32 bytes = path_way_bytes(&ways[i], size, tunnel_mtu), packets;

		if (ways[i].lost)
			continue;
		packets = path_way_packets(&ways[i], bytes);
		printf("  size: %u bytes of IP, %u on %s%s\n", size, bytes, ways[i].ifname,
		       packets > 1 ? " in fragments: its MTU is smaller" : "");
		return;			/* the others are alike */
	}
}

void path_size_print(const struct session *s, const struct path_target *t, const struct path_way *ways, size_t n,
		     __u32 tunnel_mtu, __u32 size, const struct path_fate *fate)
{
	__u32 mtu = t->v->vni.overlay_mtu;

	if (s->opt->oneline) {
		printf("size\t%u\t%u\t%s\t%s\n", size, mtu, names[fate->may], names[fate->must_not]);
		return;
	}
	if ((t->place == PATH_UNKNOWN || t->place == PATH_GROUP) && !n)
		printf("  flooded to nobody: the flood list is empty\n");
	if (fate->may == PATH_LOST)
		return;
	if (fate->may == PATH_LOCAL || (fate->may == PATH_DROPPED && t->place == PATH_PORT)) {
		if (fate->may == PATH_DROPPED)
			printf("  size: %u exceeds the port's MTU: the bridge drops it\n", size);
		return;
	}
	if (!size) {
		printf("  size: up to %u bytes of IP in one piece\n", mtu);
	} else if (size <= mtu) {
		print_underlay(ways, n, tunnel_mtu, size);
	} else {
		printf("  size: %u exceeds overlay MTU %u by %u\n", size, mtu, size - mtu);
		if (fate->may == fate->must_not)
			printf("        %s%s\n", sentence(fate->may),
			       s->in.meta.flags & VTEP_META_OFF ? " by the bridge" : "");
		else
			printf("        not to be fragmented (DF, IPv6): %s\n        else: %s\n", sentence(fate->must_not),
			       sentence(fate->may));
	}
}

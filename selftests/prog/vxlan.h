/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real vxlan device in place of vx1: the host receives on wg0 what vtep_wg_rx leaves to the
 * kernel, and vtep_vx_rx meets it at vxlan1.
 */
#ifndef VXLAN_H
#define VXLAN_H

#include <linux/rtnetlink.h>
#include "bench.h"

static inline void *vxlan_attr(struct nlmsghdr *nlh, __u16 type, const void *data, size_t len)
{
	struct rtattr *rta = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	if (data)
		memcpy(RTA_DATA(rta), data, len);
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + RTA_ALIGN(rta->rta_len);
	return rta;
}

static inline void vxlan_attr_end(struct nlmsghdr *nlh, void *nest)
{
	((struct rtattr *)nest)->rta_len = (char *)nlh + nlh->nlmsg_len - (char *)nest;
}

/* ip link add vxlan1 type vxlan id VNI1 dstport 4789 nolearning; its index. */
static inline __u32 vxlan_create(const struct wire *w)
{
	struct { struct nlmsghdr nlh; struct ifinfomsg ifi; char attrs[256];
	} msg = {
		.nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
	};
	struct { struct nlmsghdr nlh; struct nlmsgerr err; char more[512]; } reply = {};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	__be16 port = htons(4789);
	__u32 vni = VNI1;
	__u8 no = 0;
	void *info, *data;

	vxlan_attr(&msg.nlh, IFLA_IFNAME, "vxlan1", 7);
	info = vxlan_attr(&msg.nlh, IFLA_LINKINFO, NULL, 0);
	vxlan_attr(&msg.nlh, IFLA_INFO_KIND, "vxlan", 5);
	data = vxlan_attr(&msg.nlh, IFLA_INFO_DATA, NULL, 0);
	vxlan_attr(&msg.nlh, IFLA_VXLAN_ID, &vni, sizeof(vni));
	vxlan_attr(&msg.nlh, IFLA_VXLAN_PORT, &port, sizeof(port));
	vxlan_attr(&msg.nlh, IFLA_VXLAN_LEARNING, &no, sizeof(no));
	vxlan_attr_end(&msg.nlh, data);
	vxlan_attr_end(&msg.nlh, info);
	if (send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0 || recv(fd, &reply, sizeof(reply), 0) < 0)
		tap_bail("vxlan1: %s", strerror(errno));
	close(fd);
	if (reply.err.error == -EOPNOTSUPP)
		tap_skip_all("no vxlan device in this kernel");
	if (reply.err.error)
		tap_bail("vxlan1: %s", strerror(-reply.err.error));
	wire_request(w, "vxlan1", SIOCSIFFLAGS, IFF_UP);
	return if_nametoindex("vxlan1");
}

/*
 * Gives wg0 our VTEP address, makes the device and VNI 1 its own; the object is loaded, not yet
 * used.
 */
static inline void vxlan_open(const struct object *o)
{
	struct ifreq ifr = { .ifr_name = "wg0" };
	struct sockaddr_in *address = (void *)&ifr.ifr_addr;
	__u32 ifindex;

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(LOCAL) };
	if (ioctl(o->wire->control, SIOCSIFADDR, &ifr))
		tap_bail("wg0: address: %s", strerror(errno));
	wire_write_file("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
	wire_write_file("/proc/sys/net/ipv4/conf/wg0/rp_filter", "0");
	ifindex = vxlan_create(o->wire);
	object_vni(o, 1, VNI1, ifindex, VTEP_VNI_LEARNING);
	bench_attach_one(o->skel->progs.vtep_vx_rx, ifindex, false);
}

#endif

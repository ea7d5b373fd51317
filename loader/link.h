/* SPDX-License-Identifier: GPL-2.0-only */
/* Network devices by rtnetlink: what stands, and vxlan, bridge and port settings. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>
#include <vtep/abi.h>

struct nl;

enum link_kind { LINK_OTHER, LINK_WIREGUARD, LINK_VXLAN, LINK_BRIDGE, LINK_VRF };

/* One device as RTM_GETLINK tells it. */
struct link {
	int ifindex;
	char name[IFNAMSIZ];
	enum link_kind kind;
	uint16_t type;			/* ARPHRD_* */
	uint32_t mtu;
	uint32_t flags;			/* IFF_* */
	int master;			/* ifindex of the bridge it is a port of, else 0 (other masters don't count) */
	uint8_t mac[6];
	bool ours;			/* its alias is LINK_OURS */
	uint32_t group;
	/* IFLA_INFO_SLAVE_DATA when the master is a bridge */
	bool is_bridge_port;
	uint8_t port_state;		/* BR_STATE_* of linux/if_bridge.h */
	bool port_learning;
	bool port_isolated;
	bool port_locked;
	bool port_hairpin;
	bool port_flood;		/* unknown unicast leaves by it */
	bool port_mcast_flood;
	bool port_bcast_flood;
	uint16_t port_group_fwd;	/* bit x: the bridge forwards 01:80:c2:00:00:0x that comes by it */
	bool port_suppress;		/* neigh_suppress */
	/* vxlan */
	uint32_t vni;
	uint16_t udp_port;		/* host order */
	struct vtep_addr local;		/* zero: none set */
	struct vtep_addr remote;	/* zero: none set (a default destination, or a multicast group) */
	bool vx_learning;
	bool vx_collect_md;		/* "external" device */
	uint32_t vx_ageing;		/* seconds */
	uint32_t vrf_table;		/* of a VRF */
	/* bridge */
	bool vlan_filtering;
	uint32_t br_ageing;		/* seconds, rounded up; in a topology change the shorter time of that */
	uint32_t br_forward_delay;	/* the same unit: what entries live in a topology change */
	uint32_t br_stp;		/* BR_NO_STP, BR_KERNEL_STP or BR_USER_STP of net/bridge/br_private.h: 0, 1, 2 */
	bool br_topology_change;
	uint16_t br_group_fwd;		/* as port_group_fwd, of every port */
	uint32_t br_max_learned;	/* entries that the bridge learns at most, 0: no limit (Linux 6.7) */
};

/* Alias (ip link) of WireGuard devices that vtepd made: it outlives the process and goes with the device. */
#define LINK_OURS	"vtepd"

/* What a vxlan device is made with. All of it is what `ip -d link show` prints. */
struct link_vxlan {
	const char *name;
	uint32_t vni;
	struct vtep_addr local;
	uint16_t udp_port;		/* host order */
	uint32_t mtu;			/* bytes */
	bool learning;
	uint32_t ageing;		/* seconds */
};

/* 0, -ENODEV, or another -errno; *out written on success only. */
int link_get(struct nl *nl, int ifindex, struct link *out);
int link_get_name(struct nl *nl, const char *name, struct link *out);
/* Every device, in the kernel's order; the caller frees. */
int link_list(struct nl *nl, struct link **links, size_t *n);
/*
 * Calls cb for every device; a non-zero return of cb ends the walk and is returned. Restart-safe:
 * devices are collected first, then handed out.
 */
int link_each(struct nl *nl, int (*cb)(const struct link *link, void *data), void *data);
/*
 * Fills *out from one RTM_NEWLINK/RTM_DELLINK message (AF_UNSPEC or AF_BRIDGE); -EPROTO when
 * malformed. AF_BRIDGE messages carry port flags in IFLA_PROTINFO and no linkinfo; their
 * RTM_DELLINK means "left the bridge" (master).
 */
struct nlmsghdr;
int link_parse(const struct nlmsghdr *nlh, struct link *out);

/*
 * Zero UDP checksum in IPv4, TTL 64. -EEXIST if the name stands, or the same VNI on the same port.
 */
int link_vxlan_add(struct nl *nl, const struct link_vxlan *vx, int *ifindex);
int link_vxlan_ageing(struct nl *nl, int ifindex, uint32_t seconds);
int link_vxlan_learning(struct nl *nl, int ifindex, bool on);
/* STP off, ageing kernel default. Ports don't change the MTU; 0: kernel default, and they do. */
int link_bridge_add(struct nl *nl, const char *name, uint32_t mtu, int *ifindex);
/* A WireGuard device, down, marked LINK_OURS. -EOPNOTSUPP: the kernel has none. */
int link_wireguard_add(struct nl *nl, const char *name, int *ifindex);
int link_del(struct nl *nl, int ifindex);
/* Devices can be deleted by the group: the kernel waits for its readers once instead of for each. */
int link_set_group(struct nl *nl, int ifindex, uint32_t group);
int link_del_group(struct nl *nl, uint32_t group);
int link_set_up(struct nl *nl, int ifindex, bool up);
int link_set_mtu(struct nl *nl, int ifindex, uint32_t mtu);
/* 0: release. The kernel releases the old master first: it is lost even if the new one refuses. */
int link_set_master(struct nl *nl, int ifindex, int master);
/*
 * First unicast address of the device, IPv4 before IPv6 (link-local ones never). -ENOENT if none.
 */
int link_address(struct nl *nl, int ifindex, struct vtep_addr *out);
#endif

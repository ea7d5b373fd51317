/* SPDX-License-Identifier: GPL-2.0-only */
/* VLANs of a VLAN-aware bridge's ports by rtnetlink. Included by ports.c and segment.c. */
#ifndef VLAN_H
#define VLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl;
struct nlmsghdr;

/* What an untagged frame is to a port. */
struct vlan_port {
	int ifindex;
	uint16_t pvid;			/* 0: none, it is dropped */
	bool untagged;			/* frames of that VLAN leave without a tag */
	bool forwarding;		/* state of that VLAN there */
	unsigned int others;		/* VLANs beside it */
};

struct vlans {
	struct vlan_port *ports;	/* sorted by ifindex */
	size_t n;
};

/* All bridges' ports. 0 or -errno; the caller frees. */
int vlans_read(struct nl *nl, struct vlans *out);
void vlans_free(struct vlans *v);
/* NULL: no port of a VLAN-aware bridge. */
const struct vlan_port *vlans_find(const struct vlans *v, int ifindex);
/* Makes the port a member of this VLAN alone, untagged both ways. */
int vlan_set_access(struct nl *nl, int ifindex, uint16_t vid);
#endif

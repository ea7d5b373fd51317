// SPDX-License-Identifier: GPL-2.0-only
/* Slots of remote VTEPs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include "addr.h"
#include "daemon.h"
#include "remotes.h"
#include "route.h"

#define OUTER_TTL	64

/* One's complement sum of the template as the programs add to it: words as they lie in memory. */
static __u32 header_sum(const struct vtep_outer4 *h)
{
	__u16 words[10];
	__u32 sum = 0;
	int i;

	memcpy(words, h, sizeof(words));
	for (i = 0; i < 10; i++)
		sum += words[i];
	return sum;
}

/*
 * What lies behind no router is its own next hop, and so is what the host has no route to by the
 * device: its packets leave by it all the same, as WireGuard's would, or not at all.
 */
static __be32 next_hop(struct daemon *d, const struct vtep_addr *addr)
{
	struct vtep_addr gateway;
	int oif;

	if (route_device(&d->nl, addr, &oif, &gateway) || oif != d->wg.ifindex || !addr_is4(&gateway))
		return addr_to4(addr);
	return addr_to4(&gateway);
}

static struct vtep_remote remote_template(struct daemon *d, const struct vtep_addr *addr)
{
	struct vtep_remote r = { .addr = *addr, .ifindex = d->wg.ifindex };

	if (d->ether)
		r.next_hop = next_hop(d, addr);

	r.outer.ihl_version = 0x45;
	r.outer.ttl = OUTER_TTL;
	r.outer.protocol = IPPROTO_UDP;
	r.outer.saddr = addr_to4(&d->local);
	r.outer.daddr = addr_to4(addr);
	r.outer.dport = htons(d->model.udp_port);
	r.outer.vx_flags = htonl(VTEP_VX_FLAG_I);
	r.check_base = header_sum(&r.outer);
	return r;
}

static int remote_take(__u32 slot, const struct vtep_remote *r, void *data)
{
	struct daemon *d = data;

	if (slot < VTEP_MAX_VTEPS)
		d->vteps[slot] = *r;
	return 0;
}

static int remotes_read(struct daemon *d)
{
	if (d->vteps)
		return 0;
	d->vteps = calloc(VTEP_MAX_VTEPS, sizeof(*d->vteps));
	return d->vteps ? instance_each_vtep(&d->in, remote_take, d) : -ENOMEM;
}

static int remotes_write(struct daemon *d, __u32 slot, const struct vtep_remote *r)
{
	int err = bpf_map_update_elem(d->in.fd_vteps, &slot, r, BPF_ANY);

	if (!err)
		d->vteps[slot] = *r;
	return err;
}

/* Slots are taken in turn, so that one just freed rests before it means another VTEP. */
int remotes_slot(struct daemon *d, const struct vtep_addr *addr, __u32 *slot)
{
	struct vtep_remote fresh = remote_template(d, addr);
	__u32 i, at, empty = VTEP_NO_SLOT;
	int err = remotes_read(d);

	if (err)
		return err;
	for (i = 0; i < VTEP_MAX_VTEPS; i++) {
		at = (d->next_vtep + i) % VTEP_MAX_VTEPS;
		if (d->vteps[at].ifindex && addr_equal(&d->vteps[at].addr, addr)) {
			*slot = at;
			return memcmp(&d->vteps[at], &fresh, sizeof(fresh)) ? remotes_write(d, at, &fresh) : 0;
		}
		if (!d->vteps[at].ifindex && empty == VTEP_NO_SLOT)
			empty = at;
	}
	if (empty == VTEP_NO_SLOT)
		return -ENOSPC;
	err = remotes_write(d, empty, &fresh);
	if (err)
		return err;
	d->next_vtep = (empty + 1) % VTEP_MAX_VTEPS;
	*slot = empty;
	return 0;
}

void remotes_free(struct daemon *d, __u32 slot)
{
	struct vtep_remote none = {};

	if (!remotes_read(d))
		remotes_write(d, slot, &none);
}

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

#define HEADS	1024

/* The host's way to a VTEP, asked once until routes change. */
struct way {
	bool known;
	int err, oif;
	struct vtep_addr gateway;
};

struct remotes {
	struct way ways[VTEP_MAX_VTEPS];
	__u32 refs[VTEP_MAX_VTEPS];	/* members with it */
	__u32 next[VTEP_MAX_VTEPS];	/* in a chain of addresses with the same hash; VTEP_NO_SLOT: its end */
	__u32 heads[HEADS];
};

static __u32 *head(struct daemon *d, const struct vtep_addr *addr)
{
	__u32 hash = (addr->word[0] ^ addr->word[1] ^ addr->word[2] ^ addr->word[3]) * 0x9e3779b1U;

	return &d->vtep_slots->heads[hash >> 22];
}

static void chain(struct daemon *d, __u32 slot)
{
	__u32 *first = head(d, &d->vteps[slot].addr);

	d->vtep_slots->next[slot] = *first;
	*first = slot;
}

static void unchain(struct daemon *d, __u32 slot)
{
	__u32 *at = head(d, &d->vteps[slot].addr);

	while (*at != VTEP_NO_SLOT && *at != slot)
		at = &d->vtep_slots->next[*at];
	if (*at == slot)
		*at = d->vtep_slots->next[slot];
}

static __u32 find(struct daemon *d, const struct vtep_addr *addr)
{
	__u32 slot = *head(d, addr);

	while (slot != VTEP_NO_SLOT && !addr_equal(&d->vteps[slot].addr, addr))
		slot = d->vtep_slots->next[slot];
	return slot;
}

static const struct way *way(struct daemon *d, __u32 slot, const struct vtep_addr *addr)
{
	struct way *w = &d->vtep_slots->ways[slot];

	if (!w->known) {
		*w = (struct way){ .known = true };
		w->err = route_device(&d->nl, addr, &w->oif, &w->gateway);
	}
	return w;
}

/*
 * What lies behind no router is its own next hop, and so is what the host has no route to by the
 * device: its packets leave by it all the same, as WireGuard's would, or not at all.
 */
static __be32 next_hop(struct daemon *d, __u32 slot, const struct vtep_addr *addr)
{
	const struct way *w = way(d, slot, addr);

	if (w->err || w->oif != d->wg.ifindex || !addr_is4(&w->gateway))
		return addr_to4(addr);
	return addr_to4(&w->gateway);
}

static struct vtep_remote remote_template(struct daemon *d, __u32 slot, const struct vtep_addr *addr)
{
	struct vtep_remote r = { .addr = *addr, .ifindex = d->wg.ifindex };

	if (d->ether)
		r.next_hop = next_hop(d, slot, addr);
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

static int member_take(const struct vtep_member_key *key, const struct vtep_member *m, void *data)
{
	struct daemon *d = data;

	(void)key;
	if (m->vtep < VTEP_MAX_VTEPS)
		d->vtep_slots->refs[m->vtep]++;
	return 0;
}

static int remotes_write(struct daemon *d, __u32 slot, const struct vtep_remote *r)
{
	int err = bpf_map_update_elem(d->in.fd_vteps, &slot, r, BPF_ANY);

	if (!err)
		d->vteps[slot] = *r;
	return err;
}

/* Our address may have changed since, or the way to it. */
static int remote_refresh(struct daemon *d, __u32 slot)
{
	struct vtep_remote fresh = remote_template(d, slot, &d->vteps[slot].addr);

	return memcmp(&d->vteps[slot], &fresh, sizeof(fresh)) ? remotes_write(d, slot, &fresh) : 0;
}

static int remotes_read(struct daemon *d)
{
	__u32 slot;
	int err;

	if (d->vteps)
		return 0;
	d->vtep_slots = calloc(1, sizeof(*d->vtep_slots));
	d->vteps = calloc(VTEP_MAX_VTEPS, sizeof(*d->vteps));
	if (!d->vteps || !d->vtep_slots)
		return -ENOMEM;
	memset(d->vtep_slots->heads, 0xff, sizeof(d->vtep_slots->heads));
	err = instance_each_vtep(&d->in, remote_take, d) ?: instance_each_member(&d->in, member_take, d);
	for (slot = 0; slot < VTEP_MAX_VTEPS && !err; slot++)
		if (d->vteps[slot].ifindex) {
			chain(d, slot);
			err = remote_refresh(d, slot);
		}
	return err;
}

int remotes_changed(struct daemon *d)
{
	__u32 slot;
	int err = remotes_read(d);

	for (slot = 0; slot < VTEP_MAX_VTEPS && !err; slot++) {
		d->vtep_slots->ways[slot].known = false;
		if (d->vteps[slot].ifindex)
			err = remote_refresh(d, slot);
	}
	return err;
}

int remotes_routed(struct daemon *d, const struct vtep_addr *addr, bool *routed)
{
	const struct way *w;
	__u32 slot;
	int err = remotes_read(d);

	if (err)
		return err;
	slot = find(d, addr);
	if (slot == VTEP_NO_SLOT)
		return -ENOENT;
	w = way(d, slot, addr);
	*routed = !w->err && w->oif == d->wg.ifindex;
	return w->err;
}

/* Slots are taken in turn, so that one just freed rests before it means another VTEP. */
int remotes_slot(struct daemon *d, const struct vtep_addr *addr, __u32 *slot)
{
	struct vtep_remote fresh;
	__u32 i, at;
	int err = remotes_read(d);

	if (err)
		return err;
	at = find(d, addr);
	if (at != VTEP_NO_SLOT) {
		*slot = at;
		return 0;
	}
	for (i = 0; i < VTEP_MAX_VTEPS; i++) {
		at = (d->next_vtep + i) % VTEP_MAX_VTEPS;
		if (!d->vteps[at].ifindex)
			break;
	}
	if (i == VTEP_MAX_VTEPS)
		return -ENOSPC;
	d->vtep_slots->ways[at].known = false;
	fresh = remote_template(d, at, addr);
	err = remotes_write(d, at, &fresh);
	if (err)
		return err;
	d->vtep_slots->refs[at] = 0;
	chain(d, at);
	d->next_vtep = (at + 1) % VTEP_MAX_VTEPS;
	*slot = at;
	return 0;
}

void remotes_hold(struct daemon *d, __u32 slot)
{
	d->vtep_slots->refs[slot]++;
}

void remotes_release(struct daemon *d, __u32 slot)
{
	struct vtep_remote none = {};

	if (remotes_read(d) || --d->vtep_slots->refs[slot])
		return;
	unchain(d, slot);
	remotes_write(d, slot, &none);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of many segments: one request for all of their devices. One after the other each would keep
 * the kernel waiting for its readers, 65 ms for a bridge and a vxlan device.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include "addresses.h"
#include "daemon.h"
#include "log.h"
#include "segments.h"

#define FEW	4
#define GROUP	0x76740000U	/* "vt", and below it the ifindex of the underlay's device */

static bool is_made(const struct segment *s)
{
	return s->made && !(s->flags & VTEP_VNI_ADOPTED);
}

/* The device goes, if it is still what we knew. */
static bool goes(struct daemon *d, const struct link *l)
{
	const struct segment *s = daemon_segment_by_ifindex(d, l->ifindex);

	if (!s || !is_made(s))
		return false;
	if (l->ifindex == s->vx.ifindex)
		return l->kind == LINK_VXLAN && l->vni == s->vni;
	return (s->flags & VTEP_VNI_BRIDGE_OURS) && l->kind == LINK_BRIDGE && !strcmp(l->name, s->br.name);
}

/* Whatever else is in the group would go, too. */
static int into_group(struct daemon *d, const struct link *links, size_t n, uint32_t group)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n; i++)
		if (links[i].group == group && !goes(d, &links[i]))
			return -EEXIST;
	for (i = 0; i < n && !err; i++)
		if (goes(d, &links[i]))
			err = link_set_group(&d->nl, links[i].ifindex, group);
	return err;
}

/* Programs go with their devices, and what the maps say of them with the maps. */
static int remove_made(struct daemon *d)
{
	uint32_t group = GROUP | (d->wg.ifindex & 0xffff);
	struct link *links;
	size_t n;
	int err = link_list(&d->nl, &links, &n);

	if (err)
		return err;
	err = into_group(d, links, n, group) ?: link_del_group(&d->nl, group);
	free(links);
	return err;
}

void segments_unmake_all(struct daemon *d)
{
	int i, n = 0, err = -EAGAIN;

	for (i = 0; i < d->n_segments; i++)
		n += is_made(&d->segments[i]);
	if (n > FEW)
		err = remove_made(d);
	if (n > FEW && err)
		log_debug("%d VNIs one after the other: %s", n, strerror(-err));
	for (i = d->n_segments - 1; i >= 0; i--) {
		struct segment *s = &d->segments[i];

		if (s->made && (err || !is_made(s)))
			segments_unmake(d, s);
		else if (s->made && !(s->flags & VTEP_VNI_BRIDGE_OURS))
			addresses_set(d, s->br.ifindex, s->br.name, NULL, 0);
	}
}

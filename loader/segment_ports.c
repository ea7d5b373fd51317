// SPDX-License-Identifier: GPL-2.0-only
/* Ports that the file names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "daemon.h"
#include "log.h"
#include "segment_ports.h"

struct segment_port {
	int ifindex;
	__u32 flags;
};

/* Once more if it has been taken out and put in again. */
static int add_ours(struct segment *s, const struct link *port)
{
	struct segment_port *grown;
	size_t i;

	for (i = 0; i < s->n_ours && s->ours[i].ifindex != port->ifindex; i++)
		;
	if (i == s->n_ours) {
		grown = realloc(s->ours, (s->n_ours + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->ours = grown;
		s->n_ours++;
	}
	s->ours[i] = (struct segment_port){ port->ifindex, VTEP_PORT_ENSLAVED };
	if (!(port->flags & IFF_UP))
		s->ours[i].flags |= VTEP_PORT_RAISED;
	return 0;
}

__u32 segment_port_ours(const struct segment *s, int ifindex)
{
	size_t i;

	for (i = 0; i < s->n_ours; i++)
		if (s->ours[i].ifindex == ifindex)
			return s->ours[i].flags;
	return 0;
}

static void complain(struct segment *s, const char *name, const char *why)
{
	if (s->ports_said)
		return;
	log_warning("vni %u: port %s: %s", s->vni, name, why);
	log_hint("ip link set dev %s master %s", name, s->br.name);
	s->ports_said = true;
}

static void enslave(struct daemon *d, struct segment *s, const char *name)
{
	struct link port;
	int err;

	if (link_get_name(&d->nl, name, &port) || port.master == s->br.ifindex || port.ifindex == s->br.ifindex)
		return;
	if (port.master) {
		complain(s, name, "is in another bridge");
		return;
	}
	err = link_set_master(&d->nl, port.ifindex, s->br.ifindex);
	err = err ?: add_ours(s, &port) ?: link_set_up(&d->nl, port.ifindex, true);
	if (err)
		complain(s, name, strerror(-err));
}

void segment_ports(struct daemon *d, struct segment *s)
{
	size_t i;

	for (i = 0; i < s->want->n_ports; i++)
		enslave(d, s, s->want->ports[i]);
}

static bool is_named(const struct segment *s, const char *name)
{
	size_t i;

	for (i = 0; s->want && i < s->want->n_ports; i++)
		if (!strcmp(s->want->ports[i], name))
			return true;
	return false;
}

struct release {
	struct daemon *d;
	struct segment *s;		/* NULL: of all */
	bool all;
};

static int release(__u32 slot, const struct vtep_port *p, void *data)
{
	struct release *r = data;
	struct segment *s = r->s ?: daemon_segment_by_slot(r->d, p->vni_slot);
	struct link port;

	(void)slot;
	if (!s || p->vni_slot != s->slot || !(p->flags & VTEP_PORT_ENSLAVED) || link_get(&r->d->nl, p->ifindex, &port) ||
	    port.master != s->br.ifindex || (!r->all && is_named(s, port.name)))
		return 0;
	if (p->flags & VTEP_PORT_RAISED)
		link_set_up(&r->d->nl, p->ifindex, false);
	link_set_master(&r->d->nl, p->ifindex, 0);
	return 0;
}

void segment_ports_release(struct daemon *d, struct segment *s, bool all)
{
	struct release r = { .d = d, .s = s, .all = all };

	if (s->slot)
		instance_each_port(&d->in, release, &r);
}

void segment_ports_release_all(struct daemon *d)
{
	struct release r = { .d = d, .all = true };

	instance_each_port(&d->in, release, &r);
}

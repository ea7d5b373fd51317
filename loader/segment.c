// SPDX-License-Identifier: GPL-2.0-only
/* The vxlan device and the bridge of a VNI. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "addresses.h"
#include "daemon.h"
#include "log.h"
#include "segment.h"
#include "segments.h"
#include "survey.h"
#include "vlan.h"

#define BRIDGE_AGEING	300		/* seconds, where nobody has set another: BR_DEFAULT_AGEING_TIME */

static int fail(int code, const char *hint)
{
	log_hint("%s", hint);
	return code;
}

static int is_port_owner(const struct link *link, void *data)
{
	struct link *found = data;

	if (link->kind != LINK_VXLAN || link->udp_port != found->udp_port)
		return 0;
	*found = *link;
	return 1;
}

static int check_adoptable(const struct segment *s, const struct survey *survey)
{
	const char *owner = survey_owner(survey, s->vx.ifindex);

	if (owner) {
		log_err("%s belongs to the vtepd of %s", s->vx.name, owner);
		return fail(EXIT_REFUSED, "another VNI or --port for each WireGuard device");
	}
	if (!addr_is_zero(&s->vx.remote) && !addr_is_unicast(&s->vx.remote)) {
		log_err("%s floods to a multicast group, which WireGuard does not carry", s->vx.name);
		return fail(EXIT_REFUSED, "make it without `group`, with a flood list: bridge fdb append");
	}
	return 0;
}

static int find_named_vxlan(struct daemon *d, struct segment *s, const struct survey *survey)
{
	const char *name = s->want->adopt;
	const struct link *found = survey_name(survey, name);

	if (!found) {
		log_err("--adopt %s: %s", name, strerror(ENODEV));
		return fail(EXIT_NOT_FOUND, "ip -d link show type vxlan");
	}
	s->vx = *found;
	if (s->vx.kind != LINK_VXLAN || s->vx.vx_collect_md) {
		log_err("--adopt %s: not a vxlan device with a VNI of its own", name);
		return fail(EXIT_USAGE, "ip -d link show type vxlan");
	}
	if (s->vx.vni != s->vni || s->vx.udp_port != d->model.udp_port) {
		log_err("--adopt %s: its VNI is %u and its port %u, not %u and %u", name, s->vx.vni,
			s->vx.udp_port, s->vni, d->model.udp_port);
		return fail(EXIT_USAGE, "give --vni and --port as the device has them, on every node");
	}
	return check_adoptable(s, survey);
}

/* Any vxlan device of this VNI and port, if the user named none. */
static int find_vxlan(struct daemon *d, struct segment *s, const struct survey *survey)
{
	const struct link *found;

	if (*s->want->adopt)
		return find_named_vxlan(d, s, survey);
	found = survey_vni(survey, s->vni);
	if (found) {
		s->vx = *found;
		return check_adoptable(s, survey);
	}
	s->vx_missing = true;
	s->vx = (struct link){ .kind = LINK_VXLAN, .vni = s->vni };
	model_vni_device(s->want, s->vx.name);
	if (survey_name(survey, s->vx.name)) {
		log_err("%s exists, but is not the vxlan device of VNI %u on port %u", s->vx.name, s->vni,
			d->model.udp_port);
		return fail(EXIT_REFUSED, "rename it, or name the right one with --adopt");
	}
	return 0;
}

/* The bridge that the vxlan device is in already, the one that was named, or br-vxVNI. */
static int find_bridge(struct segment *s, const struct survey *survey)
{
	const char *name = s->want->bridge;
	const struct link *found;

	if (s->vx.master) {
		found = survey_ifindex(survey, s->vx.master);
		if (!found || (*name && strcmp(name, found->name))) {
			log_err("%s is in %s, not in %s", s->vx.name, found ? found->name : "another device", name);
			return fail(EXIT_REFUSED, "name that bridge, or: ip link set dev DEV nomaster");
		}
	} else {
		model_vni_bridge(s->want, s->br.name);
		found = survey_name(survey, s->br.name);
		s->br_missing = !found;
		if (!found)
			return 0;
	}
	s->br = *found;
	if (s->br.kind != LINK_BRIDGE) {
		log_err("%s is not a bridge", s->br.name);
		return fail(EXIT_USAGE, "ip link add NAME type bridge        (vtepd makes a bridge that is missing)");
	}
	return 0;
}

int segment_find(struct daemon *d, struct segment *s, const struct survey *survey)
{
	int err = find_vxlan(d, s, survey) ?: find_bridge(s, survey);

	return err;
}

/* The kernel's reason, and who has the port if that is it. */
static int refused(struct daemon *d, const struct segment *s, const char *what, const char *name, int err)
{
	struct link owner = { .udp_port = d->model.udp_port };

	log_err("cannot %s %s: %s%s%s%s", what, name, strerror(-err), *d->nl.error ? " (" : "", d->nl.error,
		*d->nl.error ? ")" : "");
	if (err == -EPERM)
		log_hint("run as root");
	else if (!strcmp(name, s->vx.name) && (err == -EADDRINUSE || err == -EEXIST))
		log_hint("udp/%u is taken by %s: use another --port on every node, or stop the other overlay",
			 d->model.udp_port,
			 link_each(&d->nl, is_port_owner, &owner) > 0 && strcmp(owner.name, s->vx.name) ?
			 owner.name : "another program");
	else
		log_hint("ip -d link show; dmesg | tail");
	return err;
}

static int make_bridge(struct daemon *d, struct segment *s)
{
	int err = link_bridge_add(&d->nl, s->br.name, d->overlay_mtu, &s->br.ifindex);

	if (err)
		return refused(d, s, "make bridge", s->br.name, err);
	s->flags |= VTEP_VNI_BRIDGE_OURS;
	err = link_set_up(&d->nl, s->br.ifindex, true);
	return err ? refused(d, s, "bring up", s->br.name, err) : 0;
}

uint32_t segment_ageing(const struct daemon *d, const struct segment *s)
{
	return s->want && s->want->ageing_given ? s->want->ageing : d->model.ageing;
}

/*
 * hold_time() of the bridge: in a topology change of its own STP the forward delay. STP in user space
 * shortens the ageing time itself.
 */
uint32_t segment_hold(const struct daemon *d, const struct segment *s)
{
	uint32_t hold = segment_ageing(d, s), bridge = s->br.br_ageing;

	if (s->br.br_topology_change)
		bridge = s->br.br_forward_delay;
	return bridge && bridge < BRIDGE_AGEING && (!hold || bridge < hold) ? bridge : hold;
}

/*
 * Learning stays off while our programs forward: the kernel's socket hears every address, and what
 * it learned from the underlay would steer the frames that take its path. With --accel off it is
 * all there is.
 */
static bool learns_itself(const struct daemon *d, const struct segment *s)
{
	return d->model.accel == ACCEL_OFF && !s->want->no_learning;
}

static int make_vxlan(struct daemon *d, struct segment *s)
{
	struct link_vxlan vx = { .name = s->vx.name, .vni = s->vni, .local = d->local,
				 .udp_port = d->model.udp_port, .mtu = d->overlay_mtu,
				 .learning = learns_itself(d, s), .ageing = segment_ageing(d, s) };
	int err = link_vxlan_add(&d->nl, &vx, &s->vx.ifindex);

	if (err)
		return refused(d, s, "make vxlan device", s->vx.name, err);
	s->flags &= ~VTEP_VNI_ADOPTED;
	return 0;
}

static int enslave(struct daemon *d, struct segment *s)
{
	int err = link_set_master(&d->nl, s->vx.ifindex, s->br.ifindex);

	if (err)
		return refused(d, s, "enslave to its bridge", s->vx.name, err);
	s->flags |= VTEP_VNI_ENSLAVED;
	if (s->want->vlan)
		err = vlan_set_access(&d->nl, s->vx.ifindex, s->want->vlan);
	return err ? refused(d, s, "set the VLAN of", s->vx.name, err) : 0;
}

static int set_learning(struct daemon *d, struct segment *s)
{
	bool want = learns_itself(d, s);
	int err;

	if (s->vx.vx_learning == want || ((s->flags & VTEP_VNI_ADOPTED) && want && !(s->flags & VTEP_VNI_LEARN_OFF)))
		return 0;
	err = link_vxlan_learning(&d->nl, s->vx.ifindex, want);
	if (err)
		return refused(d, s, "set learning of", s->vx.name, err);
	if (s->flags & VTEP_VNI_ADOPTED)
		s->flags = want ? s->flags & ~VTEP_VNI_LEARN_OFF : s->flags | VTEP_VNI_LEARN_OFF;
	return 0;
}

int segment_up(struct daemon *d, struct segment *s)
{
	int err = link_set_up(&d->nl, s->vx.ifindex, true);

	return err ? refused(d, s, "bring up", s->vx.name, err) : 0;
}

/*
 * Another's device may stay as it is: the programs know what the overlay carries. But what is larger
 * makes its host's own packets so large that they are answered or fragmented.
 */
static void warn_mtu(struct daemon *d, const struct segment *s, const char *name, int ifindex)
{
	struct link now;

	if (link_get(&d->nl, ifindex, &now) || now.mtu == d->overlay_mtu)
		return;
	log_warning("vni %u: %s is not vtepd's and keeps its MTU of %u, the overlay carries %u", s->vni, name, now.mtu,
		    d->overlay_mtu);
	log_hint("ip link set dev %s mtu %u", name, d->overlay_mtu);
}

void segment_set_mtu(struct daemon *d, const struct segment *s)
{
	bool bridge = s->flags & VTEP_VNI_BRIDGE_OURS;
	int err = 0;

	if (s->flags & VTEP_VNI_ADOPTED)
		warn_mtu(d, s, s->vx.name, s->vx.ifindex);
	else
		err = link_set_mtu(&d->nl, s->vx.ifindex, d->overlay_mtu);
	if (!err && bridge)
		err = link_set_mtu(&d->nl, s->br.ifindex, d->overlay_mtu);
	if (err)
		log_warning("vni %u: its MTU stays as it was: %s", s->vni, strerror(-err));
	else if (!bridge)
		warn_mtu(d, s, s->br.name, s->br.ifindex);	/* most follow the vxlan device's */
}

int segment_make(struct daemon *d, struct segment *s)
{
	__u32 before = s->flags;
	int err = 0;

	segments_changed(d);
	if (s->br_missing)
		err = make_bridge(d, s);
	if (!err && s->vx_missing)
		err = make_vxlan(d, s);
	if (!err && !s->want->vlan)
		err = addresses_set(d, s->br.ifindex, s->br.name, s->want->addresses, s->want->n_addresses);
	if (!err && !s->vx.master)
		err = enslave(d, s);
	if (!err && !s->vx_missing)
		err = set_learning(d, s);
	if (!err && !s->vx_missing)
		err = segment_up(d, s);
	if (!err)
		err = segment_refresh(d, s);
	if (!err)
		return 0;
	/* Only what was made just now. */
	s->flags = (s->flags & ~before) | (s->vx_missing ? 0 : VTEP_VNI_ADOPTED);
	segment_undo(d, s);
	s->flags = before;
	return err;
}

void segment_relearn(struct daemon *d, struct segment *s)
{
	if (s->flags & VTEP_VNI_LEARN_OFF)
		link_vxlan_learning(&d->nl, s->vx.ifindex, true);
	s->flags &= ~VTEP_VNI_LEARN_OFF;
}

/* Is it still what we knew? Its ifindex may be another device's by now. */
static bool same_vxlan(struct daemon *d, const struct segment *s)
{
	struct link now;

	return s->vx.ifindex && !link_get(&d->nl, s->vx.ifindex, &now) && now.kind == LINK_VXLAN &&
	       now.vni == s->vni;
}

static bool same_bridge(struct daemon *d, const struct segment *s)
{
	struct link now;

	return s->br.ifindex && !link_get(&d->nl, s->br.ifindex, &now) && now.kind == LINK_BRIDGE &&
	       !strcmp(now.name, s->br.name);
}

void segment_undo(struct daemon *d, struct segment *s)
{
	bool vxlan = same_vxlan(d, s), bridge = same_bridge(d, s);

	if (vxlan && !(s->flags & VTEP_VNI_ADOPTED)) {
		link_del(&d->nl, s->vx.ifindex);
	} else if (vxlan) {
		if (s->flags & VTEP_VNI_ENSLAVED)
			link_set_master(&d->nl, s->vx.ifindex, 0);
		segment_relearn(d, s);
	}
	if (bridge && (s->flags & VTEP_VNI_BRIDGE_OURS))
		link_del(&d->nl, s->br.ifindex);
	else if (bridge)
		addresses_set(d, s->br.ifindex, s->br.name, NULL, 0);
}

int segment_refresh(struct daemon *d, struct segment *s)
{
	struct link vx, br;
	int err = link_get(&d->nl, s->vx.ifindex, &vx);

	err = err ?: link_get(&d->nl, s->br.ifindex, &br);
	if (err)
		return err;
	s->vx = vx;
	s->br = br;
	return 0;
}

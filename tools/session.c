/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening an instance for a verb, with everything that its slots and numbers stand for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netlink.h>

#include "fdb.h"
#include "peer_name.h"
#include "session.h"

static void ifname_fill(int ifindex, char name[IFNAMSIZ])
{
	if (!if_indextoname(ifindex, name))
		snprintf(name, IFNAMSIZ, "if%d", ifindex); /* gone; vtepd has not seen it yet */
}

static int vni_collect(__u32 slot, const struct vtep_vni *vni, void *data)
{
	struct session *s = data;
	struct session_vni *vnis = nl_room(s->vnis, s->n_vnis, sizeof(*vnis)), *v;

	if (!vnis)
		return -ENOMEM;
	s->vnis = vnis;
	v = &vnis[s->n_vnis++];
	*v = (struct session_vni){ .slot = slot, .vni = *vni };
	v->ageing = (fdb_age_ms(vni->ageing, 0) + 999) / 1000;
	ifname_fill(vni->vx_ifindex, v->vx);
	if (vni->br_ifindex)
		ifname_fill(vni->br_ifindex, v->br);
	return 0;
}

static int port_collect(__u32 slot, const struct vtep_port *p, void *data)
{
	struct session *s = data;

	if (slot >= VTEP_MAX_PORTS)
		return 0;
	s->ports[slot].ifindex = p->ifindex;
	ifname_fill(p->ifindex, s->ports[slot].name);
	return 0;
}

static int vtep_collect(__u32 slot, const struct vtep_remote *r, void *data)
{
	struct session *s = data;
	struct session_vtep *v;

	if (slot >= VTEP_MAX_VTEPS)
		return 0;
	v = &s->vteps[slot];
	v->used = true;
	v->addr = r->addr;
	addr_format(&r->addr, v->text);
	v->peer = s->wg ? wg_route(s->wg, &r->addr) : NULL;
	return 0;
}

static int vni_compare(const void *a, const void *b)
{
	const struct session_vni *x = a, *y = b;

	return x->vni.vni < y->vni.vni ? -1 : x->vni.vni > y->vni.vni;
}

int session_vnis_read(struct session *s)
{
	struct session_vni *before = s->vnis;
	size_t n = s->n_vnis;
	int err;

	s->vnis = NULL;
	s->n_vnis = 0;
	err = instance_each_vni(&s->in, vni_collect, s);
	if (!err && s->n_vnis)
		qsort(s->vnis, s->n_vnis, sizeof(*s->vnis), vni_compare);
	if (!err)
		return 0;
	free(s->vnis);
	s->vnis = before;
	s->n_vnis = n;
	return err;
}

static bool same_peers(const struct wg_device *a, const struct wg_device *b)
{
	size_t i;

	if (!a || a->n_peers != b->n_peers)
		return false;
	for (i = 0; i < a->n_peers; i++)
		if (memcmp(a->peers[i].public_key, b->peers[i].public_key, WG_KEY_LEN))
			return false;
	return true;
}

void session_wg_set(struct session *s, struct wg_device *wg)
{
	__u32 i;

	if (!same_peers(s->wg, wg)) {
		peer_names_free(s->names, s->wg);
		s->names = peer_names_read(&s->in, wg);
	}
	for (i = 0; i < VTEP_MAX_VTEPS; i++)
		if (s->vteps[i].used)
			s->vteps[i].peer = wg_route(wg, &s->vteps[i].addr);
	wg_free(s->wg);
	s->wg = wg;
}

static int session_load(struct session *s)
{
	int err;

	err = nl_open(&s->nl, NETLINK_ROUTE);
	if (err)
		return err;
	/* Without it peers stay unknown, and everything else is as true as before. */
	if (s->in.meta.flags & VTEP_META_ETHERNET || wg_get(s->in.meta.ifname, &s->wg))
		s->wg = NULL;
	else
		s->names = peer_names_read(&s->in, s->wg);
	err = session_vnis_read(s);
	if (!err)
		err = instance_each_port(&s->in, port_collect, s);
	if (!err)
		err = instance_each_vtep(&s->in, vtep_collect, s);
	return err;
}

static int say_several(void)
{
	char names[16][16];
	int i, n = instance_list(names, 16);

	fprintf(stderr, "vtepctl: several vtepd instances in this network namespace:");
	for (i = 0; i < n && i < 16; i++)
		fprintf(stderr, " %s", names[i]);
	fprintf(stderr, "%s\n", n > 16 ? " …" : "");
	error_hint("vtepctl --iface %s …", n > 0 ? names[0] : "wg0");
	return EXIT_USAGE;
}

static int say_closed(const char *ifname, const struct instance *in, int err)
{
	const char *name = ifname ? ifname : "wg0";

	switch (err) {
	case -ENOENT:
		error_say("no vtepd instance%s%s in this network namespace", ifname ? " for " : "",
			  ifname ? ifname : "");
		error_hint("vtepd --iface %s --vni 1", name);
		return EXIT_NO_INSTANCE;
	case -ENOTUNIQ:
		return say_several();
	case -EPROTO:
		if (in->meta.abi == VTEP_ABI_VERSION)
			error_say("cannot read the maps of %s: they are not what vtepd makes",
				  name);
		else
			error_say("cannot read the maps of %s: their ABI is %u, vtepctl knows %u",
				  name, in->meta.abi, VTEP_ABI_VERSION);
		error_hint("use the vtepctl of that vtepd, or stop it and start this one's");
		return EXIT_REFUSED;
	case -EINVAL:
		error_say("'%s' is not an interface name", name);
		error_hint("vtepctl --iface wg0 …");
		return EXIT_USAGE;
	case -EACCES:
	case -EPERM:
		error_say("cannot open the maps of vtepd: %s", strerror(-err));
		error_hint("run vtepctl as root");
		return EXIT_REFUSED;
	}
	error_say("cannot open the maps of vtepd: %s", strerror(-err));
	return EXIT_REFUSED;
}

struct session *session_alone(const struct options *opt, struct output *out, int *code)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		error_say("%s", strerror(ENOMEM));
		*code = EXIT_REFUSED;
		return NULL;
	}
	s->opt = opt;
	s->out = out;
	s->alone = true;
	return s;
}

struct session *session_open(const struct options *opt, const char *ifname, struct output *out,
			     int *code)
{
	struct session *s = session_alone(opt, out, code);
	int err;

	if (!s)
		return NULL;
	s->alone = false;
	err = instance_open(ifname, &s->in);
	if (err) {
		*code = say_closed(ifname, &s->in, err);
		free(s);
		return NULL;
	}
	err = session_load(s);
	if (!err)
		return s;
	*code = session_refused(s, err, "read the instance of %s", s->in.meta.ifname);
	session_close(s);
	return NULL;
}

void session_close(struct session *s)
{
	peer_names_free(s->names, s->wg);
	wg_free(s->wg);
	nl_close(&s->nl);
	if (!s->alone)
		instance_close(&s->in);
	free(s->vnis);
	free(s);
}

const struct session_vni *session_vni(const struct session *s, __u32 vni)
{
	struct session_vni key = { .vni.vni = vni };

	return s->n_vnis ? bsearch(&key, s->vnis, s->n_vnis, sizeof(key), vni_compare) : NULL;
}

int session_vni_arg(const struct session *s, const struct args *args, bool optional,
		    const struct session_vni **out)
{
	const char *ifname = s->in.meta.ifname;

	*out = NULL;
	if (args->given & ARG_VNI) {
		*out = session_vni(s, args->vni);
		if (*out)
			return 0;
		error_say("%s has no vni %u", ifname, args->vni);
		error_hint("vtepctl show");
		return EXIT_NOT_FOUND;
	}
	if (optional)
		return 0;
	if (s->n_vnis == 1) {
		*out = s->vnis;
		return 0;
	}
	error_say(s->n_vnis ? "%s has several VNIs: which one?" : "%s has no VNI", ifname);
	error_hint(s->n_vnis ? "add `vni %u`" : "vtepctl show", s->n_vnis ? s->vnis->vni.vni : 0);
	return EXIT_USAGE;
}

const struct session_vtep *session_vtep(const struct session *s, __u32 slot)
{
	return slot < VTEP_MAX_VTEPS && s->vteps[slot].used ? &s->vteps[slot] : NULL;
}

const struct session_vtep *session_vtep_at(const struct session *s, const struct vtep_addr *addr)
{
	__u32 i;

	for (i = 0; i < VTEP_MAX_VTEPS; i++)
		if (s->vteps[i].used && addr_equal(&s->vteps[i].addr, addr))
			return &s->vteps[i];
	return NULL;
}

const struct session_port *session_port(const struct session *s, __u32 slot)
{
	return slot < VTEP_MAX_PORTS && s->ports[slot].ifindex ? &s->ports[slot] : NULL;
}

int session_dev_arg(const struct session *s, const struct args *args)
{
	size_t i;

	if (!args->dev || !strcmp(args->dev, s->in.meta.ifname))
		return 0;
	for (i = 0; i < s->n_vnis; i++)
		if (!strcmp(args->dev, s->vnis[i].vx) || !strcmp(args->dev, s->vnis[i].br))
			return 0;
	for (i = 0; i < VTEP_MAX_PORTS; i++)
		if (s->ports[i].ifindex && !strcmp(args->dev, s->ports[i].name))
			return 0;
	error_say("%s is no port, bridge or vxlan device of %s", args->dev, s->in.meta.ifname);
	error_hint("bridge link show");
	return EXIT_NOT_FOUND;
}

int session_refused(struct session *s, int err, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_say("cannot %s: %s%s%s%s", what, strerror(-err), *s->nl.error ? " (" : "",
		  s->nl.error, *s->nl.error ? ")" : "");
	if (err == -EPERM || err == -EACCES)
		error_hint("run vtepctl as root");
	else
		error_hint("vtepctl show        (is everything still there?)");
	return EXIT_REFUSED;
}

void session_note_stopped(const struct session *s)
{
	if (!instance_running(&s->in))
		fputs("note: vtepd is not running; takes effect when it starts\n", stderr);
}

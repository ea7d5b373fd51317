// SPDX-License-Identifier: GPL-2.0-only
/* VNI = 100-199: one section becomes a segment for each, %v in its names their numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"
#include "value.h"

/* An error of a key of the section that has just ended, at its line. */
static void aim(struct conf *c, const char *name)
{
	c->key = conf_key_find(SECTION_VNI, name);
	c->line = c->seen[c->key - conf_keys].line;
}

static int fill(struct conf *c, const char *key, char name[IFNAMSIZ], uint32_t vni)
{
	char pattern[IFNAMSIZ];

	strcpy(pattern, name);
	if (!*pattern || !value_device_of(pattern, vni, name))
		return 0;
	aim(c, key);
	return conf_error(c, "'%s' is too long a device name for VNI %u", pattern, vni);
}

static int taken(struct conf *c, const char *key, const char *name, const struct model_vni *by, const char *hint)
{
	aim(c, key);
	return conf_error(c, "%s is that of the [VNI] at %s:%u%s", name, by->where.file, by->where.line, hint);
}

static bool apart(const struct model_vni *a, const struct model_vni *b)
{
	return a->vlan && b->vlan && a->vlan != b->vlan;
}

/* Names of its own: neither an earlier section's, nor the next one's of its range. */
static int judge(struct conf *c, const struct model_vni *v, const struct model_vni *earlier, size_t n)
{
	size_t i;

	if (v->vlan && v->n_addresses) {
		aim(c, "Address");
		return conf_error(c, "an address of the bridge is none of VLAN %u alone\n"
				  "ip link add link %s name %.8s.%u type vlan id %u", v->vlan,
				  *v->bridge ? v->bridge : "br0", *v->bridge ? v->bridge : "br0", v->vlan, v->vlan);
	}
	for (i = 0; i < n; i++) {
		if (*v->device && !strcmp(earlier[i].device, v->device))
			return taken(c, "Device", v->device, &earlier[i], "");
		if (*v->bridge && !strcmp(earlier[i].bridge, v->bridge) && !apart(v, &earlier[i]))
			return taken(c, "Bridge", v->bridge, &earlier[i], "\none bridge for each, or VLAN = N");
	}
	return 0;
}

/* What can't be of several segments at once. */
static int judge_range(struct conf *c, const struct model_vni *v)
{
	size_t i;

	if (*v->bridge && !strstr(v->bridge, "%v")) {
		aim(c, "Bridge");
		return conf_error(c, "%s can't be the bridge of several VNIs\nBridge = br%%v", v->bridge);
	}
	if (*v->device && !strstr(v->device, "%v")) {
		aim(c, "Device");
		return conf_error(c, "%s can't be the device of several VNIs\nDevice = vx%%v", v->device);
	}
	if (v->n_addresses) {
		aim(c, "Address");
		return conf_error(c, "not for several VNIs at once\na [VNI] of its own for one with an address");
	}
	for (i = 0; i < v->n_ports; i++)
		if (!strstr(v->ports[i], "%v")) {
			aim(c, "Ports");
			return conf_error(c, "%s can't be a port of several VNIs\nPorts = %.8s.%%v", v->ports[i], v->ports[i]);
		}
	return 0;
}

/* The lists copied; names are still patterns. */
static int copy(struct model_vni *to, const struct model_vni *from)
{
	*to = *from;
	to->addresses = NULL;
	to->ports = from->n_ports ? malloc(from->n_ports * sizeof(*to->ports)) : NULL;
	to->flood = from->n_flood ? malloc(from->n_flood * sizeof(*to->flood)) : NULL;
	if (to->ports)
		memcpy(to->ports, from->ports, from->n_ports * sizeof(*to->ports));
	if (to->flood)
		memcpy(to->flood, from->flood, from->n_flood * sizeof(*to->flood));
	return (from->n_ports && !to->ports) || (from->n_flood && !to->flood) ? -ENOMEM : 0;
}

static int name(struct conf *c, struct model_vni *v)
{
	int err = fill(c, "Device", v->device, v->vni) ?: fill(c, "Bridge", v->bridge, v->vni);
	size_t i;

	for (i = 0; i < v->n_ports && !err; i++)
		err = fill(c, "Ports", v->ports[i], v->vni);
	return err;
}

int conf_vni_expand(struct conf *c)
{
	struct model *m = c->model;
	size_t i, first = m->n_vnis - 1, n = c->last_vni - m->vnis[first].vni + 1;
	const struct conf_key *key = c->key;
	unsigned int line = c->line;
	int err = n > 1 ? judge_range(c, &m->vnis[first]) : 0;

	for (i = 1; i < n && !err; i++) {
		struct model_vni *v = model_add_vni(m);

		err = v ? copy(v, &m->vnis[first]) : -ENOMEM;
		if (!err)
			v->vni += i;
	}
	for (i = first; i < (size_t)m->n_vnis && !err; i++)
		err = name(c, &m->vnis[i]) ?: judge(c, &m->vnis[i], m->vnis, first);
	c->key = key;
	c->line = line;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What is called alike. Sorted by name, and by kind, whoever has a name follows who had it first. */
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "lint_device.h"
#include "model.h"

enum kind { TUNNEL, DEVICE, BRIDGE, PORT };

struct use {
	char name[IFNAMSIZ];
	enum kind kind;
	const struct model_vni *vni;
	const char *bridge;		/* of a port */
};

static int compare(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = (int)x->kind - (int)y->kind;
	return order ? order : (x->vni > y->vni) - (x->vni < y->vni);
}

/* What may be alike: the bridge of several VLANs, and its port. */
static bool may_share(const struct use *a, const struct use *b)
{
	return a->kind == b->kind &&
	       (a->kind == BRIDGE || (a->kind == PORT && a->vni != b->vni && *a->bridge && !strcmp(a->bridge, b->bridge)));
}

static void say(const struct use *first, const struct use *second, struct findings *f)
{
	static const char *const keys[] = { [DEVICE] = "Device", [BRIDGE] = "Bridge", [PORT] = "Ports" };
	static const char *const things[] = { [DEVICE] = "the vxlan device", [BRIDGE] = "the bridge", [PORT] = "a port" };
	const struct model_vni *v = second->vni;

	if (first->kind == TUNNEL)
		finding_add(f, FINDING_ERROR, v->where.file, v->where.line,
			    "[VNI] %s: %s is the tunnel's own device\n"
			    "a name of its own", keys[second->kind], second->name);
	else
		finding_add(f, FINDING_ERROR, v->where.file, v->where.line,
			    "[VNI] %s: %s is %s of VNI %u too\n"
			    "%s", keys[second->kind], second->name, things[first->kind], first->vni->vni,
			    first->kind == PORT ? "in one of them, or VLAN = N for each" : "a name of its own for each");
}

static void collect(const struct model *m, struct use *list, size_t *n)
{
	size_t i;
	int k;

	list[(*n)++] = (struct use){ .kind = TUNNEL };
	strcpy(list[0].name, m->ifname);
	for (k = 0; k < m->n_vnis; k++) {
		const struct model_vni *v = &m->vnis[k];
		struct use *device = &list[(*n)++], *bridge = &list[(*n)++];

		*device = (struct use){ .kind = DEVICE, .vni = v };
		*bridge = (struct use){ .kind = BRIDGE, .vni = v };
		if (*v->adopt)
			strcpy(device->name, v->adopt);
		else
			model_vni_device(v, device->name);
		model_vni_bridge(v, bridge->name);
		for (i = 0; i < v->n_ports; i++) {
			list[*n] = (struct use){ .kind = PORT, .vni = v, .bridge = v->bridge };
			strcpy(list[(*n)++].name, v->ports[i]);
		}
	}
}

void lint_devices(const struct model *m, struct findings *f)
{
	size_t i, n = 0, room = 1;
	struct use *list;
	int k;

	for (k = 0; k < m->n_vnis; k++)
		room += 2 + m->vnis[k].n_ports;
	list = calloc(room, sizeof(*list));
	if (!list)
		return;
	collect(m, list, &n);
	qsort(list, n, sizeof(*list), compare);
	for (i = 1; i < n; i++)
		if (!strcmp(list[i - 1].name, list[i].name) && !may_share(&list[i - 1], &list[i]))
			say(&list[i - 1], &list[i], f);
	free(list);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl vni: the segments of an instance, a row each. */
#include "census.h"
#include "fdb.h"
#include "human.h"
#include "verbs.h"

enum { VNI, DEVICE, BRIDGE, VLAN, LOCAL, REMOTE, STATIC, FLOOD, LEARNING, AGEING, MTU, ADOPTED, MAX, REFUSED };

const struct column vni_columns[] = {
	[VNI] = { .name = "VNI", .right = true },
	[DEVICE] = { .name = "DEVICE" },
	[BRIDGE] = { .name = "BRIDGE" },
	[VLAN] = { .name = "VLAN", .right = true },
	[LOCAL] = { .name = "LOCAL", .right = true },
	[REMOTE] = { .name = "REMOTE", .right = true },
	[STATIC] = { .name = "STATIC", .right = true },
	[FLOOD] = { .name = "FLOOD", .right = true },
	[LEARNING] = { .name = "LEARNING" },
	[AGEING] = { .name = "AGEING", .right = true },
	[MTU] = { .name = "MTU", .right = true },
	[ADOPTED] = { .name = "ADOPTED", .details = true },
	[MAX] = { .name = "MAXMACS", .right = true, .details = true },
	[REFUSED] = { .name = "REFUSED", .right = true, .details = true },
	{ 0 }
};

static void vni_row(const struct census *c, size_t i)
{
	const struct session_vni *v = &c->s->vnis[i];
	bool learning = v->vni.flags & VTEP_VNI_LEARNING, adopted = v->vni.flags & VTEP_VNI_ADOPTED;
	const struct vtep_holder *h = &c->s->in.holders[fdb_holder_vni(v->slot)];
	struct row *row = output_row(c->s->out);
	char ageing[HUMAN_LEN];

	show_json_vni(c, i, row);
	row_cell(row, VNI, COLOR_CYAN, "%u", v->vni.vni);
	row_cell(row, DEVICE, COLOR_NONE, "%s", v->vx);
	row_cell(row, BRIDGE, *v->br ? COLOR_NONE : COLOR_RED, "%s", *v->br ? v->br : "none");
	if (v->vni.vlan)
		row_cell(row, VLAN, COLOR_NONE, "%u", v->vni.vlan);
	row_cell(row, LOCAL, COLOR_NONE, "%u", c->vni[i].local);
	row_cell(row, REMOTE, COLOR_NONE, "%u", c->vni[i].remote);
	row_cell(row, STATIC, COLOR_NONE, "%u", c->vni[i].fixed);
	row_cell(row, FLOOD, COLOR_NONE, "%d", c->vni[i].flood);
	row_cell(row, LEARNING, COLOR_NONE, "%s", learning ? "on" : "off");
	if (c->s->opt->oneline)
		row_cell(row, AGEING, COLOR_NONE, "%u", v->ageing);
	else
		row_cell(row, AGEING, COLOR_NONE, "%s", v->ageing ? human_age(v->ageing, ageing) : "never");
	row_cell(row, MTU, COLOR_NONE, "%u", v->vni.overlay_mtu);
	row_cell(row, ADOPTED, COLOR_NONE, "%s", adopted ? "yes" : "no");
	row_cell(row, MAX, COLOR_NONE, h->limit ? "%u" : "", h->limit);
	row_cell(row, REFUSED, COLOR_NONE, "%u", h->refused);
}

int vni_show(struct session *s, const struct args *args)
{
	const struct session_vni *only;
	struct census *c;
	size_t i;
	int err, code = session_vni_arg(s, args, true, &only);

	if (code)
		return code;
	c = census_take(s, &err);
	if (!c)
		return session_refused(s, err, "read the instance of %s", s->in.meta.ifname);
	for (i = 0; i < s->n_vnis; i++)
		if (!only || only == &s->vnis[i])
			vni_row(c, i);
	census_free(c);
	return EXIT_DONE;
}

// SPDX-License-Identifier: GPL-2.0-only
/* [VNI]: one segment. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "conf_parse.h"
#include "nl.h"
#include "value.h"

struct model_vni *conf_vni(struct conf *c)
{
	return &c->model->vnis[c->model->n_vnis - 1];
}

static bool given(const struct conf *c, const char *name)
{
	return c->seen[conf_key_find(SECTION_VNI, name) - conf_keys].line;
}

int conf_vni_begin(struct conf *c)
{
	struct model *m = c->model;

	if (m->n_vnis == MODEL_MAX_VNIS) {
		conf_error(c, "more than %u segments in one process", MODEL_MAX_VNIS);
		c->section = SECTION_UNKNOWN;
		return -EINVAL;
	}
	m->vnis[m->n_vnis++] = (struct model_vni){ .vni = UINT32_MAX, .where = { c->file, c->line } };
	return 0;
}

void conf_vni_end(struct conf *c)
{
	unsigned int line = c->line;

	if (given(c, "VNI"))
		return;
	c->line = conf_vni(c)->where.line;
	conf_error(c, "VNI is missing\nVNI = 1");
	c->line = line;
}

int conf_vni_vni(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c), *other;
	uint32_t vni;

	if (conf_number(c, value, 0, VTEP_VNI_MAX, &vni))
		return -EINVAL;
	for (other = c->model->vnis; other < v; other++)
		if (other->vni == vni)
			return conf_error(c, "%u is given twice, first at %s:%u", vni, other->where.file,
					  other->where.line);
	v->vni = vni;
	return 0;
}

static int device(struct conf *c, const char *value, char out[IFNAMSIZ])
{
	if (!value_device(value, out))
		return 0;
	return conf_error(c, "'%.32s' is not a device name", value);
}

int conf_vni_device(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c), *other;

	if (device(c, value, v->device))
		return -EINVAL;
	for (other = c->model->vnis; other < v; other++)
		if (!strcmp(other->device, v->device))
			return conf_error(c, "%s is that of the [VNI] at %s:%u", value, other->where.file,
					  other->where.line);
	return 0;
}

int conf_vni_bridge(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c), *other;

	if (device(c, value, v->bridge))
		return -EINVAL;
	for (other = c->model->vnis; other < v; other++)
		if (!strcmp(other->bridge, v->bridge))
			return conf_error(c, "%s is that of the [VNI] at %s:%u\n"
					  "one bridge for each", value,
					  other->where.file, other->where.line);
	return 0;
}

int conf_vni_address(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c);
	struct model_prefix *more;
	char *word;

	v->where_addresses = (struct model_where){ c->file, c->line };
	while ((word = value_next(&value))) {
		more = nl_room(v->addresses, v->n_addresses, sizeof(*more));
		if (!more)
			return -ENOMEM;
		v->addresses = more;
		if (conf_prefix(c, word, &more[v->n_addresses]))
			return -EINVAL;
		v->n_addresses++;
	}
	return 0;
}

int conf_vni_ports(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c);
	char (*more)[IFNAMSIZ];
	char *word;
	size_t i;

	while ((word = value_next(&value))) {
		more = nl_room(v->ports, v->n_ports, sizeof(*more));
		if (!more)
			return -ENOMEM;
		v->ports = more;
		if (device(c, word, more[v->n_ports]))
			return -EINVAL;
		for (i = 0; i < v->n_ports; i++)
			if (!strcmp(more[i], more[v->n_ports]))
				return conf_error(c, "%s is given twice", word);
		v->n_ports++;
	}
	return 0;
}

int conf_vni_ageing(struct conf *c, char *value)
{
	conf_vni(c)->ageing_given = true;
	return conf_number(c, value, 0, 1000000, &conf_vni(c)->ageing);
}

int conf_vni_max_macs(struct conf *c, char *value)
{
	return conf_number(c, value, 0, 16U << 20, &conf_vni(c)->max_macs);
}

int conf_vni_learning(struct conf *c, char *value)
{
	bool learning;

	if (value_bool(value, &learning))
		return conf_error(c, "'%.32s' is neither yes nor no", value);
	conf_vni(c)->no_learning = !learning;
	return 0;
}

int conf_vni_flood(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c);
	struct vtep_addr *more;
	char *word;
	size_t i;

	v->flood_given = true;
	if (!strcasecmp(value, "none"))
		return 0;
	while ((word = value_next(&value))) {
		more = nl_room(v->flood, v->n_flood, sizeof(*more));
		if (!more)
			return -ENOMEM;
		v->flood = more;
		if (conf_vtep(c, word, &more[v->n_flood]))
			return -EINVAL;
		for (i = 0; i < v->n_flood; i++)
			if (!memcmp(&more[i], &more[v->n_flood], sizeof(*more)))
				return conf_error(c, "%.48s is given twice", word);
		v->n_flood++;
	}
	return 0;
}

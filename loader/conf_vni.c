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
	struct model_vni *v;

	if (c->model->n_vnis == MODEL_MAX_VNIS) {
		conf_error(c, "more than %u segments in one process", MODEL_MAX_VNIS);
		c->section = SECTION_UNKNOWN;
		return -EINVAL;
	}
	v = model_add_vni(c->model);
	if (!v)
		return -ENOMEM;
	v->vni = UINT32_MAX;
	v->where = (struct model_where){ c->file, c->line };
	return 0;
}

int conf_vni_end(struct conf *c)
{
	unsigned int line = c->line;

	if (given(c, "VNI"))
		return conf_vni(c)->vni == UINT32_MAX ? 0 : conf_vni_expand(c);
	c->line = conf_vni(c)->where.line;
	conf_error(c, "VNI is missing\nVNI = 1");
	c->line = line;
	return 0;
}

int conf_vni_vni(struct conf *c, char *value)
{
	struct model_vni *v = conf_vni(c), *other;
	struct model_range range;

	if (value_range(value, &range))
		return conf_error(c, "'%.32s' is not a number from 0 to %u, and no range as 100-199", value,
				  VTEP_VNI_MAX);
	for (other = c->model->vnis; other < v; other++)
		if (other->vni >= range.first && other->vni <= range.last)
			return conf_error(c, "%u is given twice, first at %s:%u", other->vni, other->where.file,
					  other->where.line);
	if (range.last - range.first >= (uint32_t)MODEL_MAX_VNIS - (c->model->n_vnis - 1))
		return conf_error(c, "more than %u segments in one process", MODEL_MAX_VNIS);
	v->vni = range.first;
	c->last_vni = range.last;
	return 0;
}

int conf_vni_device(struct conf *c, char *value)
{
	return conf_device(c, value, conf_vni(c)->device);
}

int conf_vni_bridge(struct conf *c, char *value)
{
	return conf_device(c, value, conf_vni(c)->bridge);
}

int conf_vni_vlan(struct conf *c, char *value)
{
	uint32_t vlan;

	if (conf_number(c, value, 1, 4094, &vlan))
		return -EINVAL;
	conf_vni(c)->vlan = vlan;
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
		if (conf_device(c, word, more[v->n_ports]))
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

int conf_vni_port_macs(struct conf *c, char *value)
{
	return conf_number(c, value, 0, 16U << 20, &conf_vni(c)->port_macs);
}

int conf_vni_relay(struct conf *c, char *value)
{
	if (value_bool(value, &conf_vni(c)->relay))
		return conf_error(c, "'%.32s' is neither yes nor no", value);
	return 0;
}

int conf_vni_learning(struct conf *c, char *value)
{
	bool learning;

	if (value_bool(value, &learning))
		return conf_error(c, "'%.32s' is neither yes nor no", value);
	conf_vni(c)->no_learning = !learning;
	return 0;
}

int conf_vni_oversize(struct conf *c, char *value)
{
	if (value_oversize(value, &conf_vni(c)->oversize_drop))
		return conf_error(c, "'%.32s' is neither fragment nor drop", value);
	return 0;
}

int conf_vni_suppress(struct conf *c, char *value)
{
	if (value_bool(value, &conf_vni(c)->suppress))
		return conf_error(c, "'%.32s' is neither yes nor no", value);
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

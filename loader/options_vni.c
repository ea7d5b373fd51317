// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "options_value.h"
#include "options_vni.h"
#include "value.h"

/* One of the file's, whose other keys stay as they are, or one more. */
static int take_vni(struct model *m, const char *text, struct taken *taken, uint32_t vni)
{
	struct model_vni *v;
	int i, k;

	for (i = 0; i < m->n_vnis && m->vnis[i].vni != vni; i++)
		;
	for (k = 0; k < taken->n; k++)
		if (taken->vnis[k] == i)
			return option_bad("vni", text, "given twice");
	if (i == MODEL_MAX_VNIS)
		return option_bad("vni", text, "too many segments in one process");
	if (i == m->n_vnis) {
		v = model_add_vni(m);
		if (!v)
			return -ENOMEM;
		v->vni = vni;
	}
	taken->vnis[taken->n++] = i;
	return 0;
}

int options_vni(struct model *m, const char *text, struct taken *taken)
{
	struct model_range range;
	uint32_t i;
	int err = 0;

	if (value_range(text, &range))
		return option_bad("vni", text, "not a number from 0 to 16777215, and no range as 100-199");
	if (range.last - range.first >= MODEL_MAX_VNIS)
		return option_bad("vni", text, "too many segments in one process");
	taken->last = taken->n;
	for (i = range.first; i <= range.last && !err; i++)
		err = take_vni(m, text, taken, i);
	return err;
}

static int comes_first(const struct taken *taken, const char *option, const char *text)
{
	return taken->n ? 0 : option_bad(option, text, "comes after the --vni that it belongs to");
}

int options_vni_device(struct model *m, const struct taken *taken, const char *option, const char *name)
{
	struct model_vni *v;
	int i;

	if (comes_first(taken, option, name))
		return -EINVAL;
	if (taken->n - taken->last > 1 && !strstr(name, "%v"))
		return option_bad(option, name, "can't be that of several VNIs: put %v, the VNI, in it");
	for (i = taken->last; i < taken->n; i++) {
		v = &m->vnis[taken->vnis[i]];
		if (value_device_of(name, v->vni, *option == 'b' ? v->bridge : v->adopt))
			return option_bad(option, name, "not a device name");
	}
	return 0;
}

int options_vni_oversize(struct model *m, const struct taken *taken, const char *text)
{
	int i;

	if (comes_first(taken, "oversize", text))
		return -EINVAL;
	for (i = taken->last; i < taken->n; i++)
		if (value_oversize(text, &m->vnis[taken->vnis[i]].oversize_drop))
			return option_bad("oversize", text, "neither fragment nor drop");
	return 0;
}

int options_vni_vlan(struct model *m, const struct taken *taken, const char *text)
{
	uint32_t vlan;

	if (comes_first(taken, "vlan", text))
		return -EINVAL;
	if (taken->n - taken->last > 1)
		return option_bad("vlan", text, "can't be that of several VNIs");
	if (option_number("vlan", text, 1, 4094, &vlan))
		return -EINVAL;
	m->vnis[taken->vnis[taken->last]].vlan = vlan;
	return 0;
}

int options_vni_limit(struct model *m, const struct taken *taken, const char *option, const char *text)
{
	struct model_vni *v;
	uint32_t limit;
	int i;

	if (comes_first(taken, option, text) || option_number(option, text, 0, 16U << 20, &limit))
		return -EINVAL;
	for (i = taken->last; i < taken->n; i++) {
		v = &m->vnis[taken->vnis[i]];
		*(*option == 'm' ? &v->max_macs : &v->port_macs) = limit;
	}
	return 0;
}

int options_vni_flag(struct model *m, const struct taken *taken, const char *option)
{
	struct model_vni *v;
	int i;

	if (comes_first(taken, option, ""))
		return -EINVAL;
	for (i = taken->last; i < taken->n; i++) {
		v = &m->vnis[taken->vnis[i]];
		*(*option == 's' ? &v->suppress : &v->relay) = true;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* --vni and the options that belong to the one before them. 0, or -errno with the error said. */
#ifndef OPTIONS_VNI_H
#define OPTIONS_VNI_H

#include "model.h"

/* The segments that the command line has named. */
struct taken {
	int vnis[MODEL_MAX_VNIS];	/* in the model */
	int n, last;			/* of them, those of the last --vni from here on */
};

int options_vni(struct model *m, const char *text, struct taken *taken);		/* --vni N[-M] */
int options_vni_device(struct model *m, const struct taken *taken, const char *option, const char *name); /* bridge, adopt */
int options_vni_oversize(struct model *m, const struct taken *taken, const char *text);
int options_vni_vlan(struct model *m, const struct taken *taken, const char *text);
int options_vni_limit(struct model *m, const struct taken *taken, const char *option, const char *text);
int options_vni_flag(struct model *m, const struct taken *taken, const char *option);	/* suppress, relay */
#endif

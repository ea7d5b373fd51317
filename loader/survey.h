/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands before anything is changed: every device of the namespace, read once for however many
 * segments look for theirs. Included by start.c, reload.c and segment.c.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include <stdbool.h>
#include "index.h"
#include "link.h"

struct daemon;

struct survey {
	struct link *links;		/* by name */
	size_t n;
	struct index by_ifindex;
	struct index by_vni;		/* vxlan devices on our port with a VNI of their own */
	struct index served;		/* vxlan devices of other instances, place: in `owners` */
	char owners[16][16];
};

/* 0 or -errno. survey_free() is the caller's in any case. */
int survey_take(struct daemon *d, struct survey *out);
void survey_free(struct survey *s);
/* NULL: there is none. */
const struct link *survey_name(const struct survey *s, const char *name);
const struct link *survey_ifindex(const struct survey *s, int ifindex);
const struct link *survey_vni(const struct survey *s, uint32_t vni);
/* The other WireGuard device whose vtepd serves this vxlan device, or NULL. */
const char *survey_owner(const struct survey *s, int vx_ifindex);
#endif

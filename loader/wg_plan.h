/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to change in a WireGuard device: desired minus running. Pure: neither kernel nor network
 * is asked. Included by wg_set.c, tunnel.c and vtepctl's conf diff.
 */
#ifndef WG_PLAN_H
#define WG_PLAN_H

#include <stdbool.h>
#include "model.h"
#include "wg.h"

/* One peer. An unchanged one has none: no message, so its session and counters live. */
struct wg_change {
	uint8_t public_key[WG_KEY_LEN];
	bool add, remove;
	bool set_psk, set_endpoint, set_keepalive;
	bool replace_allowed;		/* `allowed` is all of them, else those to add */
	const uint8_t *psk;		/* in the model; zero: none */
	struct wg_endpoint endpoint;
	uint16_t keepalive;		/* seconds, 0: off */
	struct wg_allowed_ip *allowed;
	size_t n_allowed;
};

/* A prefix that one peer loses to another. */
struct wg_steal {
	struct wg_allowed_ip ip;
	uint8_t from[WG_KEY_LEN], to[WG_KEY_LEN];
	bool in_file;			/* both name it: the later one gets it, as in the kernel */
};

struct wg_plan {
	bool set_private_key, set_listen_port, set_fwmark;
	uint16_t listen_port;		/* host order */
	uint32_t fwmark;		/* 0: off */
	struct wg_change *changes;	/* removals last: what they held moves without a gap */
	size_t n_changes;
	struct wg_steal *steals;
	size_t n_steals;
};

/*
 * What the model says and WireGuard does not: the mark that is really wanted (routing may choose
 * one), and for each of the model's peers where it is (family 0: leave its endpoint as it is).
 */
struct wg_wanted {
	const struct model_wg *wg;
	uint32_t fwmark;
	const struct wg_endpoint *endpoints;	/* n_peers of them, or NULL: all as they are */
};

/* running NULL: a device just made. 0 or -ENOMEM; *out is freed with wg_plan_free(). */
int wg_plan(const struct wg_wanted *want, const struct wg_device *running, struct wg_plan *out);
bool wg_plan_empty(const struct wg_plan *plan);
void wg_plan_free(struct wg_plan *plan);
#endif

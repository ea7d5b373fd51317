/* SPDX-License-Identifier: GPL-2.0-only */
/* Where peers are: endpoints as they are written, resolved, and set again. Included by tunnel.c, loop.c and reload.c. */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <vtep/abi.h>

struct daemon;
struct endpoint;
struct model_wg;
struct wg_device;
struct wg_endpoint;

/*
 * One for each peer of the model: numeric ones are ready, names are asked for. 0 or -errno. The
 * caller frees with endpoints_free().
 */
int endpoints_open(const struct model_wg *wg, struct endpoint **out);
void endpoints_free(const struct model_wg *wg, struct endpoint *list);
/* What was known of the same texts before. */
void endpoints_inherit(const struct model_wg *wg, struct endpoint *list, const struct model_wg *old_wg,
		       const struct endpoint *old);
/*
 * What a plan is to set, out[n_peers]: those that are known, but not of peers that talk (their last
 * handshake is young: they may have roamed), unless their text is another now.
 */
void endpoints_wanted(const struct daemon *d, const struct wg_device *running, struct wg_endpoint *out);
/* Starts what is to be asked, sets what has changed. Called at every tick; now: as underlay_read_remotes(). */
void endpoints_tick(struct daemon *d, const struct wg_device *now);
/* The first address of a peer, if it is known. */
bool endpoints_address(const struct daemon *d, size_t peer, struct vtep_addr *out);
/* Answers have come. */
void endpoints_read(struct daemon *d);
#endif

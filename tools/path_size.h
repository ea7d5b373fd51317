/* SPDX-License-Identifier: GPL-2.0-only */
/* What its size does to a frame. Included by path.c and path_size.c. */
#ifndef PATH_SIZE_H
#define PATH_SIZE_H

#include <stddef.h>
#include <linux/types.h>

struct path_target;
struct path_way;
struct session;

enum path_end {
	PATH_SENT,			/* into the tunnel, whole */
	PATH_CARRIED,			/* into the tunnel; the underlay fragments */
	PATH_ANSWERED,			/* its sender is told that it is too large */
	PATH_DROPPED,			/* for its size */
	PATH_LOCAL,			/* to a port or this host */
	PATH_LOST			/* there is no way to where it should go, or it may not */
};

struct path_fate {
	enum path_end may, must_not;	/* be fragmented */
};

/* size: of the IP packet, bytes; 0: one that fits. */
void path_fate_find(struct session *s, const struct path_target *t, const struct path_way *ways, size_t n, __u32 size,
		    struct path_fate *out);
const char *path_fate_name(enum path_end end);		/* "sent" */
void path_size_print(const struct session *s, const struct path_target *t, const struct path_way *ways, size_t n,
		     __u32 tunnel_mtu, __u32 size, const struct path_fate *fate);
#endif

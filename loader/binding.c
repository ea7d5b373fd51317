// SPDX-License-Identifier: GPL-2.0-only
/* The map `neigh` from user space. */
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include "binding.h"
#include "instance.h"

int binding_each(const struct instance *in,
		 int (*cb)(const struct vtep_neigh_key *key, const struct vtep_neigh *e, void *data), void *data)
{
	struct vtep_neigh_key *keys = calloc(VTEP_MAX_NEIGH, sizeof(*keys));
	struct vtep_neigh *values = calloc(VTEP_MAX_NEIGH, sizeof(*values));
	__u32 at, i, n = VTEP_MAX_NEIGH;
	int err = -ENOMEM;

	if (keys && values)
		err = bpf_map_lookup_batch(in->fd_neigh, NULL, &at, keys, values, &n, NULL);
	if (err == -ENOENT)		/* and that was the last one */
		err = 0;
	for (i = 0; i < n && !err; i++)
		err = cb(&keys[i], &values[i], data);
	free(keys);
	free(values);
	return err;
}

int binding_del(const struct instance *in, const struct vtep_neigh_key *key)
{
	return in->readonly ? -EACCES : bpf_map_delete_elem(in->fd_neigh, key);
}

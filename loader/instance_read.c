/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in the maps of an instance: slots, flood lists, counters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "instance.h"

#define FLOOD_TRIES	16

static int map_info(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len);
}

/* All values of an array in one system call; *n of them, the caller frees. */
static int array_read(int fd, size_t size, void **values, __u32 *n)
{
	struct bpf_map_info info;
	__u32 at, *keys;
	int err;

	err = map_info(fd, &info);
	if (err)
		return err;
	*n = info.max_entries;
	keys = calloc(*n, sizeof(*keys));
	*values = calloc(*n, size);
	if (keys && *values)
		err = bpf_map_lookup_batch(fd, NULL, &at, keys, *values, n, NULL);
	else
		err = -ENOMEM;
	free(keys);
	if (!err || err == -ENOENT)	/* -ENOENT: and that was the last one */
		return 0;
	free(*values);
	return err;
}

int instance_each_vni(const struct instance *in,
		      int (*cb)(__u32 slot, const struct vtep_vni *vni, void *data), void *data)
{
	struct vtep_vni *vni;
	__u32 i, n;
	int err;

	err = array_read(in->fd_vnis, sizeof(*vni), (void **)&vni, &n);
	if (err)
		return err;
	for (i = 0; i < n && !err; i++)
		if (vni[i].vx_ifindex)
			err = cb(i, &vni[i], data);
	free(vni);
	return err;
}

int instance_each_vtep(const struct instance *in,
		       int (*cb)(__u32 slot, const struct vtep_remote *r, void *data), void *data)
{
	struct vtep_remote *remote;
	__u32 i, n;
	int err;

	err = array_read(in->fd_vteps, sizeof(*remote), (void **)&remote, &n);
	if (err)
		return err;
	for (i = 0; i < n && !err; i++)
		if (remote[i].ifindex)
			err = cb(i, &remote[i], data);
	free(remote);
	return err;
}

int instance_each_port(const struct instance *in,
		       int (*cb)(__u32 slot, const struct vtep_port *p, void *data), void *data)
{
	struct vtep_port *port;
	__u32 i, n;
	int err;

	err = array_read(in->fd_ports, sizeof(*port), (void **)&port, &n);
	if (err)
		return err;
	for (i = 0; i < n && !err; i++)
		if (port[i].ifindex)
			err = cb(i, &port[i], data);
	free(port);
	return err;
}

int instance_each_member(const struct instance *in,
			 int (*cb)(const struct vtep_member_key *key, const struct vtep_member *m, void *data),
			 void *data)
{
	struct vtep_member_key *keys;
	struct vtep_member *members;
	__u32 at, i, n = VTEP_MAX_MEMBERS;
	int err = -ENOMEM;

	keys = calloc(n, sizeof(*keys));
	members = calloc(n, sizeof(*members));
	if (keys && members)
		err = bpf_map_lookup_batch(in->fd_members, NULL, &at, keys, members, &n, NULL);
	if (err == -ENOENT)		/* and that was the last one */
		err = 0;
	for (i = 0; i < n && !err; i++)
		err = cb(&keys[i], &members[i], data);
	free(keys);
	free(members);
	return err;
}

int instance_vni_slot(const struct instance *in, __u32 vni, __u32 *slot)
{
	return bpf_map_lookup_elem(in->fd_vni_slots, &vni, slot);
}

int instance_vni(const struct instance *in, __u32 slot, struct vtep_vni *out)
{
	return bpf_map_lookup_elem(in->fd_vnis, &slot, out);
}

int instance_vtep(const struct instance *in, __u32 slot, struct vtep_remote *out)
{
	return bpf_map_lookup_elem(in->fd_vteps, &slot, out);
}

int instance_port(const struct instance *in, __u32 slot, struct vtep_port *out)
{
	return bpf_map_lookup_elem(in->fd_ports, &slot, out);
}

/* vtepd may replace the list between its id and its fd: then there is a new one. -ENOENT: there is
 * none. */
static int flood_open(const struct instance *in, __u32 vni_slot)
{
	int fd, err, tries;
	__u32 id;

	for (tries = 0; tries < FLOOD_TRIES; tries++) {
		err = bpf_map_lookup_elem(in->fd_flood, &vni_slot, &id);
		if (err)
			return err;
		fd = bpf_map_get_fd_by_id(id);
		if (fd != -ENOENT)
			return fd;
	}
	return -EAGAIN;
}

int instance_flood(const struct instance *in, __u32 vni_slot, __u32 **slots)
{
	__u32 *list, n, size;
	int fd, err;

	fd = flood_open(in, vni_slot);
	if (fd == -ENOENT) {
		*slots = NULL;
		return 0;
	}
	if (fd < 0)
		return fd;
	err = array_read(fd, sizeof(*list), (void **)&list, &size);
	close(fd);
	if (err)
		return err;
	n = size ? list[0] : 0;
	if (n >= size)
		n = size ? size - 1 : 0;
	memmove(list, list + 1, n * sizeof(*list));
	*slots = list;
	return n;
}

int instance_counters(const struct instance *in, __u32 vni_slot, enum vtep_hook hook,
		      struct vtep_counters *out)
{
	__u32 key = vni_slot * VTEP_HOOK_MAX + hook;
	int cpus = libbpf_num_possible_cpus();
	struct vtep_counters *percpu;
	int i, err, cpu;

	if (cpus < 0)
		return cpus;
	percpu = calloc(cpus, sizeof(*percpu));
	if (!percpu)
		return -ENOMEM;
	err = bpf_map_lookup_elem(in->fd_counters, &key, percpu);
	if (!err)
		memset(out, 0, sizeof(*out));
	for (cpu = 0; !err && cpu < cpus; cpu++) {
		for (i = 0; i < VTEP_REASON_MAX; i++) {
			out->reason[i].packets += percpu[cpu].reason[i].packets;
			out->reason[i].bytes += percpu[cpu].reason[i].bytes;
		}
	}
	free(percpu);
	return err;
}

int instance_counters_clear(const struct instance *in, __u32 vni_slot)
{
	int hook, err = 0, cpus = libbpf_num_possible_cpus();
	struct vtep_counters *zero;
	__u32 key;

	if (cpus < 0)
		return cpus;
	zero = calloc(cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	for (hook = 0; hook < VTEP_HOOK_MAX && !err; hook++) {
		key = vni_slot * VTEP_HOOK_MAX + hook;
		err = bpf_map_update_elem(in->fd_counters, &key, zero, BPF_ANY);
	}
	free(zero);
	return err;
}

int instance_counters_copy(int from, int to)
{
	int err, cpus = libbpf_num_possible_cpus();
	struct vtep_counters *percpu;
	struct bpf_map_info info;
	__u32 key;

	if (cpus < 0)
		return cpus;
	err = map_info(from, &info);
	percpu = calloc(cpus, sizeof(*percpu));
	if (!err && !percpu)
		err = -ENOMEM;
	for (key = 0; !err && key < info.max_entries; key++)
		err = bpf_map_lookup_elem(from, &key, percpu) ?: bpf_map_update_elem(to, &key, percpu, BPF_ANY);
	free(percpu);
	return err;
}

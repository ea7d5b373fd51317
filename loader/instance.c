/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding, opening and closing the pinned maps of an instance. The ABI is checked before anything
 * else is read. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "instance.h"

/* What the reading functions rely on: a map of another shape would overrun their buffers. 0: not
 * read. */
static const struct shape {
	const char *name;
	size_t fd;			/* offset in struct instance */
	__u32 key_size, value_size;
} shapes[] = {
#define SHAPE(name, key, value) { #name, offsetof(struct instance, fd_##name), key, value }
	SHAPE(meta, sizeof(__u32), sizeof(struct vtep_meta)),
	SHAPE(ifaces, sizeof(__u32), sizeof(struct vtep_iface)),
	SHAPE(near_ifaces, sizeof(__u32), sizeof(struct vtep_iface)),
	SHAPE(ports, sizeof(__u32), sizeof(struct vtep_port)),
	SHAPE(vnis, sizeof(__u32), sizeof(struct vtep_vni)),
	SHAPE(vni_slots, sizeof(__u32), sizeof(__u32)),
	SHAPE(vteps, sizeof(__u32), sizeof(struct vtep_remote)),
	SHAPE(members, sizeof(struct vtep_member_key), sizeof(struct vtep_member)),
	SHAPE(flood, sizeof(__u32), sizeof(__u32)),
	SHAPE(fdb, sizeof(struct vtep_fdb_key), sizeof(struct vtep_fdb)),
	SHAPE(neigh, sizeof(struct vtep_neigh_key), sizeof(struct vtep_neigh)),
	SHAPE(flows, sizeof(__u32), sizeof(struct vtep_flow)),
	SHAPE(gauge, sizeof(__u32), sizeof(struct vtep_gauge)),
	SHAPE(holders, sizeof(__u32), sizeof(struct vtep_holder)),
	SHAPE(counters, sizeof(__u32), sizeof(struct vtep_counters)),
	SHAPE(events, 0, 0),
#undef SHAPE
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

#define COUNT_MAP(name) + 1
_Static_assert(N_SHAPES == 0 INSTANCE_MAPS(COUNT_MAP), "a shape for each map");
#undef COUNT_MAP

static int *shape_fd(struct instance *in, const struct shape *shape)
{
	return (int *)((char *)in + shape->fd);
}

static int map_open(const char *dir, const struct shape *shape, bool readonly,
		    struct bpf_map_info *info)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = readonly ? BPF_F_RDONLY : 0);
	char path[PINS_PATH + 16];
	__u32 len = sizeof(*info);
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, shape->name);
	fd = bpf_obj_get_opts(path, &opts);
	if (fd < 0)
		return fd;
	memset(info, 0, sizeof(*info));
	err = bpf_obj_get_info_by_fd(fd, info, &len);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Another ABI's value may have any size; its first word is the ABI. */
static int meta_read(int fd, const struct bpf_map_info *info, struct vtep_meta *meta)
{
	struct vtep_meta *value;
	__u32 zero = 0;
	int err;

	meta->abi = 0;
	if (info->type != BPF_MAP_TYPE_ARRAY || info->value_size < sizeof(meta->abi))
		return -EPROTO;
	value = calloc(1, info->value_size + sizeof(*value));
	if (!value)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &zero, value);
	if (!err)
		memcpy(meta, value, sizeof(*meta));
	free(value);
	if (err)
		return err;
	return meta->abi == VTEP_ABI_VERSION && info->value_size == sizeof(*meta) ? 0 : -EPROTO;
}

static int maps_open(struct instance *in, bool readonly)
{
	struct bpf_map_info info;
	size_t i;
	int fd;

	for (i = 0; i < N_SHAPES; i++) {
		const struct shape *shape = &shapes[i];

		fd = map_open(in->dir, shape, readonly, &info);
		if (fd < 0)
			/* Half an instance is a damaged one, none at all is none. */
			return i && fd == -ENOENT ? -EPROTO : fd;
		*shape_fd(in, shape) = fd;
		if (!i) {
			int err = meta_read(fd, &info, &in->meta);

			if (err)
				return err;
		} else if (shape->key_size && (info.key_size != shape->key_size ||
					       info.value_size != shape->value_size)) {
			return -EPROTO;
		}
	}
	in->readonly = readonly;
	return 0;
}

static void maps_close(struct instance *in)
{
	size_t i;

	for (i = 0; i < N_SHAPES; i++) {
		int *fd = shape_fd(in, &shapes[i]);

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

static void maps_none(struct instance *in)
{
	size_t i;

	for (i = 0; i < N_SHAPES; i++)
		*shape_fd(in, &shapes[i]) = -1;
}

static int shared_map(const struct instance *in, int fd, size_t size, void **out)
{
	int prot = in->readonly ? PROT_READ : PROT_READ | PROT_WRITE;
	void *at = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*out = at;
	return 0;
}

static size_t holders_size(const struct instance *in)
{
	return VTEP_HOLDERS(in->meta.vni_max) * sizeof(*in->holders);
}

static int shared_open(struct instance *in)
{
	int err = shared_map(in, in->fd_gauge, sizeof(*in->gauge), (void **)&in->gauge);

	return err ?: shared_map(in, in->fd_holders, holders_size(in), (void **)&in->holders);
}

static void shared_close(struct instance *in)
{
	if (in->gauge)
		munmap(in->gauge, sizeof(*in->gauge));
	if (in->holders)
		munmap(in->holders, holders_size(in));
	in->gauge = NULL;
	in->holders = NULL;
}

static int instance_find(const char *ifname, char *dir)
{
	char names[1][16];
	int n;

	if (!ifname) {
		n = instance_list(names, 1);
		if (n < 0)
			return n;
		if (n != 1)
			return n ? -ENOTUNIQ : -ENOENT;
		ifname = names[0];
	}
	return pins_dir(ifname, dir);
}

int instance_open(const char *ifname, struct instance *out)
{
	int err;

	/* The caller says what failed, in words that fit its object. */
	libbpf_set_print(NULL);
	*out = (struct instance){ 0 };
	maps_none(out);
	err = instance_find(ifname, out->dir);
	if (err)
		return err;
	err = maps_open(out, false);
	if (err == -EACCES || err == -EPERM) {
		maps_close(out);
		err = maps_open(out, true);
	}
	if (!err)
		err = shared_open(out);
	if (err) {
		shared_close(out);
		maps_close(out);
	}
	return err;
}

void instance_close(struct instance *in)
{
	shared_close(in);
	maps_close(in);
}

int instance_list(char names[][16], int max)
{
	char root[PINS_PATH];
	struct dirent *entry;
	int err, n = 0;
	DIR *d;

	err = pins_root(root);
	if (err)
		return err == -ENOENT ? 0 : err;
	d = opendir(root);
	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(names[0]))
			continue;
		if (n < max) {
			strcpy(names[n], entry->d_name);
			pins_ifname(names[n]);
		}
		n++;
	}
	closedir(d);
	return n;
}

void instance_lock_path(__u64 netns_cookie, const char *ifname, char *buf)
{
	snprintf(buf, PINS_PATH, "/run/vtepd/%llx.%s.lock", (unsigned long long)netns_cookie,
		 ifname);
}

int instance_config(const struct instance *in, char *path, size_t size, pid_t *pid)
{
	char lock[PINS_PATH], note[PATH_MAX + 16], *file;
	ssize_t n = -1;
	int fd;

	instance_lock_path(in->meta.netns_cookie, in->meta.ifname, lock);
	fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		n = read(fd, note, sizeof(note) - 1);
		close(fd);
	}
	if (n <= 0)
		return -ENOENT;
	note[n] = '\0';
	file = strchr(note, '\n');
	if (!file || !file[1] || strlen(file + 1) >= size)
		return -ENOENT;
	strcpy(path, file + 1);
	if (pid)
		*pid = atoi(note);
	return 0;
}

bool instance_running(const struct instance *in)
{
	char path[PINS_PATH];
	bool held;
	int fd;

	instance_lock_path(in->meta.netns_cookie, in->meta.ifname, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

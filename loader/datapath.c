// SPDX-License-Identifier: GPL-2.0-only
/* Load, pin, take over, attach. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include "addr.h"
#include "attach.h"
#include "daemon.h"
#include "datapath.h"
#include "tunnel.h"
#include "fdb.h"
#include "log.h"
#include "vtep.skel.h"

static int no_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* Sizes of a fresh instance. */
static void size_maps(struct daemon *d, const struct vtep_meta *meta)
{
	bpf_map__set_max_entries(d->skel->maps.counters, meta->vni_max * VTEP_HOOK_MAX);
	bpf_map__set_max_entries(d->skel->maps.fdb, meta->fdb_max);
	bpf_map__set_max_entries(d->skel->maps.holders, VTEP_HOLDERS(meta->vni_max));
}

static void set_constants(struct daemon *d, const struct vtep_meta *meta)
{
	d->skel->rodata->vtep_udp_port = meta->udp_port;
	d->skel->rodata->vtep_local4 = addr_to4(&meta->local);
	d->skel->rodata->vtep_learned_max = meta->fdb_max - VTEP_FDB_STATIC(meta->fdb_max);
	d->skel->rodata->vtep_decap_l3 = d->probe.decap_l3;
	d->skel->rodata->vtep_decap_gso = d->probe.decap_gso;
	d->skel->rodata->vtep_skb_state = d->probe.decap_gso;	/* newer than what tells the state */
}

/*
 * Each map of the object that instances pin; .rodata and what the programs remember are the
 * process's own.
 */
static int each_map(struct daemon *d, int (*cb)(struct daemon *d, struct bpf_map *map, const char *path))
{
	char path[PINS_PATH + 64];
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, d->skel->obj) {
		if (bpf_map__is_internal(map) || map == d->skel->maps.recents)
			continue;
		snprintf(path, sizeof(path), "%s/%s", d->in.dir, bpf_map__name(map));
		err = cb(d, map, path);
		if (err)
			return err;
	}
	return 0;
}

static int map_reuse(struct daemon *d, struct bpf_map *map, const char *path)
{
	int fd, err;

	if (map == d->skel->maps.counters && d->counters_grow)
		return 0;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

static int map_pin(struct daemon *d, struct bpf_map *map, const char *path)
{
	(void)d;
	return bpf_map__pin(map, path);
}

/*
 * More counters take the place of those that are pinned and go on from what they say. The running
 * programs count into the old ones until ours are on their hooks; what they count from here on is lost.
 */
static int counters_grow(struct daemon *d)
{
	struct bpf_map *map = d->skel->maps.counters;
	char path[PINS_PATH + 64], fresh[PINS_PATH + 72];
	int err, fd;

	snprintf(path, sizeof(path), "%s/counters", d->in.dir);
	snprintf(fresh, sizeof(fresh), "%s_new", path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = instance_counters_copy(fd, bpf_map__fd(map));
	close(fd);
	unlink(fresh);
	err = err ?: bpf_map__pin(map, fresh);
	return err ?: rename(fresh, path) ? -errno : 0;
}

/* Counters are per CPU and slot: for twice as many VNIs as there are, so that some may come. */
static uint32_t slots_for(uint32_t vnis)
{
	uint32_t slots = VTEP_MIN_VNIS;

	while (slots < 2 * vnis && slots < VTEP_MAX_VNIS)
		slots *= 2;
	return slots;
}

bool datapath_room(const struct daemon *d, int vnis)
{
	return (__u32)vnis < d->in.meta.vni_max;
}

struct unwanted {
	struct daemon *d;
	int n;
};

static int count_unwanted(__u32 slot, const struct vtep_vni *v, void *data)
{
	struct unwanted *u = data;

	(void)slot;
	u->n += !daemon_segment_by_vni(u->d, v->vni);
	return 0;
}

/* Pins of an earlier process? Their sizes win; what they were made for must be what we are for. */
static int find_predecessor(struct daemon *d)
{
	struct unwanted gone = { d, 0 };
	struct instance old;
	int err = instance_open(d->model.ifname, &old);

	if (err == -ENOENT)
		return 0;
	if (err == -EPROTO) {
		log_err("%s: %s holds pins of another ABI than %d", d->model.ifname, d->in.dir,
			VTEP_ABI_VERSION);
		log_hint("stop that vtepd, or when it is dead: rm -r %s", d->in.dir);
		return err;
	}
	if (err) {
		log_err("%s: cannot read the pins in %s: %s", d->model.ifname, d->in.dir, strerror(-err));
		log_hint("rm -r %s        (frames stop until vtepd has started)", d->in.dir);
		return err;
	}
	if (old.meta.fdb_max != d->model.fdb_max)
		log_warning("%s: --fdb-max stays %u, as the running tables are; stop and start to change it",
			    d->model.ifname, old.meta.fdb_max);
	d->in.meta = old.meta;
	d->taken_over = true;
	/* Those that are not served any more keep their slots until ours are. */
	instance_each_vni(&old, count_unwanted, &gone);
	if (!datapath_room(d, d->n_segments + gone.n))
		d->in.meta.vni_max = slots_for(d->n_segments + gone.n);
	d->counters_grow = d->in.meta.vni_max != old.meta.vni_max;
	instance_close(&old);
	return 0;
}

static void fresh_meta(struct daemon *d)
{
	uint64_t cookie = 0;

	pins_netns_cookie(&cookie);
	d->in.meta = (struct vtep_meta){ .fdb_max = d->model.fdb_max, .vni_max = slots_for(d->n_segments) };
	d->in.meta.netns_cookie = cookie;
}

void datapath_set_hold(struct daemon *d)
{
	const struct model_hold *hold = &d->model.hold;
	struct vtep_meta *meta = &d->in.meta;

	meta->hold_moves = hold->moves;
	meta->hold_window = hold->moves ? fdb_ticks(hold->window) : 0;
	meta->hold_time = fdb_ticks(hold->time);
}

/* What this process knows better than its predecessor. */
static void update_meta(struct daemon *d)
{
	struct vtep_meta *meta = &d->in.meta;

	meta->abi = VTEP_ABI_VERSION;
	meta->wg_ifindex = d->wg.ifindex;
	meta->udp_port = htons(d->model.udp_port);
	meta->local = d->local;
	snprintf(meta->ifname, sizeof(meta->ifname), "%s", d->model.ifname);
	datapath_set_hold(d);
	meta->flags &= ~(VTEP_META_TCX | VTEP_META_GSO_DECAP | VTEP_META_DECAP_L3 | VTEP_META_OFF | VTEP_META_ETHERNET);
	meta->flags = (meta->flags & ~VTEP_META_UP) | (d->wg.flags & IFF_UP ? VTEP_META_UP : 0);
	meta->flags |= d->model.accel == ACCEL_OFF ? VTEP_META_OFF : d->tcx ? VTEP_META_TCX : 0;
	meta->flags |= d->ether ? VTEP_META_ETHERNET : 0;
	meta->flags |= d->probe.decap_gso ? VTEP_META_GSO_DECAP : 0;
	meta->flags |= d->probe.decap_l3 ? VTEP_META_DECAP_L3 : 0;
	tunnel_note(d);
}

int datapath_write_meta(struct daemon *d)
{
	__u32 zero = 0;

	return bpf_map_update_elem(d->in.fd_meta, &zero, &d->in.meta, BPF_ANY);
}

static int choose_hook(struct daemon *d)
{
	if (d->model.accel == ACCEL_TCX && !d->probe.tcx) {
		log_err("--accel tcx: this kernel has no tcx links (Linux 6.6)");
		log_hint("--accel auto");
		return -EOPNOTSUPP;
	}
	d->tcx = d->probe.tcx && d->model.accel != ACCEL_TC;
	if (d->taken_over && d->model.accel != ACCEL_OFF && !(d->in.meta.flags & VTEP_META_OFF) &&
	    d->tcx != !!(d->in.meta.flags & VTEP_META_TCX)) {
		log_err("--accel: the running programs sit on %s hooks",
			d->in.meta.flags & VTEP_META_TCX ? "tcx" : "tc");
		log_hint("start once without --accel and stop it, then start as wanted");
		return -EBUSY;
	}
	return 0;
}

static int load_failed(struct daemon *d, const char *what, int err)
{
	log_err("%s: cannot %s: %s", d->model.ifname, what, strerror(-err));
	log_hint(d->model.accel == ACCEL_OFF ? "run as root, with a BPF file system for the maps" :
		 err == -EPERM ? "run as root; in lockdown mode: --accel off" :
				 "--accel off        (forwards in the kernel's vxlan)");
	return err;
}

static int load(struct daemon *d)
{
	int err;

	d->skel = vtep_bpf__open();
	if (!d->skel)
		return load_failed(d, "open the BPF programs", -errno);
	datapath_choose(d);
	size_maps(d, &d->in.meta);
	set_constants(d, &d->in.meta);
	err = d->taken_over ? each_map(d, map_reuse) : 0;
	if (err)
		return load_failed(d, "reuse the pinned maps", err);
	err = vtep_bpf__load(d->skel);
	if (err)
		return load_failed(d, "load the BPF programs", err);
	if (d->taken_over) {
		err = d->counters_grow ? counters_grow(d) : 0;
		return err ? load_failed(d, "make room for more VNIs", err) : 0;
	}
	err = pins_create(d->in.dir);
	if (err)
		return load_failed(d, "make the directory of the pins", err);
	d->pinned = true;
	err = each_map(d, map_pin);
	return err ? load_failed(d, "pin the maps", err) : 0;
}

static int datapath_prepare(struct daemon *d)
{
	int err;

	libbpf_set_print(no_print);
	err = pins_mount();
	if (!err)
		err = pins_dir(d->model.ifname, d->in.dir);
	if (err) {
		log_err("cannot mount the BPF file system: %s", strerror(-err));
		log_hint("mount -t bpf bpf /sys/fs/bpf");
		return err;
	}
	err = d->model.accel == ACCEL_OFF ? 0 : probe_kernel(&d->probe);
	if (err)
		return load_failed(d, "load BPF programs", err);
	err = find_predecessor(d);
	if (err)
		return err;
	if (!d->taken_over)
		fresh_meta(d);
	return choose_hook(d);
}

int datapath_open(struct daemon *d)
{
	__u32 zero = 0;
	int err;

	err = datapath_prepare(d);
	if (err)
		return err;
	update_meta(d);
	err = load(d);
	if (err)
		goto fail;
	/* instance_open() looks at meta first */
	err = bpf_map_update_elem(bpf_map__fd(d->skel->maps.meta), &zero, &d->in.meta, BPF_ANY);
	if (!err)
		err = instance_open(d->model.ifname, &d->in);
	if (!err)
		return 0;
	load_failed(d, "open the pinned maps", err);
fail:
	vtep_bpf__destroy(d->skel);
	d->skel = NULL;
	if (d->pinned)
		pins_remove(d->in.dir);
	d->pinned = false;
	return err;
}

void datapath_close(struct daemon *d, bool remove)
{
	char dir[PINS_PATH];

	if (!d->skel)
		return;
	strcpy(dir, d->in.dir);
	instance_close(&d->in);
	vtep_bpf__destroy(d->skel);
	d->skel = NULL;
	if (remove)
		pins_remove(dir);
}

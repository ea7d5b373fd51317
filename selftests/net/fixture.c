// SPDX-License-Identifier: GPL-2.0-only
/*
 * An instance without a daemon or WireGuard, for testing what reads one: maps as vtepd pins them,
 * filled with samples, in the caller's network namespace. Two VNIs: 1 on vx1 in br1 with the ports
 * vnet2 and vnet10, 7 on vx7 in br7 with vnet7; the devices stand already.
 *
 *   fixture IFACE               makes it
 *   fixture IFACE abi N         with another ABI number
 *   fixture IFACE damaged       with an fdb of another layout
 *   fixture IFACE off           without programs: --accel off
 *   fixture IFACE one           VNI 1 only
 *   fixture IFACE run           holds the daemon's lock until it is killed; says "ready"
 *   fixture IFACE many N        N more learned MACs in VNI 7
 *   fixture IFACE remove        takes the pins away
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "addr.h"
#include "fdb.h"
#include "instance.h"

#define FIXTURE_VNIS	64

static const char *ifname;

static void die(const char *what, int err)
{
	fprintf(stderr, "fixture: %s: %s\n", what, strerror(-err));
	exit(1);
}

static int map_make(const char *dir, const char *name, enum bpf_map_type type, __u32 key,
		    __u32 value, __u32 entries, struct bpf_map_create_opts *opts)
{
	int fd = bpf_map_create(type, name, key, value, entries, opts), err;
	char path[PINS_PATH + 16];

	if (fd < 0)
		die(name, fd);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err = bpf_obj_pin(fd, path);
	if (err)
		die(path, err);
	return fd;
}

static void put(int fd, const char *what, const void *key, const void *value)
{
	int err = bpf_map_update_elem(fd, key, value, BPF_ANY);

	if (err)
		die(what, err);
}

static int list_make(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "list", 4, 4, 8, &opts);

	return fd < 0 ? (die("list", fd), -1) : fd;
}

static void maps_make(const char *dir, bool damaged)
{
	LIBBPF_OPTS(bpf_map_create_opts, lazy, .map_flags = BPF_F_NO_PREALLOC);
	LIBBPF_OPTS(bpf_map_create_opts, mapped, .map_flags = BPF_F_MMAPABLE);
	LIBBPF_OPTS(bpf_map_create_opts, of_lists, .inner_map_fd = list_make());

	map_make(dir, "meta", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_meta), 1, NULL);
	map_make(dir, "ifaces", BPF_MAP_TYPE_HASH, 4, sizeof(struct vtep_iface), 64, &lazy);
	map_make(dir, "near_ifaces", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_iface), VTEP_NEAR_IFACES, NULL);
	map_make(dir, "ports", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_port), VTEP_MAX_PORTS,
		 NULL);
	map_make(dir, "vnis", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_vni), FIXTURE_VNIS, NULL);
	map_make(dir, "vni_slots", BPF_MAP_TYPE_HASH, 4, 4, FIXTURE_VNIS, &lazy);
	map_make(dir, "vteps", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_remote), VTEP_MAX_VTEPS,
		 NULL);
	map_make(dir, "members", BPF_MAP_TYPE_HASH, sizeof(struct vtep_member_key),
		 sizeof(struct vtep_member), VTEP_MAX_MEMBERS, &lazy);
	map_make(dir, "flood", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, FIXTURE_VNIS, &of_lists);
	map_make(dir, "fdb", BPF_MAP_TYPE_HASH, sizeof(struct vtep_fdb_key),
		 sizeof(struct vtep_fdb) + (damaged ? 8 : 0), VTEP_FDB_MAX, NULL);
	map_make(dir, "flows", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_flow), VTEP_FLOWS, NULL);
	map_make(dir, "neigh", BPF_MAP_TYPE_HASH, sizeof(struct vtep_neigh_key), sizeof(struct vtep_neigh), 1024, &lazy);
	map_make(dir, "holders", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_holder), VTEP_HOLDERS(FIXTURE_VNIS), &mapped);
	map_make(dir, "gauge", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct vtep_gauge), 1, &mapped);
	map_make(dir, "counters", BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct vtep_counters),
		 FIXTURE_VNIS * VTEP_HOOK_MAX, NULL);
	map_make(dir, "events", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, NULL);
}

static void fill_meta(const char *dir, __u32 abi, __u32 flags)
{
	struct vtep_meta meta = { .abi = abi, .flags = flags, .fdb_max = VTEP_FDB_MAX,
				  .vni_max = FIXTURE_VNIS, .udp_port = htons(VTEP_PORT) };
	__u32 zero = 0;
	char path[PINS_PATH + 16];
	uint64_t cookie;

	pins_netns_cookie(&cookie);
	meta.netns_cookie = cookie;
	meta.wg_ifindex = if_nametoindex(ifname);
	snprintf(meta.ifname, sizeof(meta.ifname), "%s", ifname);
	addr_parse("172.16.0.1", &meta.local);
	snprintf(path, sizeof(path), "%s/meta", dir);
	put(bpf_obj_get(path), "meta", &zero, &meta);
}

static void fill_vni(const struct instance *in, __u32 slot, __u32 vni, const char *vx,
		     const char *br)
{
	struct vtep_vni v = { .vni = vni, .vx_ifindex = if_nametoindex(vx),
			      .br_ifindex = if_nametoindex(br), .flags = VTEP_VNI_LEARNING,
			      .ageing = fdb_ticks(300), .overlay_mtu = 1370 };

	put(in->fd_vnis, vx, &slot, &v);
	put(in->fd_vni_slots, vx, &vni, &slot);
}

static void fill_port(const struct instance *in, __u32 slot, __u32 vni_slot, const char *name)
{
	struct vtep_port p = { .ifindex = if_nametoindex(name), .vni_slot = vni_slot,
			       .flags = VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING };

	put(in->fd_ports, name, &slot, &p);
}

static void fill_vtep(const struct instance *in, __u32 slot, const char *addr)
{
	struct vtep_remote r = { .ifindex = if_nametoindex(ifname) };

	addr_parse(addr, &r.addr);
	put(in->fd_vteps, addr, &slot, &r);
}

static void fill_flood(const struct instance *in, __u32 vni_slot, __u32 n, const __u32 *slots)
{
	int list = list_make();
	__u32 i, at = 0;

	put(list, "list", &at, &n);
	for (i = 0; i < n; i++) {
		at = i + 1;
		put(list, "list", &at, &slots[i]);
	}
	put(in->fd_flood, "flood", &vni_slot, &list);
}

static void fill_fdb(const struct instance *in, __u32 vni, const char *mac, __u32 slot, __u32 flags,
		     __u32 seen, __u32 changed)
{
	struct vtep_fdb e = { .where = { .slot = slot, .flags = flags } };
	struct vtep_fdb_key key = { .vni = vni };
	__u32 now = fdb_tick();

	mac_parse(mac, key.mac);
	e.seen = now - fdb_ticks(seen);
	e.changed = now - fdb_ticks(changed);
	put(in->fd_fdb, mac, &key, &e);
	if (!(flags & VTEP_FDB_STATIC_ENTRY))
		in->gauge->learned++;
}

static void fill_counter(const struct instance *in, __u32 slot, enum vtep_hook hook,
			 enum vtep_reason reason, __u64 packets)
{
	int cpu, cpus = libbpf_num_possible_cpus();
	struct vtep_counters *c = calloc(cpus, sizeof(*c));
	__u32 key = slot * VTEP_HOOK_MAX + hook;

	bpf_map_lookup_elem(in->fd_counters, &key, c);
	for (cpu = 0; cpu < cpus; cpu++)
		c[cpu].reason[reason] = (struct vtep_count){ packets, packets * 100 };
	put(in->fd_counters, "counters", &key, c);
	free(c);
}

/* 3 learned local, 1 of them aged out; 3 learned remote, 1 close to its age; statics both ways; 1
 * own. */
static void fill_vni1(const struct instance *in)
{
	static const __u32 both[] = { 5, 6 };

	fill_vni(in, 1, 1, "vx1", "br1");
	fill_port(in, 0, 1, "vnet10");
	fill_port(in, 1, 1, "vnet2");
	fill_flood(in, 1, 2, both);
	fill_fdb(in, 1, "52:54:00:77:00:07", 0, 0, 3, 3600);
	fill_fdb(in, 1, "52:54:00:77:00:08", 1, 0, 41, 41);
	fill_fdb(in, 1, "52:54:00:77:00:09", 1, 0, 400, 500);
	fill_fdb(in, 1, "52:54:00:9a:1c:01", 5, VTEP_FDB_REMOTE, 12, 7300);
	fill_fdb(in, 1, "52:54:00:9a:1c:02", 6, VTEP_FDB_REMOTE, 250, 200000);
	fill_fdb(in, 1, "52:54:00:9a:1c:03", 5, VTEP_FDB_REMOTE, 0, 0);
	fill_fdb(in, 1, "de:ad:be:ef:00:01", 5, VTEP_FDB_REMOTE | VTEP_FDB_STATIC_ENTRY, 0, 0);
	fill_fdb(in, 1, "52:54:00:77:00:01", 1, VTEP_FDB_STATIC_ENTRY, 0, 0);
	fill_fdb(in, 1, "02:00:00:00:00:01", VTEP_NO_SLOT, VTEP_FDB_STATIC_ENTRY, 0, 0);
	fill_counter(in, 1, VTEP_HOOK_PORT_RX, VTEP_R_ENCAP, 24105);
	fill_counter(in, 1, VTEP_HOOK_PORT_RX, VTEP_R_SRC_STATIC, 2);
	fill_counter(in, 1, VTEP_HOOK_VX_TX, VTEP_R_FLOODED, 31);
	fill_counter(in, 1, VTEP_HOOK_WG_RX, VTEP_R_DELIVERED, 25066);
}

static void fill_vni7(const struct instance *in)
{
	static const __u32 last[] = { 7 };

	fill_vni(in, 2, 7, "vx7", "br7");
	fill_port(in, 2, 2, "vnet7");
	fill_flood(in, 2, 1, last);
	fill_fdb(in, 7, "52:54:00:9a:1c:01", 2, 0, 100, 100);
	fill_fdb(in, 7, "52:54:00:07:00:01", 7, VTEP_FDB_REMOTE, 60, 60);
	fill_counter(in, 2, VTEP_HOOK_WG_RX, VTEP_R_VTEP_UNKNOWN, 4);
}

static void fixture_make(const char *dir, const char *mode, const char *number)
{
	__u32 abi = !strcmp(mode, "abi") ? atoi(number) : VTEP_ABI_VERSION;
	bool damaged = !strcmp(mode, "damaged");
	struct instance in;
	int err;

	err = pins_create(dir);
	if (err)
		die(dir, err);
	maps_make(dir, damaged);
	fill_meta(dir, abi, !strcmp(mode, "off") ? VTEP_META_OFF : VTEP_META_TCX);
	if (damaged || abi != VTEP_ABI_VERSION)
		return;
	err = instance_open(ifname, &in);
	if (err)
		die("instance_open", err);
	fill_vtep(&in, 5, "172.16.0.2");
	fill_vtep(&in, 6, "172.16.0.10");
	fill_vtep(&in, 7, "172.16.0.3");
	fill_vni1(&in);
	if (strcmp(mode, "one"))
		fill_vni7(&in);
	fill_counter(&in, 0, VTEP_HOOK_WG_RX, VTEP_R_NOT_OURS, 500);
	instance_close(&in);
}

static void fixture_many(unsigned int n)
{
	struct instance in;
	char mac[MAC_STRLEN];
	unsigned int i;
	int err = instance_open(ifname, &in);

	if (err)
		die("instance_open", err);
	for (i = 0; i < n; i++) {
		snprintf(mac, sizeof(mac), "06:00:00:%02x:%02x:%02x", i >> 16 & 255, i >> 8 & 255,
			 i & 255);
		fill_fdb(&in, 7, mac, 7, VTEP_FDB_REMOTE, 5, 5);
	}
	instance_close(&in);
}

static void lock_path(char *path)
{
	uint64_t cookie;

	pins_netns_cookie(&cookie);
	instance_lock_path(cookie, ifname, path);
}

static void fixture_run(void)
{
	char path[PINS_PATH];
	int fd;

	mkdir("/run/vtepd", 0755);
	lock_path(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		die(path, -errno);
	puts("ready");
	fflush(stdout);
	pause();
}

static int fixture_remove(const char *dir)
{
	char path[PINS_PATH];

	lock_path(path);
	unlink(path);
	rmdir("/run/vtepd");
	return pins_remove(dir);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	char dir[PINS_PATH];
	int err;

	if (argc < 2)
		die("IFACE", -EINVAL);
	ifname = argv[1];
	err = pins_dir(ifname, dir);
	if (err)
		die("pins_dir", err);
	if (!strcmp(mode, "run"))
		fixture_run();
	else if (!strcmp(mode, "many"))
		fixture_many(argc > 3 ? atoi(argv[3]) : 0);
	else if (!strcmp(mode, "remove"))
		err = fixture_remove(dir);
	else
		fixture_make(dir, mode, argc > 3 ? argv[3] : "0");
	if (err)
		die(dir, err);
	return 0;
}

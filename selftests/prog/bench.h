/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads and attaches the object of object.h, runs its programs, and tells by the counters what
 * became of a packet.
 */
#ifndef BENCH_H
#define BENCH_H

#include <bpf/btf.h>
#include "object.h"

#define BENCH_TCX_INGRESS	46	/* enum bpf_attach_type, Linux 6.6 */
#define BENCH_TCX_EGRESS	47
#define BENCH_DECAP_L3_IPV6	(1ULL << 8)	/* BPF_F_ADJ_ROOM_DECAP_L3_IPV6, Linux 6.3 */

struct tally {
	__u64 packets[OBJECT_SLOTS][VTEP_HOOK_MAX][VTEP_REASON_MAX];
};

static const char *const reason_names[VTEP_REASON_MAX] = {
#define BENCH_NAME(id, name, kind, text) name,
	VTEP_REASONS(BENCH_NAME)
#undef BENCH_NAME
};

static inline int bench_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static inline void bench_configure(const struct object *o, __u32 remotes, enum wire_device underlay)
{
	const struct wire *w = o->wire;
	const __u32 open = VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING;

	object_tunnel(o, true, w->ifindex[underlay]);
	object_vni(o, 1, VNI1, w->ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	object_vni(o, 2, VNI2, w->ifindex[WIRE_VX2], VTEP_VNI_LEARNING);
	object_port(o, WIRE_PORT_A, 1, open);
	object_port(o, WIRE_PORT_B, 1, open);
	object_port(o, WIRE_PORT_C, 1, 0);
	object_port(o, WIRE_PORT_D, 2, open);
	for (__u32 i = 1; i <= remotes; i++) {
		object_remote(o, i, w->ifindex[underlay]);
		object_member(o, VNI1, 1, i);
		object_member(o, VNI2, 2, i);
	}
}

/* The kind for the underlay, as vtepd does. */
static inline void bench_choose(const struct vtep_bpf *s, bool ether)
{
	bpf_program__set_autoload(s->progs.vtep_port_rx, !ether);
	bpf_program__set_autoload(s->progs.vtep_vx_tx, !ether);
	bpf_program__set_autoload(s->progs.vtep_wg_rx, !ether);
	bpf_program__set_autoload(s->progs.vtep_eth_port, ether);
	bpf_program__set_autoload(s->progs.vtep_eth_tx, ether);
	bpf_program__set_autoload(s->progs.vtep_eth_rx, ether);
}

/* Has the kernel what vtep_skb_state asks? Linux 6.2. */
static inline bool bench_tells_state(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool tells = btf && btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return tells;
}

static inline void bench_load(struct object *o, const struct wire *w, struct object_options opt)
{
	__u32 fdb_max = opt.fdb_max ?: 1024;
	struct vtep_bpf *s;

	libbpf_set_print(bench_libbpf);
	s = vtep_bpf__open();
	if (!s)
		tap_bail("open: %s", strerror(errno));
	s->rodata->vtep_udp_port = htons(4789);
	s->rodata->vtep_local4 = htonl(LOCAL);
	s->rodata->vtep_learned_max = fdb_max;
	s->rodata->vtep_decap_l3 = opt.decap_l3;
	s->rodata->vtep_decap_gso = opt.decap_gso;
	s->rodata->vtep_skb_state = opt.skb_state;
	bpf_map__set_max_entries(s->maps.counters, (opt.slots ?: OBJECT_SLOTS) * VTEP_HOOK_MAX);
	bpf_map__set_max_entries(s->maps.fdb, fdb_max + OBJECT_STATIC);
	bpf_map__set_max_entries(s->maps.holders, VTEP_HOLDERS(opt.slots ?: OBJECT_SLOTS));
	bench_choose(s, opt.ether);
	if (vtep_bpf__load(s))
		tap_bail("load: %s", strerror(errno));
	libbpf_set_print(NULL);
	*o = (struct object){ .skel = s, .wire = w, .ether = opt.ether, .cpus = libbpf_num_possible_cpus(),
			      .mtu = opt.mtu ?: WIRE_MTU };
	o->percpu = calloc(o->cpus, sizeof(*o->percpu));
	o->holders = mmap(NULL, VTEP_HOLDERS(OBJECT_SLOTS) * sizeof(*o->holders), PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(s->maps.holders), 0);
	if (o->holders == MAP_FAILED)
		tap_bail("holders: %s", strerror(errno));
	bench_configure(o, opt.remotes ?: 3, opt.ether ? WIRE_ETH : WIRE_WG);
}

static inline void bench_unload(struct object *o)
{
	munmap(o->holders, VTEP_HOLDERS(OBJECT_SLOTS) * sizeof(*o->holders));
	vtep_bpf__destroy(o->skel);
	free(o->percpu);
}

/* By tcx where the kernel has it, else as a clsact filter. Gone with the device. */
static inline void bench_attach_one(const struct bpf_program *prog, int ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(prog));
	int err;

	if (bpf_link_create(opts.prog_fd, ifindex, egress ? BENCH_TCX_EGRESS : BENCH_TCX_INGRESS,
			    NULL) >= 0)
		return;
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		tap_bail("clsact: %s", strerror(-err));
	hook.attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		tap_bail("tc filter: %s", strerror(-err));
}

/* All programs to their devices: the port's, vx_tx and vx_rx, the underlay's. Once per object and wire. */
static inline void bench_attach(const struct object *o)
{
	const struct vtep_bpf *s = o->skel;
	const __u32 *ifindex = o->wire->ifindex;

	for (int i = WIRE_PORT_A; i <= WIRE_PORT_D; i++)
		bench_attach_one(o->ether ? s->progs.vtep_eth_port : s->progs.vtep_port_rx, ifindex[i], false);
	for (int i = WIRE_VX1; i <= WIRE_VX2; i++) {
		bench_attach_one(o->ether ? s->progs.vtep_eth_tx : s->progs.vtep_vx_tx, ifindex[i], true);
		bench_attach_one(s->progs.vtep_vx_rx, ifindex[i], false);
	}
	if (o->ether)
		bench_attach_one(s->progs.vtep_eth_rx, ifindex[WIRE_ETH], false);
	else
		bench_attach_one(s->progs.vtep_wg_rx, ifindex[WIRE_WG], false);
}

/*
 * One packet by BPF_PROG_TEST_RUN. The redirect that the program asked for does not happen; a
 * clone's does.
 */
static inline void bench_run(const struct bpf_program *prog, __u32 ifindex, const struct frame *in,
			     __u32 mark, __u32 gso_segs, struct run *run)
{
	struct __sk_buff ctx_in = { .ifindex = ifindex, .mark = mark, .gso_segs = gso_segs,
				    .gso_size = gso_segs ? 100 : 0 };
	struct __sk_buff ctx_out = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->byte, .data_size_in = in->len,
		    .data_out = run->out.byte, .data_size_out = sizeof(run->out.byte),
		    .ctx_in = &ctx_in, .ctx_size_in = sizeof(ctx_in), .ctx_out = &ctx_out,
		    .ctx_size_out = sizeof(ctx_out));

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		tap_bail("test run of %s, %zu bytes: %s", bpf_program__name(prog), in->len,
			 strerror(errno));
	run->verdict = opts.retval;
	run->mark = ctx_out.mark;
	run->out.len = opts.data_size_out;
}

static inline void bench_tally(const struct object *o, struct tally *t)
{
	memset(t, 0, sizeof(*t));
	for (__u32 key = 0; key < OBJECT_SLOTS * VTEP_HOOK_MAX; key++) {
		if (bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.counters), &key, o->percpu))
			tap_bail("counters: %s", strerror(errno));
		for (int cpu = 0; cpu < o->cpus; cpu++)
			for (int r = 0; r < VTEP_REASON_MAX; r++)
				t->packets[key / VTEP_HOOK_MAX][key % VTEP_HOOK_MAX][r] +=
					o->percpu[cpu].reason[r].packets;
	}
}

static inline __u64 tally_hook(const struct tally *t, enum vtep_hook hook)
{
	__u64 sum = 0;

	for (int slot = 0; slot < OBJECT_SLOTS; slot++)
		for (int r = 0; r < VTEP_REASON_MAX; r++)
			sum += t->packets[slot][hook][r];
	return sum;
}

/* How many of one kind since `before`. */
static inline __u64 bench_since(const struct object *o, const struct tally *before, __u32 slot,
				enum vtep_hook hook, enum vtep_reason reason)
{
	struct tally now;

	bench_tally(o, &now);
	return now.packets[slot][hook][reason] - before->packets[slot][hook][reason];
}

/* Since `before`: exactly `n` of this one and, at this hook, of no other. */
static inline bool bench_counted(const struct object *o, const struct tally *before, __u32 slot,
				 enum vtep_hook hook, enum vtep_reason reason, __u64 n)
{
	struct tally now;
	bool good = true;

	bench_tally(o, &now);
	for (int s = 0; s < OBJECT_SLOTS; s++) {
		for (int r = 0; r < VTEP_REASON_MAX; r++) {
			__u64 got = now.packets[s][hook][r] - before->packets[s][hook][r];
			__u64 want = s == (int)slot && r == (int)reason ? n : 0;

			if (got == want)
				continue;
			tap_note("slot %d %s: %llu, want %llu", s, reason_names[r], got, want);
			good = false;
		}
	}
	return good;
}

/* A small IPv4 frame into a port … */
static inline void bench_from_port(const struct object *o, enum wire_device port, const __u8 *dst,
				   const __u8 *src)
{
	static struct frame f;

	frame_make(&f, FRAME_IP4, 100, dst, src, 0);
	wire_send(o->wire, port, f.byte, f.len);
}

/* … or from a VTEP out of the tunnel. */
static inline void bench_from_tunnel(const struct object *o, __u32 remote, __u32 vni,
				     const __u8 *dst, const __u8 *src)
{
	static struct frame f, outer;

	frame_make(&f, FRAME_IP4, 100, dst, src, 0);
	outer_make(&outer, REMOTE(remote), LOCAL, 50000, vni, &f);
	wire_send(o->wire, WIRE_WG, outer.byte, outer.len);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Feature probes by use. */
#include <errno.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <bpf/bpf.h>
#include "attach.h"
#include "probe.h"
#include "probe.skel.h"

/* Newer than Debian 12's linux/bpf.h; enum bpf_adj_room_flags, 6.3 and 7.3. */
#define PROBE_DECAP_L3_IPV6	(1ULL << 8)
#define PROBE_DECAP_L4_UDP	(1ULL << 10)

/*
 * Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4 or IPv6, zeroes. Only what the helper looks at is
 * filled in.
 */
static void probe_packet(unsigned char packet[160])
{
	memset(packet, 0, 160);
	packet[12] = ETH_P_IP >> 8;
	packet[14] = 0x45;
	packet[17] = 146;
	packet[23] = IPPROTO_UDP;
}

static bool probe_room_takes(int prog, uint64_t flags)
{
	unsigned char packet[160], out[512];
	struct __sk_buff ctx = { .cb[0] = flags };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	probe_packet(packet);
	return !bpf_prog_test_run_opts(prog, &opts) && !opts.retval;
}

/*
 * No such interface: a kernel that knows tcx looks for it, another refuses the attach type first.
 */
static bool probe_tcx(int prog)
{
	return bpf_link_create(prog, INT32_MAX, ATTACH_TCX_INGRESS, NULL) == -ENODEV;
}

int probe_kernel(struct probe *out)
{
	struct probe_bpf *skel = probe_bpf__open_and_load();
	int prog;

	if (!skel)
		return -errno;
	prog = bpf_program__fd(skel->progs.probe_room);
	*out = (struct probe){
		.decap_l3 = probe_room_takes(prog, PROBE_DECAP_L3_IPV6) ? PROBE_DECAP_L3_IPV6 : 0,
		.decap_gso = probe_room_takes(prog, PROBE_DECAP_L4_UDP) ? PROBE_DECAP_L4_UDP : 0,
		.tcx = probe_tcx(prog),
	};
	probe_bpf__destroy(skel);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every reason a packet can leave a program for, provoked: the verdict, that it was counted once,
 * in the right VNI, and that nothing else was. At the end: what went in is the sum of all reasons,
 * at each hook.
 */
#include "bench.h"

#define PASS	TC_ACT_UNSPEC
#define DROP	TC_ACT_SHOT
#define SEND	TC_ACT_REDIRECT
#define STRANGER	1U	/* lo: no device of ours */

static const __u8 mac_far2[6] = { 0x02, 0, 0, 0, 1, 0x02 };
static struct wire wire;
static struct object object;
static struct frame in;
static struct run result;
static __u64 sent[VTEP_HOOK_MAX];
static bool provoked[VTEP_REASON_MAX];
static const __u8 mac_lldp[6] = { 1, 0x80, 0xc2, 0, 0, 0x0e }, mac_zero[6],
		  mac_own[6] = { 2, 0, 0, 0, 0, 1 };

static const struct bpf_program *program(enum vtep_hook hook)
{
	const struct vtep_bpf *s = object.skel;

	return hook == VTEP_HOOK_PORT_RX ? object.ether ? s->progs.vtep_eth_port : s->progs.vtep_port_rx :
	       hook == VTEP_HOOK_VX_TX ? object.ether ? s->progs.vtep_eth_tx : s->progs.vtep_vx_tx :
	       hook == VTEP_HOOK_VX_RX ? s->progs.vtep_vx_rx :
	       object.ether ? s->progs.vtep_eth_rx : s->progs.vtep_wg_rx;
}

/* Runs `in` once; mark and gso_segs as given. */
static void expect(enum vtep_hook hook, __u32 ifindex, __u32 mark, __u32 gso_segs, __u32 slot,
		   enum vtep_reason reason, int verdict, const char *what)
{
	static const char *const hooks[] = { "port_rx", "vx_tx", "vx_rx", "wg_rx" };
	struct tally before;

	bench_tally(&object, &before);
	bench_run(program(hook), ifindex, &in, mark, gso_segs, &result);
	sent[hook]++;
	provoked[reason] = true;
	tap_ok(result.verdict == verdict && bench_counted(&object, &before, slot, hook, reason, 1),
	       "%s: %s: %s", hooks[hook], reason_names[reason], what);
	if (result.verdict != verdict)
		tap_note("verdict %d, want %d", result.verdict, verdict);
}

static void port_rx(const __u8 *dst, const __u8 *src, enum wire_device port,
		    enum vtep_reason reason, int verdict, const char *what)
{
	frame_make(&in, FRAME_IP4, 100, dst, src, 0);
	expect(VTEP_HOOK_PORT_RX, wire.ifindex[port], 0, 0, 1, reason, verdict, what);
}

static void vx_tx(const __u8 *dst, enum vtep_reason reason, int verdict, const char *what)
{
	frame_make(&in, FRAME_IP4, 100, dst, mac_a, 0);
	expect(VTEP_HOOK_VX_TX, wire.ifindex[WIRE_VX1], 0, 0, 1, reason, verdict, what);
}

static void vx_rx(const __u8 *dst, __u32 mark, enum vtep_reason reason, int verdict,
		  const char *what)
{
	frame_make(&in, FRAME_IP4, 100, dst, mac_far, 0);
	expect(VTEP_HOOK_VX_RX, wire.ifindex[WIRE_VX1], mark, 0, 1, reason, verdict, what);
}

static void make_outer(const __u8 *dst, const __u8 *src)
{
	static struct frame inner;

	frame_make(&inner, FRAME_IP4, 100, dst, src, 0);
	outer_make(&in, REMOTE(1), LOCAL, 50000, VNI1, &inner);
}

static void wg_rx(__u32 slot, enum vtep_reason reason, int verdict, const char *what)
{
	expect(VTEP_HOOK_WG_RX, wire.ifindex[WIRE_WG], 0, 0, slot, reason, verdict, what);
}

static void test_port_rx(void)
{
	port_rx(mac_far, mac_a, WIRE_PORT_A, VTEP_R_ENCAP, SEND, "to a known VTEP");
	port_rx(mac_broadcast, mac_a, WIRE_PORT_A, VTEP_R_BUM, PASS, "broadcast");
	port_rx(mac_new, mac_a, WIRE_PORT_A, VTEP_R_BUM, PASS, "unknown");
	port_rx(mac_b, mac_a, WIRE_PORT_A, VTEP_R_LOCAL, PASS, "to another port");
	port_rx(mac_own, mac_a, WIRE_PORT_A, VTEP_R_LOCAL, PASS, "to this host");
	port_rx(mac_far, mac_new, WIRE_PORT_A, VTEP_R_LEARNED, PASS, "a new source");
	port_rx(mac_far, mac_a, WIRE_PORT_C, VTEP_R_NOT_FORWARDING, PASS, "a blocked port");
	port_rx(mac_lldp, mac_a, WIRE_PORT_A, VTEP_R_LINK_LOCAL, PASS, "LLDP");
	object_port(&object, WIRE_PORT_C, 1, VTEP_PORT_FORWARDING | VTEP_PORT_LOCKED);
	port_rx(mac_far, mac_a, WIRE_PORT_C, VTEP_R_LOCKED, PASS, "a locked port");
	object_port(&object, WIRE_PORT_C, 1, 0);
	port_rx(mac_far, mac_broadcast, WIRE_PORT_A, VTEP_R_SRC_INVALID, DROP, "source broadcast");
	port_rx(mac_far, mac_zero, WIRE_PORT_A, VTEP_R_SRC_INVALID, DROP, "source zero");
	object_remote(&object, 1, 0);
	port_rx(mac_far, mac_a, WIRE_PORT_A, VTEP_R_NO_TUNNEL, DROP, "a VTEP with no way to it");
	object_remote(&object, 1, wire.ifindex[WIRE_WG]);
	expect(VTEP_HOOK_PORT_RX, STRANGER, 0, 0, 0, VTEP_R_GONE, PASS, "a device that is no port");
}

static void arp_request(__u32 tip)
{
	static const __u8 head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };	/* Ethernet, IPv4, a request */

	memset(&in, 0, sizeof(in));
	memcpy(in.byte, mac_broadcast, 6);
	memcpy(in.byte + 6, mac_a, 6);
	put16(in.byte + 12, 0x0806);
	memcpy(in.byte + 14, head, sizeof(head));
	memcpy(in.byte + 22, mac_a, 6);
	put32(in.byte + 28, 0x0a1e0001);
	put32(in.byte + 38, tip);
	in.len = 42;
}

/* Each case at length: suppress.c. */
static void test_suppress(void)
{
	struct vtep_neigh_key key = { .vni = VNI1, .addr.word = { 0, 0, htonl(0xffff), htonl(0x0a1e0002) } };
	struct vtep_neigh e = { .seen = tick(), .changed = tick() - VTEP_NEIGH_SETTLE };

	memcpy(e.mac, mac_far, 6);
	map_set(object.skel->maps.neigh, &key, &e);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_SUPPRESS);
	arp_request(0x0a1e0002);
	expect(VTEP_HOOK_PORT_RX, wire.ifindex[WIRE_PORT_A], 0, 0, 1, VTEP_R_SUPPRESSED, SEND, "ARP for a known host");
	arp_request(0x0a1e0003);
	expect(VTEP_HOOK_PORT_RX, wire.ifindex[WIRE_PORT_A], 0, 0, 1, VTEP_R_ASKED, PASS, "ARP for an unknown one");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
}

static void test_vx_tx(void)
{
	object_flood(&object, 1, 1, 1);
	vx_tx(mac_far, VTEP_R_ENCAP, SEND, "to a known VTEP");
	vx_tx(mac_broadcast, VTEP_R_FLOODED, SEND, "broadcast");
	vx_tx(mac_a, VTEP_R_STAYS, DROP, "to a MAC at a port");
	vx_tx(mac_own, VTEP_R_STAYS, DROP, "to this host");
	vx_tx(mac_lldp, VTEP_R_RESERVED_MAC, DROP, "LLDP");
	object_flood(&object, 1, 1, 0);
	vx_tx(mac_broadcast, VTEP_R_NO_FLOOD, DROP, "an empty list");
	expect(VTEP_HOOK_VX_TX, STRANGER, 0, 0, 0, VTEP_R_GONE, DROP, "a device that is no vxlan");
}

static void test_vx_rx(void)
{
	vx_rx(mac_b, VTEP_PROOF, VTEP_R_FORWARDED, SEND, "to a known port");
	vx_rx(mac_b, VTEP_PROOF | VTEP_PROOF_BRIDGE, VTEP_R_TO_BRIDGE, PASS,
	      "marked for the bridge");
	vx_rx(mac_broadcast, VTEP_PROOF, VTEP_R_TO_BRIDGE, PASS, "broadcast");
	vx_rx(mac_own, VTEP_PROOF, VTEP_R_TO_BRIDGE, PASS, "to this host");
	vx_rx(mac_far, VTEP_PROOF, VTEP_R_SPLIT_HORIZON, DROP, "to a MAC behind the tunnel");
	vx_rx(mac_b, 0, VTEP_R_UNPROVED, DROP, "no mark");
	expect(VTEP_HOOK_VX_RX, STRANGER, VTEP_PROOF, 0, 0, VTEP_R_GONE, DROP,
	       "a device that is no vxlan");
	object_port(&object, WIRE_PORT_B, 1, VTEP_PORT_LEARNING);
	vx_rx(mac_b, VTEP_PROOF, VTEP_R_TO_BRIDGE, PASS, "to a port that may not forward");
	object_port(&object, WIRE_PORT_B, 1, VTEP_PORT_FORWARDING | VTEP_PORT_LEARNING);
}

static void test_wg_rx(void)
{
	__u32 slot = 1;
	struct vtep_vni other = { .vni = VNI1 + 1, .vx_ifindex = wire.ifindex[WIRE_VX1] };

	make_outer(mac_b, mac_far);
	wg_rx(1, VTEP_R_DELIVERED, SEND, "to a known port");
	make_outer(mac_broadcast, mac_far);
	wg_rx(1, VTEP_R_BRIDGED, SEND, "broadcast");
	make_outer(mac_far, mac_far);
	wg_rx(1, VTEP_R_SPLIT_HORIZON, DROP, "to a MAC behind the tunnel");
	make_outer(mac_lldp, mac_far);
	wg_rx(1, VTEP_R_RESERVED_MAC, DROP, "LLDP");
	make_outer(mac_b, mac_own);
	wg_rx(1, VTEP_R_SRC_OWN, DROP, "this host's own source");
	make_outer(mac_b, mac_zero);
	wg_rx(1, VTEP_R_SRC_INVALID, DROP, "source zero");
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), VTEP_FDB_STATIC_ENTRY);
	make_outer(mac_b, mac_a);
	wg_rx(1, VTEP_R_SRC_STATIC, DROP, "a source configured at a port");
	make_outer(mac_b, mac_far);
	put16(in.byte + 22, 53);
	wg_rx(0, VTEP_R_NOT_OURS, PASS, "another port");
	make_outer(mac_b, mac_far);
	in.len = 49;
	wg_rx(0, VTEP_R_RUNT, DROP, "half an inner header");
	make_outer(mac_b, mac_far);
	in.len--;
	wg_rx(0, VTEP_R_MALFORMED, DROP, "a byte short");
	make_outer(mac_b, mac_far);
	in.byte[28] = 0;
	wg_rx(0, VTEP_R_VX_FLAGS, DROP, "no I flag");
	make_outer(mac_b, mac_far);
	put32(in.byte + 32, 7 << 8);
	wg_rx(0, VTEP_R_VNI_UNKNOWN, PASS, "a VNI that is not ours");
	make_outer(mac_b, mac_far);
	put32(in.byte + 12, REMOTE(200));
	wg_rx(1, VTEP_R_VTEP_UNKNOWN, DROP, "a sender that is no VTEP");
	make_outer(mac_far2, mac_far);
	object_fdb(&object, VNI1, mac_far2, where_remote(2), 0);
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_RELAY);
	wg_rx(1, VTEP_R_RELAYED, SEND, "a hub, to another VTEP");
	make_outer(mac_far2, mac_far);
	in.byte[8] = 16;
	wg_rx(1, VTEP_R_RELAY_LOOP, DROP, "a hub, the fourth relay behind it");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	object_hold(&object, 5, 180, 60);
	object_fdb(&object, VNI1, mac_far, where_remote(2), VTEP_FDB_HELD);
	make_outer(mac_b, mac_far);
	wg_rx(1, VTEP_R_HELD, DROP, "a source that is held elsewhere");
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	make_outer(mac_b, mac_far);
	map_set(object.skel->maps.vnis, &slot, &other);
	object_void(&object);
	wg_rx(0, VTEP_R_GONE, DROP, "a slot that is another VNI's now");
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	bench_run(program(VTEP_HOOK_WG_RX), wire.ifindex[WIRE_WG], &in, 0, 0, &result);
	sent[VTEP_HOOK_WG_RX]++;
	tap_ok(result.verdict == SEND, "wg_rx: all well again");
}

static void test_kernel_way(void)
{
	static struct frame inner;

	make_outer(mac_b, mac_far);
	put16(in.byte + 6, 0x2000);
	wg_rx(0, VTEP_R_FRAGMENT, DROP, "a first fragment");
	make_outer(mac_b, mac_far);
	expect(VTEP_HOOK_WG_RX, wire.ifindex[WIRE_WG], 0, 2, 1, VTEP_R_SUPER, PASS,
	       "two segments in one");
	wg_rx(1, VTEP_R_IN_ORDER, PASS, "a single of the same flow");
	put16(in.byte + 20, 50001);
	wg_rx(1, VTEP_R_DELIVERED, SEND, "another flow");
	frame_make(&inner, FRAME_IP4, 1300, mac_b, mac_far, 0);
	inner.byte[ETH_LEN + 9] = 6;
	outer_make(&in, REMOTE(1), LOCAL, 50002, VNI1, &inner);
	wg_rx(1, VTEP_R_BULK, PASS, "a large TCP segment");
	inner.byte[ETH_LEN + 9] = 17;
	outer_make(&in, REMOTE(1), LOCAL, 50003, VNI1, &inner);
	wg_rx(1, VTEP_R_DELIVERED, SEND, "a large UDP datagram");
}

/* Those that need a packet as only a device makes it. */
static void test_devices(void)
{
	int caught = wire_socket(&wire, WIRE_PORT_A, 0x88b5);
	struct tally before;

	frame_make(&in, FRAME_OTHER, 16350, mac_far, mac_a, 0);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	result.out.len =
		wire_caught(caught, result.out.byte, sizeof(result.out.byte), NULL, WIRE_WAIT);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_ROOM, 1) &&
		       result.out.len == in.len && !memcmp(result.out.byte, in.byte, in.len),
	       "port_rx: room: larger than the helper takes, passed unharmed");
	provoked[VTEP_R_ROOM] = true;
	close(caught);

	frame_make(&in, FRAME_OTHER, 100, mac_far, mac_a, 0);
	memcpy(in.byte + 12, "\x81\0\0\1", 4);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_VLAN, 1),
	       "port_rx: vlan: a tagged frame");
	provoked[VTEP_R_VLAN] = true;

	frame_make(&in, FRAME_OTHER, WIRE_MTU + ETH_LEN + 1, mac_far, mac_a, 0);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_OVERSIZE, 1),
	       "port_rx: oversize: too large, not IP");
	provoked[VTEP_R_OVERSIZE] = true;

	frame_make(&in, FRAME_IP6, WIRE_MTU + ETH_LEN + 1, mac_far, mac_a, 0);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_TOO_BIG, 1) &&
	       bench_since(&object, &before, 1, VTEP_HOOK_VX_TX, VTEP_R_TOO_BIG) == 1,
	       "port_rx and vx_tx: too-big: too large, IPv6");
	provoked[VTEP_R_TOO_BIG] = true;

	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_OVERSIZE_DROP);
	frame_make(&in, FRAME_OTHER, WIRE_MTU + ETH_LEN + 1, mac_far, mac_a, 0);
	bench_tally(&object, &before);
	wire_send(&wire, WIRE_PORT_A, in.byte, in.len);
	tap_ok(bench_counted(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_OVERSIZE_DROPPED, 1),
	       "port_rx: oversize-dropped: too large, and not to be carried");
	provoked[VTEP_R_OVERSIZE_DROPPED] = true;
	object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING);
	provoked[VTEP_R_ANSWERED] = true;	/* by mtu.c */
	sent[VTEP_HOOK_PORT_RX]++;
	sent[VTEP_HOOK_PORT_RX] += 4;
	sent[VTEP_HOOK_VX_TX]++;
}

/* The second run meets the packet as the first has left it. */
static void test_nested(void)
{
	struct __sk_buff ctx = { .ifindex = wire.ifindex[WIRE_PORT_A] };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = 2, .data_in = in.byte, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));
	struct tally before;

	frame_make(&in, FRAME_ARP, 100, mac_far, mac_a, 0);
	opts.data_size_in = in.len;
	bench_tally(&object, &before);
	if (bpf_prog_test_run_opts(bpf_program__fd(program(VTEP_HOOK_PORT_RX)), &opts))
		tap_bail("test run: %s", strerror(errno));
	sent[VTEP_HOOK_PORT_RX] += 2;
	provoked[VTEP_R_NESTED] = true;
	tap_ok((int)opts.retval == PASS &&
	       bench_since(&object, &before, 1, VTEP_HOOK_PORT_RX, VTEP_R_NESTED) == 1,
	       "port_rx: nested: an encapsulated packet");
}

/* The sum of all reasons so far; then the object goes. */
static void sums(void)
{
	struct tally t;

	bench_tally(&object, &t);
	for (int hook = 0; hook < VTEP_HOOK_MAX; hook++)
		tap_equal(tally_hook(&t, hook), sent[hook],
			  "packets in are the sum of all reasons");
	bench_unload(&object);
}

/* What happens on an Ethernet underlay only; the rest is the same code. */
static void test_ether(void)
{
	static struct frame f;
	struct ifreq ifr = { .ifr_name = "eth0" };

	memset(sent, 0, sizeof(sent));
	bench_load(&object, &wire, (struct object_options){ .ether = true });
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	wire_request(&wire, "eth0", SIOCSIFMTU, 1500);
	frame_make(&in, FRAME_IP4, 1501 - OUTER_LEN, mac_far, mac_a, 0);
	expect(VTEP_HOOK_PORT_RX, wire.ifindex[WIRE_PORT_A], 0, 0, 1, VTEP_R_NOT_FRAGMENTED, DROP,
	       "1501 bytes with outer headers");
	if (ioctl(wire.control, SIOCGIFHWADDR, &ifr))
		tap_bail("eth0: address: %s", strerror(errno));
	frame_make(&in, FRAME_IP4, 100, mac_a, mac_far, 0);
	outer_make(&f, REMOTE(1), LOCAL, 50000, VNI1, &in);
	put16(f.byte + 26, 1);
	memcpy(in.byte, ifr.ifr_hwaddr.sa_data, 6);
	put16(in.byte + 12, 0x0800);
	memcpy(in.byte + ETH_LEN, f.byte, f.len);
	in.len = ETH_LEN + f.len;
	expect(VTEP_HOOK_WG_RX, wire.ifindex[WIRE_ETH], 0, 0, 1, VTEP_R_UNVERIFIED, PASS,
	       "a UDP checksum");
	tap_ok(result.mark == VTEP_PROOF, "the kernel's way is proved");
	sums();
}

int main(void)
{
	wire_open(&wire);
	bench_load(&object, &wire, (struct object_options){});
	object_fdb(&object, VNI1, mac_a, where_local(WIRE_PORT_A), 0);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	object_fdb(&object, VNI1, mac_own, (struct vtep_fdb_where){ .slot = VTEP_NO_SLOT },
		   VTEP_FDB_STATIC_ENTRY);
	test_port_rx();
	test_suppress();
	test_vx_tx();
	test_vx_rx();
	test_wg_rx();
	test_kernel_way();
	bench_attach(&object);
	test_devices();
	test_nested();
	sums();
	test_ether();
	provoked[VTEP_R_HELPER] = true;	/* no packet makes the kernel refuse half way */
	for (int r = 0; r < VTEP_REASON_MAX; r++)
		if (!provoked[r])
			tap_ok(false, "no test provokes %s", reason_names[r]);
	return tap_end();
}

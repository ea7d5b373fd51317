// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hostile peer can make GRO do: without a vxlan device, whose socket tells that there is a tunnel,
 * and with rx-udp-gro-forwarding on at wg0, VXLAN packets merge as datagrams. Nothing of such a
 * super-packet may come out of a port, and Linux 7.3 must live.
 *
 *	wg0 (NAPI) --vtep_wg_rx--> the stack, which has no socket for it; single ones to port_b
 */
#include <linux/ethtool.h>
#include "bench.h"

#define PACKETS		40U
#define LENGTH		600U
#define DECAP_L4_UDP	(1ULL << 10)	/* BPF_F_ADJ_ROOM_DECAP_L4_UDP, Linux 7.3 */
#define FEATURES	256U

static struct wire wire = { .napi = true };
static struct object object;
static struct frame packet, inner, out;

static void ethtool(void *command)
{
	struct ifreq ifr = { .ifr_name = "wg0", .ifr_data = command };

	if (ioctl(wire.control, SIOCETHTOOL, &ifr))
		tap_bail("wg0: ethtool: %s", strerror(errno));
}

/* ethtool -K wg0 rx-udp-gro-forwarding on. False: the kernel has no such feature. */
static bool merge_datagrams(void)
{
	static struct { struct ethtool_gstrings head; char name[FEATURES][ETH_GSTRING_LEN]; } names = {
		.head = { .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES },
	};
	static struct { struct ethtool_sfeatures head; struct ethtool_set_features_block block[FEATURES / 32]; } set;
	__u32 i;

	ethtool(&names);
	for (i = 0; i < names.head.len && strcmp(names.name[i], "rx-udp-gro-forwarding"); i++)
		;
	if (i == names.head.len)
		return false;
	set.head = (struct ethtool_sfeatures){ .cmd = ETHTOOL_SFEATURES, .size = (names.head.len + 31) / 32 };
	set.block[i / 32].valid = set.block[i / 32].requested = 1U << i % 32;
	ethtool(&set);
	wire_write_file("/sys/class/net/wg0/gro_flush_timeout", "20000000");
	return true;
}

/* With a checksum in the outer UDP header: GRO merges no others. */
static void send_packets(__u8 protocol)
{
	__u8 *ip = inner.byte + ETH_LEN;

	for (unsigned int n = 0; n < PACKETS; n++) {
		frame_make(&inner, FRAME_IP4, LENGTH, mac_b, mac_far, 0);
		frame_ip4(ip, LENGTH - ETH_LEN, protocol, 0xc0a80001, 0xc0a80002);
		memset(ip + 20, n, 20);
		outer_make(&packet, REMOTE(1), LOCAL, 50000, VNI1, &inner);
		put16(packet.byte + 4, n);
		put16(packet.byte + 6, 0x4000);
		outer_sign(&packet, 20);
		put16(packet.byte + 26, frame_l4_checksum(packet.byte, packet.byte + 20, packet.len - 20, 17));
		wire_send(&wire, WIRE_WG, packet.byte, packet.len);
	}
}

/* Frames out of port_b, each as a single packet has it. */
static unsigned int singles(bool *whole)
{
	unsigned int n = 0;

	for (*whole = true; (out.len = wire_receive(&wire, WIRE_PORT_B, out.byte, sizeof(out.byte), 100)); n++)
		*whole &= out.len == LENGTH && !memcmp(out.byte, inner.byte, ETH_LEN + 20);
	return n;
}

static void run(const char *what, __u64 decap_gso, __u8 protocol)
{
	const __u64 *wg;
	unsigned int n;
	struct tally t;
	bool whole;

	wire_open(&wire);
	if (!merge_datagrams()) {
		tap_skip(what, "no rx-udp-gro-forwarding");
		return;
	}
	bench_load(&object, &wire, (struct object_options){ .decap_gso = decap_gso, .skb_state = decap_gso });
	bench_attach(&object);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	send_packets(protocol);
	n = singles(&whole);
	bench_tally(&object, &t);
	wg = t.packets[1][VTEP_HOOK_WG_RX];
	tap_note("%llu super, %llu refused, %llu in order, %llu delivered", (unsigned long long)wg[VTEP_R_SUPER],
		 (unsigned long long)wg[VTEP_R_ROOM], (unsigned long long)wg[VTEP_R_IN_ORDER],
		 (unsigned long long)wg[VTEP_R_DELIVERED]);
	tap_ok(decap_gso ? wg[VTEP_R_ROOM] : wg[VTEP_R_SUPER], "%s: GRO has merged datagrams", what);
	tap_ok(tally_hook(&t, VTEP_HOOK_WG_RX) < PACKETS && n == wg[VTEP_R_DELIVERED] && whole,
	       "%s: none of those comes out of a port", what);
	bench_unload(&object);
}

int main(void)
{
	run("by the kernel", 0, 17);
	if (bench_tells_state()) {
		run("BPF_F_ADJ_ROOM_DECAP_L4_UDP, UDP inside", DECAP_L4_UDP, 17);
		run("BPF_F_ADJ_ROOM_DECAP_L4_UDP, TCP inside", DECAP_L4_UDP, 6);
	} else {
		tap_skip("BPF_F_ADJ_ROOM_DECAP_L4_UDP", "no bpf_cast_to_kern_ctx()");
	}
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Super-packets as GRO makes them: a TCP stream in VXLAN packets into a wg0 that receives by NAPI,
 * with a real vxlan device behind it, whose socket is what lets GRO look into the tunnel. All of it
 * must come out of port_b, in order.
 *
 *	before 7.3	wg0 --vtep_wg_rx--> kernel's vxlan --vtep_vx_rx--> port_b
 *	from 7.3	wg0 --vtep_wg_rx--> port_b
 *	firewalled	wg0 --vtep_wg_rx--> port_b, cut by its tap: the tunnel state is still on them
 */
#include "vxlan.h"

#define SEGMENTS	40U
#define PAYLOAD		1300U
#define DECAP_L4_UDP	(1ULL << 10)	/* BPF_F_ADJ_ROOM_DECAP_L4_UDP, Linux 7.3 */

static struct wire wire = { .napi = true };
static struct object object;
static struct frame packet[SEGMENTS], out;

/* Packets wait for each other, and port_b takes super-packets as a guest's virtio-net does. */
static void open_offloads(void)
{
	wire_write_file("/sys/class/net/wg0/gro_flush_timeout", "20000000");
	if (ioctl(wire.fd[WIRE_PORT_B], TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4))
		tap_bail("port_b: TUNSETOFFLOAD: %s", strerror(errno));
}

static void make_stream(void)
{
	static struct frame inner;
	__u8 *ip = inner.byte + ETH_LEN, *tcp = ip + 20;

	inner.len = ETH_LEN + 40 + PAYLOAD;
	memcpy(inner.byte, mac_b, 6);
	memcpy(inner.byte + 6, mac_far, 6);
	put16(inner.byte + 12, 0x0800);
	for (unsigned int n = 0; n < SEGMENTS; n++) {
		frame_ip4(ip, 40 + PAYLOAD, IPPROTO_TCP, 0xc0a80001, 0xc0a80002);
		/* identifications all the same would make another kind of super-packet */
		put16(ip + 4, n);
		/* the TTL keeps every eighth from its neighbours: a single among super-packets */
		ip[8] -= n % 8 == 7;
		put16(ip + 10, 0);
		put16(ip + 10, frame_checksum(ip, 20, 0));
		memset(tcp, 0, 20);
		put16(tcp, 40000);
		put16(tcp + 2, 5001);
		put32(tcp + 4, n * PAYLOAD);
		put16(tcp + 12, 0x5010);
		for (unsigned int i = 0; i < PAYLOAD; i++)
			tcp[20 + i] = n * 31 + i;
		put16(tcp + 16, frame_l4_checksum(ip, tcp, 20 + PAYLOAD, IPPROTO_TCP));
		outer_make(&packet[n], REMOTE(1), LOCAL, 50000, VNI1, &inner);
		put16(packet[n].byte + 4, n);
		put16(packet[n].byte + 6, 0);
		outer_sign(&packet[n], 20);
	}
}

/* NULL when the whole stream came out of port_b in order; *whole: packets that had not been cut. */
static const char *stream_wrong(unsigned int *whole)
{
	unsigned int next = 0, len;
	struct virtio_net_hdr hdr;

	for (*whole = 0; next < SEGMENTS * PAYLOAD; next += len) {
		const __u8 *tcp = out.byte + ETH_LEN + 20;

		out.len = wire_receive_as(&wire, WIRE_PORT_B, &hdr, out.byte, sizeof(out.byte),
					  WIRE_WAIT);
		if (!out.len)
			return "lost";
		if (memcmp(out.byte, packet[0].byte + OUTER_LEN, ETH_LEN) ||
		    get16(out.byte + ETH_LEN + 2) != out.len - ETH_LEN)
			return "headers changed";
		if (get32(tcp + 4) != next)
			return "out of order";
		len = out.len - ETH_LEN - 40;
		for (unsigned int i = 0; i < len; i++)
			if (tcp[20 + i] != (__u8)((next + i) / PAYLOAD * 31 + (next + i) % PAYLOAD))
				return "payload changed";
		*whole += len > PAYLOAD && hdr.gso_type == VIRTIO_NET_HDR_GSO_TCPV4 &&
			  hdr.gso_size == PAYLOAD;
	}
	return NULL;
}

/* Segments on the kernel's way when all have arrived: none. */
static bool flows_empty(void)
{
	for (__u32 i = 0; i < VTEP_FLOWS; i++) {
		struct vtep_flow flow;

		if (bpf_map_lookup_elem(bpf_map__fd(object.skel->maps.flows), &i, &flow) ||
		    flow.segments)
			return false;
	}
	return true;
}

static void test_stream(const char *what, bool in_place, bool firewalled)
{
	unsigned int whole;
	struct tally t;
	const __u64 *wg = t.packets[1][VTEP_HOOK_WG_RX], *vx = t.packets[1][VTEP_HOOK_VX_RX];
	const char *why;

	for (unsigned int n = 0; n < SEGMENTS; n++)
		wire_send(&wire, WIRE_WG, packet[n].byte, packet[n].len);
	why = stream_wrong(&whole);
	bench_tally(&object, &t);
	if (in_place && wg[VTEP_R_ROOM]) {
		tap_skip(what, "kernel before 7.3");
		return;
	}
	tap_ok(!why, "%s: %u segments arrive in order%s%s", what, SEGMENTS, why ? ": " : "",
	       why ?: "");
	tap_note("%llu super, %llu in order, %llu delivered; %u whole at the port",
		 (unsigned long long)wg[VTEP_R_SUPER], (unsigned long long)wg[VTEP_R_IN_ORDER],
		 (unsigned long long)wg[VTEP_R_DELIVERED], whole);
	if (firewalled)
		tap_ok(wg[VTEP_R_DELIVERED] > 0 && wg[VTEP_R_DELIVERED] < SEGMENTS, "%s: as super-packets", what);
	else
		tap_ok(whole > 0, "%s: super-packets reach the port whole", what);
	if (in_place || firewalled)
		tap_ok(!wg[VTEP_R_SUPER] && wg[VTEP_R_DELIVERED] &&
			       !tally_hook(&t, VTEP_HOOK_VX_RX),
		       "%s: none by the kernel's vxlan", what);
	else
		tap_ok(wg[VTEP_R_SUPER] && vx[VTEP_R_FORWARDED] &&
			       tally_hook(&t, VTEP_HOOK_VX_RX) == vx[VTEP_R_FORWARDED],
		       "%s: by the kernel's vxlan, with proof", what);
	tap_ok(flows_empty(), "%s: nothing is still counted as on its way", what);
}

static void run(const char *what, __u64 decap_gso, bool firewalled)
{
	wire_open(&wire);
	open_offloads();
	bench_load(&object, &wire, (struct object_options){ .decap_gso = decap_gso,
		    .skb_state = decap_gso && bench_tells_state() });
	bench_attach(&object);
	vxlan_open(&object);
	if (firewalled)
		object_vni(&object, 1, VNI1, wire.ifindex[WIRE_VX1], VTEP_VNI_LEARNING | VTEP_VNI_FIREWALLED);
	object_fdb(&object, VNI1, mac_b, where_local(WIRE_PORT_B), 0);
	object_fdb(&object, VNI1, mac_far, where_remote(1), 0);
	test_stream(what, decap_gso, firewalled);
	bench_unload(&object);
}

int main(void)
{
	make_stream();
	run("GRO", 0, false);
	run("GRO and BPF_F_ADJ_ROOM_DECAP_L4_UDP", DECAP_L4_UDP, false);
	run("GRO behind a firewall", 0, true);
	return tap_end();
}

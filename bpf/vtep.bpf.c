// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs, named by direction, and where they sit:
 *
 *	                 host stack (bridge address, dnsmasq, NAT)
 *	                                |
 *	port (tap, veth, NIC) ------ [bridge] ------ vx1 (kernel vxlan)
 *	   |                                          |  egress   vtep_vx_tx  known -> encap, else -> flood list
 *	   | ingress  vtep_port_rx                    |  ingress  vtep_vx_rx  proved -> known port, else bridge
 *	   |                                          |
 *	   +---- known remote: encap ----> wg0 <------+
 *	                                   |  ingress  vtep_wg_rx  validate, learn, decap -> port or vx1
 *	                            kernel WireGuard
 *
 * Each program is its walk: the order of the questions. The answers are in the headers. Those that
 * meet the underlay exist twice, for WireGuard and for Ethernet in its place (--insecure), so that
 * neither asks which one it is: vtepd loads one kind.
 */
#include <linux/errno.h>
#include "maps.h"
#include "walk_port_rx.h"
#include "walk_vx_tx.h"
#include "walk_vx_rx.h"
#include "walk_wg_rx.h"

SEC("tc")
int vtep_port_rx(struct __sk_buff *skb)
{
	return walk_port_rx(skb, false);
}

SEC("tc")
int vtep_vx_tx(struct __sk_buff *skb)
{
	return walk_vx_tx(skb, false);
}

SEC("tc")
int vtep_vx_rx(struct __sk_buff *skb)
{
	return walk_vx_rx(skb);
}

SEC("tc")
int vtep_wg_rx(struct __sk_buff *skb)
{
	return walk_wg_rx(skb, false);
}

SEC("tc")
int vtep_eth_port(struct __sk_buff *skb)
{
	return walk_port_rx(skb, true);
}

SEC("tc")
int vtep_eth_tx(struct __sk_buff *skb)
{
	return walk_vx_tx(skb, true);
}

SEC("tc")
int vtep_eth_rx(struct __sk_buff *skb)
{
	return walk_wg_rx(skb, true);
}

char _license[] SEC("license") = "GPL";

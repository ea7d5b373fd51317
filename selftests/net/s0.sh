#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recipe S0: two hypervisors, one segment for their VMs, out of examples/s0.
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2, taps
#	       |    \                        /
#	    dnsmasq  eth0 --- underlay --- eth0
#	                         | 10.19.3.1, and 192.0.2.1 outside, which has no way back to VMs
#
# Proves: node files with hooks and AllowedIPs of a /16; plain WireGuard beside the segment; leases
# through the tunnel; NAT for the VMs of both nodes by node 1 alone; taps that come and go; node 2
# made by hand (wg-quick, ip link add vxlan, a bridge) and then taken over in place with wg-quick's
# own file; guests of 1500 bytes over a wg0 of 1420; nothing is left. Then the same with IPv6: an underlay of
# IPv6 alone, addresses by router advertisements through the tunnel, NAT by node 1, node 2 by hand. The VTEPs are
# IPv4 all the same.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

outside=192.0.2.1
masquerade=(POSTROUTING -s 172.16.30.0/24 -o eth0 -j MASQUERADE)
nat() { on h1 iptables -t nat "$1" "${masquerade[@]}"; }

setup() {
	local h

	node_add h1 h2
	underlay_bridge 2
	ip -n "${netns[underlay]}" address add 10.19.3.1/26 dev br0
	ip -n "${netns[underlay]}" address add $outside/32 dev lo
	for h in h1 h2; do
		underlay_address $h
		ip -n "${netns[$h]}" route add default via 10.19.3.1
	done
	answer_callers underlay 7000
	example h1 s0/node1.conf /etc/vtepd/wg0.conf
	example h2 s0/node2.conf /etc/vtepd/wg0.conf
	example h2 s0/node2-stock.conf /etc/wireguard/wg0.conf
	for h in h1 h2; do
		whole_state $h >"$tmp/state.$h"
	done
}

# hosts_talk WHAT: a bridge that was made again has another MAC; neighbours are not asked to notice
hosts_talk() {
	on h1 ip neigh flush dev br0
	check "$1: plain WireGuard, ping -I wg0" ping_all h1 172.16.0.2 -I wg0
	check "$1: the same over IPv6" ping_all h1 fd72:16::2 -I wg0
	check "$1: host to host over the segment, ping -I br0" ping_all h1 172.16.30.2 -I br0
}

guests_talk() { # guests_talk WHAT: vm1 static, vm2 with a lease
	check "$1: vm2 gets a lease through the tunnel" dhcp vm2
	vm2_ip=$(told vm2 ip)
	check "$1: vm1 to vm2" ping_all vm1 "$vm2_ip"
	check "$1: vm2 to vm1, 60 kB over TCP" tcp_compare vm2 vm1 172.16.30.20 60000
	check "$1: vm2 to node 1" ping_all vm2 172.16.30.1
	check_equal "$1: vm2 is seen outside as node 1" 10.19.3.4 "$(seen_as vm2 $outside 7000)"
}

taps() {
	local i

	spawn_on vm1 pinging ping -n -q -i 0.1 -c 40 -W 3 172.16.30.99
	for i in 1 2 3 4 5 6; do
		ip -n "${netns[h2]}" tuntap add "tap$i" mode tap
		ip -n "${netns[h2]}" link set "tap$i" master br0 up
	done
	for i in 1 2 3 4 5 6; do
		ip -n "${netns[h2]}" link del "tap$i"
	done
	wait_for 30 gone "${process[pinging]}"
	reap pinging || :
	check "taps come and go: not one ping of the others is lost" grep -q ' 0% packet loss' "$tmp/pinging.log"
	guest_del vm3
	guest_tap h2 vm4 br0 172.16.30.98/24
	check "a VM on a tap that came just now" ping_all vm1 172.16.30.98
	guest_del vm4
	check_equal "vtepd has forgotten those that went" '["vethvm2"]' \
		"$(on h2 vtepctl -j fdb show | jq -c '[.[] | select(.type == "local") | .ifname] | unique | map(select(startswith("veth") or startswith("vnet") or startswith("tap")))')"
}

#--- the same with IPv6

outside6=2001:db8:192::1
masquerade6=(POSTROUTING -s fd72:30::/64 -o eth0 -j MASQUERADE)
nat6() { on h1 ip6tables -t nat "$1" "${masquerade6[@]}"; }

# IPv4 is gone from the underlay. Link-local addresses, as every host has them: without one nobody can ask
# for a neighbour on behalf of what another device's address sends (ndisc_send_ns()).
setup6() {
	local h

	ip -n "${netns[underlay]}" address add fe80::1/64 dev br0
	ip -n "${netns[underlay]}" address add 2001:db8:19::1/64 dev br0
	ip -n "${netns[underlay]}" address add $outside6/128 dev lo
	for h in h1 h2; do
		ip -n "${netns[$h]}" -4 address flush dev eth0
		ip -n "${netns[$h]}" address add "2001:db8:19::$((3 + ${h#h}))/64" dev eth0
		ip -n "${netns[$h]}" address add "fe80::$((3 + ${h#h}))/64" dev eth0
		ip -n "${netns[$h]}" -6 route add default via 2001:db8:19::1
		on $h sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.addr_gen_mode=0
		example $h "s0/node${h#h}-ipv6.conf" /etc/vtepd/wg0.conf
		whole_state $h >"$tmp/state.$h"
	done
	sed -i 's/10.19.3.4:/[2001:db8:19::4]:/' "$(etc_of h2)/wireguard/wg0.conf"
}

advertised() { # advertised GUEST: the address that it has made of an advertisement
	ip -n "${netns[$1]}" -6 -j address show dev eth0 scope global |
		jq -er '[.[0].addr_info[]? | select(.dynamic and (.local | startswith("fd72:30:"))) | .local][0]'
}

by_advertisement() { # by_advertisement GUEST
	on "$1" sysctl -qw net.ipv6.conf.eth0.addr_gen_mode=0 net.ipv6.conf.eth0.router_solicitations=3
	ip -n "${netns[$1]}" link set eth0 down
	ip -n "${netns[$1]}" link set eth0 up
	wait_for 30 advertised "$1"
}

guests_talk6() { # guests_talk6 WHAT
	check "$1: vm1 to vm2" ping_all vm1 "$vm2_ip"
	check "$1: vm2 to vm1, 60 kB over TCP" tcp_compare vm2 vm1 "[fd72:30::20]" 60000
	check "$1: vm2 to the outside, by node 1" ping_all vm2 $outside6
}

with_ipv6() {
	local h

	setup6
	check "IPv6: h1: ready" serve h1 wg0
	check "IPv6: h2: ready" serve h2 wg0
	guest_veth h1 vm1 br0 fd72:30::20/64 1500
	ip -n "${netns[vm1]}" -6 route add default via fd72:30::1
	guest_veth h2 vm2 br0 - 1500
	spawn_on h1 dnsmasq-h1 dnsmasq -k -C "$top/examples/s0/dnsmasq-ipv6.conf" --user=root --pid-file= \
		--dhcp-leasefile="$tmp/leases" --log-facility=-
	capture_start underlay br0 "$tmp/ipv6.pcap" "${headers[@]}"
	check "IPv6: vm2 has an address by an advertisement through the tunnel" by_advertisement vm2
	vm2_ip=$(advertised vm2)
	guests_talk6 "IPv6"
	capture_stop "$tmp/ipv6.pcap"
	check "IPv6: what left was WireGuard over IPv6" test "$(capture_count "$tmp/ipv6.pcap" ip6 and udp port 51820)" -gt 20
	check_equal "IPv6: and nothing else" 0 "$(capture_count "$tmp/ipv6.pcap" not udp port 51820 and not icmp6)"
	nat6 -D
	check "IPv6: without NAT vm2 does not reach the outside" ping_none vm2 $outside6
	nat6 -A
	check "IPv6: h2: stops" vtepd_stop h2
	check "IPv6: h2: wg-quick" on h2 wg-quick up wg0
	by_hand h2 vxlan1 1 172.16.0.2 172.16.0.1 br0
	plug h2 vm2 br0
	guests_talk6 "IPv6, node 2 by hand"
	by_hand_undo h2 vxlan1 br0
	check "IPv6: h2: wg-quick down" on h2 wg-quick down wg0
	reap dnsmasq-h1
	guest_del vm1
	guest_del vm2
	check "IPv6: h1: stops" vtepd_stop h1
	for h in h1 h2; do
		check "IPv6: $h: nothing is left" diff "$tmp/state.$h" <(whole_state $h)
	done
}

setup
check "h1: ready" serve h1 wg0 || finish
check "h2: ready" serve h2 wg0 || finish
check "the segment's addresses are of the tunnel's network: told, with a mend" \
	grep -A1 '172.16.30.1/24 and the tunnel.s 172.16.0.1/16 share addresses' "$tmp/vtepd-h1.log"
check "wg-quick's hooks have run" grep -q -- '-A FORWARD -i wg0 -j ACCEPT' <(on h1 iptables-save)
hosts_talk "both ours"
guest_veth h1 vm1 br0 172.16.30.20/24 1500	# nobody has set an MTU anywhere
ip -n "${netns[vm1]}" route add default via 172.16.30.1
guest_veth h2 vm2 br0 - 1500
guest_tap h2 vm3 br0 172.16.30.99/24
check "h1: dnsmasq" dhcp_server h1 s0/dnsmasq.conf
guests_talk "both ours"
check "both ours: vm1 to vm2, 1500 bytes a packet" ping_all vm1 "$vm2_ip" -s 1472 -M dont
check_equal "vm2's lease: range, router, name and time servers, 24 h" "y 172.16.30.1 172.16.30.1 172.16.30.1 86400" \
	"$([[ $vm2_ip =~ ^172\.16\.30\.([5-9][0-9]|1[0-9][0-9]|200)$ ]] && echo y) $(told vm2 router) $(told vm2 dns) $(told vm2 ntpsrv) $(told vm2 lease)"
check_equal "vm1 is seen outside as node 1" 10.19.3.4 "$(seen_as vm1 $outside 7000)"
nat -D
check "without NAT: vm2 does not reach the outside" ping_none vm2 $outside
check "without NAT: nor does vm1" ping_none vm1 $outside
nat -A
check "with NAT: vm2 does" ping_all vm2 $outside
check "with NAT: vm1 does" ping_all vm1 $outside
taps

# Node 2 by hand.
check "h2: stops" vtepd_stop h2
check "h2: wg-quick" on h2 wg-quick up wg0
by_hand h2 vxlan1 1 172.16.0.2 172.16.0.1 br0 172.16.30.2/24
plug h2 vm2 br0
hosts_talk "node 2 by hand"
guests_talk "node 2 by hand"
# The kernel's vxlan sends what is too large in fragments, which vtepd takes from nobody.
check "node 2 by hand: no 1500 bytes a packet but TCP's" ping_none vm1 "$vm2_ip" -s 1472 -M dont
check "node 2 by hand: which node 1 counts" test "$(on h1 vtepctl -j stats |
	jq '[.[] | select(.reason == "fragment") | .packets] | add // 0')" -ge 3

# vtepd beside it, in place, with wg-quick's file; and away again.
rm "$(etc_of h2)/vtepd/wg0.conf"
check "h2: vtepd takes over what stands" serve h2 wg0 --vni 1 --bridge br0 --remote 172.16.0.1
check_equal "h2: the vxlan device is adopted" vxlan1 \
	"$(on h2 vtepctl -j show | jq -r '.. | objects | select(.adopted) | .ifname')"
hosts_talk "node 2 taken over"
check "node 2 taken over: vm1 to vm2" ping_all vm1 "$vm2_ip"
check "h2: stops" vtepd_stop h2
check "node 2 by hand again" ping_all vm1 "$vm2_ip"
by_hand_undo h2 vxlan1 br0
check "h2: wg-quick down" on h2 wg-quick down wg0
check "h2: the same file, and no wg0 stands: ready" serve h2 wg0 --vni 1 --bridge br0 --remote 172.16.0.1
ip -n "${netns[h2]}" address add 172.16.30.2/24 dev br0
plug h2 vm2 br0
hosts_talk "node 2 by wg-quick's file alone"
check "node 2 by wg-quick's file alone: vm1 to vm2" ping_all vm1 "$vm2_ip"
reap dnsmasq-h1
guest_del vm1
guest_del vm2
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
check "h1: nothing is left" diff "$tmp/state.h1" <(whole_state h1)
check "h2: nothing is left" diff "$tmp/state.h2" <(whole_state h2)
with_ipv6
finish

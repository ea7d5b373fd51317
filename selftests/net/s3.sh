#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recipe S3: a port of site B's LAN at site A, out of examples/s3.
#
#	pc -- eth1 br-lan92 h1 vx92 ==== WireGuard ==== vx92 h2 br-lan92 eth1 -- srv
#	           (no address)                              192.168.92.1, dnsmasq
#	           lan0 192.168.178.1                        (the VTEP's address, too)
#	           gretap1 ........ GRE over WireGuard ......... gretap1, as it was before
#	           eth0 ------------- underlay --------------- eth0
#
# Proves: a NIC (a veth's end stands for it) named by Ports =; a tunnel that only site A can begin, by
# a host's name, and whose end site B learns; several prefixes a line, comments, keys in any order and
# case, PostUp lines run in their order; VTEPs that are LAN addresses, at site B the segment's own; DHCP,
# broadcast, multicast and frames that are no IP; GRETAP beside it; site B by hand. Clamping of MSS is
# another test's matter.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

all=ff:ff:ff:ff:ff:ff ghost=52:54:00:00:01:01
mdns6=6000000000081101fe800000000000000000000000000001ff0200000000000000000000000000fb14e914e900080000

nic() { # nic H GUEST MAC: H's eth1, with GUEST's eth0 at the cable's other end
	netns_add "$2"
	guest_port[$2]=eth1
	ip link add eth1 netns "${netns[$1]}" type veth peer name eth0 netns "${netns[$2]}" address "$3"
	ip -n "${netns[$1]}" link set eth1 up	# a NIC has been, but is down when vtepd finds it
	ip -n "${netns[$1]}" link set eth1 down
	ip -n "${netns[$2]}" link set eth0 mtu 1370 up
}

# gretap H LOCAL REMOTE ADDRESS: key-less, as the routers have it until every site has moved
gretap() {
	ip -n "${netns[$1]}" link add gretap1 type gretap local "$2" remote "$3" ttl 64
	ip -n "${netns[$1]}" address add "$4" dev gretap1
	ip -n "${netns[$1]}" link set gretap1 up
}

# learned_endpoint: what site B knows of site A
learned_endpoint() { on h2 wg show wg0 endpoints | grep -q '10\.19\.3\.4:'; }

lan() { # lan WHAT
	check "$1: pc gets a lease from site B" dhcp pc
	check "$1: pc to site B's gateway" ping_all pc 192.168.92.1
	check "$1: pc to srv" ping_all pc 192.168.92.10
	listen pc srv -- ether src $ghost
	send_frame pc "$(frame_hex $all $ghost 88b5)" 6
	send_frame pc "$(frame_hex 01:00:5e:00:00:fb $ghost 0800 "$(ipv4_hex 11 192.168.92.77 224.0.0.251 "$(udp_hex 14e9 14e9 0000)")")" 5
	send_frame pc "$(frame_hex 33:33:00:00:00:fb $ghost 86dd "$mdns6")" 4
	send_frame pc "$(frame_hex 09:00:2b:00:00:05 $ghost 05dd fefe03)" 3
	wait_for 5 has_arrived srv 18
	check_equal "$1: broadcast, multicast and no IP: 6 + 5 + 4 + 3 arrive" "18 18" "$(arrived pc srv)"
	check "$1: GRETAP beside it" ping_all h1 10.77.0.2
}

node_add h1 h2
underlay_pair
for h in h1 h2; do
	underlay_address $h
done
echo "10.19.3.5 site-b.example.net" >"$(etc_of h1)/hosts"
touch /etc/hosts
ip -n "${netns[h1]}" link add lan0 up type dummy
ip -n "${netns[h1]}" address add 192.168.178.1/24 dev lan0
nic h1 pc 52:54:00:00:00:01
nic h2 srv 52:54:00:00:00:02
ip -n "${netns[srv]}" address add 192.168.92.10/24 dev eth0
gretap h1 192.168.178.1 192.168.92.1 10.77.0.1/30
gretap h2 192.168.92.1 192.168.178.1 10.77.0.2/30
example h1 s3/site-a.conf /etc/vtepd/wg0.conf
example h2 s3/site-b.conf /etc/vtepd/wg0.conf
example h2 s3/site-b-stock.conf /etc/wireguard/wg0.conf
for h in h1 h2; do
	whole_state $h >"$tmp/state.$h"
done

check "site B: ready" serve h2 wg0 || finish
check "site A: ready" serve h1 wg0 || finish
check "site A has called, by name" wait_for 10 learned_endpoint
check_equal "site A: keepalive, and the peer by all its prefixes" "15 192.168.92.0/24 10.99.0.1/32 10.20.0.0/16" \
	"$(on h1 wg show wg0 dump | awk 'NR == 2 { print $8 }') $(on h1 wg show wg0 allowed-ips | cut -f2)"
check_equal "site A: PostUp lines in their order" "-i wg0 -o wg0" \
	"$(on h1 iptables-save | sed -n 's/^-A FORWARD \(-[io] wg0\) -j ACCEPT/\1/p' | paste -sd' ')"
check_equal "eth1 is a port" br-lan92 "$(ip -n "${netns[h1]}" -j link show eth1 | jq -r '.[0].master')"
check_equal "site A has no address in that LAN" "" "$(ip -n "${netns[h1]}" -4 -o address show br-lan92)"
check "site A's router to site B's" ping_all h1 10.99.0.1
check "site B: dnsmasq" dhcp_server h2 s3/dnsmasq.conf
lan "both ours"
capture_start h1 eth0 "$tmp/plain.pcap" "${headers[@]}"
check "pc to srv, watched outside" ping_all pc 192.168.92.10
capture_stop "$tmp/plain.pcap"
check_equal "nothing has left but WireGuard" "y 0" "$([ "$(capture_count "$tmp/plain.pcap" udp port 4900)" -ge 6 ] && echo y) \
$(capture_count "$tmp/plain.pcap" not udp port 4900 and not arp and not icmp6)"
vtepd_stop h1 KILL
check "site A: killed, pc to srv" ping_all pc 192.168.92.10
check "site A: ready again" serve h1 wg0

# Site B by hand.
reap dnsmasq-h2
check "site B: stops" vtepd_stop h2
check "site B: nothing is left" diff "$tmp/state.h2" <(whole_state h2)
check "site B: wg-quick" on h2 wg-quick up wg0
by_hand h2 vxlan92 92 192.168.92.1 192.168.178.1 br-lan92 192.168.92.1/24
ip -n "${netns[h2]}" link set eth1 master br-lan92 up
# Or 15 s later: until then site A does not know that site B has forgotten their session.
check "site A: stops" vtepd_stop h1
check "site A: nothing is left, eth1 is out of the bridge and down" diff "$tmp/state.h1" <(whole_state h1)
check "site A: ready, and calls" serve h1 wg0
check "site B by hand: it knows where site A is" wait_for 10 learned_endpoint
check "site B by hand: dnsmasq" dhcp_server h2 s3/dnsmasq.conf
lan "site B by hand"
reap dnsmasq-h2
by_hand_undo h2 vxlan92 br-lan92
ip -n "${netns[h2]}" link set eth1 down
check "site B: wg-quick down" on h2 wg-quick down wg0
check "site A: stops" vtepd_stop h1
finish

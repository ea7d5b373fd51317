#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recipe S2: WireGuard's encrypted side in a VRF, one device for each neighbour, out of examples/s2.
#
#	vm1 -- br102 h1 vx102 ==== wg-cr02 | wg-cr01 ==== vx102 h2 br102 -- vm2		vtepd
#	vm3 -- br103 h1 vx103 ==== wg-cr03 | wg-cr01 ==== vx103 h3 br103 -- vm4		h3: by hand
#	            eth0 of each in vrf_external, table 1023; the tunnels outside of it
#
# Proves: FwMark in hex and rules at 999 for both families, of vtepd's (h2) and by hand (h1, h3); two
# devices, each with a vtepd of its own, that keep out of each other's VNIs; AllowedIPs of everything
# with Table = off, or into a table by name; addresses that come from elsewhere, before (h2) or after
# vtepd (h1); a link-local address whenever the device is opened; OSPF's multicast untouched.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

all=ff:ff:ff:ff:ff:ff ghost=52:54:00:00:01:01

vrf() { # vrf H: eth0 in it, its table by name
	local ns=${netns[$1]}

	cp -r /etc/iproute2 "$(etc_of "$1")/"
	mkdir -p "$(etc_of "$1")/iproute2/rt_tables.d"
	printf '%s\n' "1023 vrf_external" "77 mesh" >"$(etc_of "$1")/iproute2/rt_tables.d/freifunk.conf"
	ip -n "$ns" link add vrf_external up type vrf table 1023
	ip -n "$ns" link set eth0 master vrf_external
	on "$1" sysctl -qw net.ipv4.udp_l3mdev_accept=1
	underlay_address "$1"
}

rules_by_hand() { # rules_by_hand H
	on "$1" ip rule add pref 999 fwmark 0x1023 lookup vrf_external
	on "$1" ip -6 rule add pref 999 fwmark 0x1023 lookup vrf_external
}

rules() { # rules H: those at 999, both families
	echo "$(on "$1" ip rule show pref 999 | sed 's/ proto.*//; s/[[:space:]]*$//')," \
		"$(on "$1" ip -6 rule show pref 999 | sed 's/ proto.*//; s/[[:space:]]*$//')"
}

# ifupdown H DEV ADDRESS4 ADDRESS6: what ifupdown-ng does for a device that stands
ifupdown() {
	ip -n "${netns[$1]}" address add "$3" dev "$2"
	ip -n "${netns[$1]}" address add "$4" dev "$2"
}

# neighbour_by_hand H DEV: as ifupdown-ng makes it: wg setconf, addr_gen_mode after each opening
neighbour_by_hand() {
	ip -n "${netns[$1]}" link add "$2" type wireguard
	on "$1" wg setconf "$2" "/etc/wireguard/$2.conf"
	ip -n "${netns[$1]}" link set "$2" up
	on "$1" sysctl -qw "net.ipv6.conf.$2.addr_gen_mode=0"
}

link_local() { # link_local H DEV
	ip -n "${netns[$1]}" -j -6 address show dev "$2" | jq -er '[.[0].addr_info[] | select(.scope == "link")][0].local'
}

# hello TO GROUP: an OSPF-like packet from h1 on wg-cr02; what h2 gets is what h1 sent, byte by byte
hello() {
	capture_start h1 wg-cr02 "$tmp/sent.pcap" "${whole[@]}" ip proto 89 or ip6 proto 89
	capture_start h2 wg-cr01 "$tmp/got.pcap" "${whole[@]}" ip proto 89 or ip6 proto 89
	printf '\002\001\000\054 hello from cr01 %s' "$1" | on h1 socat -u STDIN "$1"
	printf '\002\004\004\000 update from cr01 %01000d' 7 | on h1 socat -u STDIN "$1"
	wait_for 5 two_arrived
	capture_stop "$tmp/sent.pcap"
	capture_stop "$tmp/got.pcap"
	[ "$(capture_count "$tmp/got.pcap")" -eq 2 ] && diff <(capture_hex "$tmp/sent.pcap") <(capture_hex "$tmp/got.pcap")
}
two_arrived() { [ "$(capture_count "$tmp/got.pcap")" -ge 2 ]; }

ospf() { # ospf WHAT
	check "$1: OSPF to 224.0.0.5" hello "IP4-SENDTO:224.0.0.5:89,ip-multicast-if=10.255.0.0"
	check "$1: OSPFv3 to ff02::5" hello "IP6-SENDTO:[ff02::5%wg-cr02]:89"
}

node_add h1 h2 h3
underlay_bridge 3
for h in h1 h2 h3; do
	vrf $h
done
rules_by_hand h1
rules_by_hand h3
example h1 s2/node1-wg-cr02.conf /etc/vtepd/wg-cr02.conf
example h1 s2/node1-wg-cr03.conf /etc/vtepd/wg-cr03.conf
example h2 s2/node2-wg-cr01.conf /etc/vtepd/wg-cr01.conf
example h3 s2/node3-stock.conf /etc/wireguard/wg-cr01.conf
for h in h1 h2; do
	whole_state $h >"$tmp/state.$h"
done

# h1: vtepd makes the devices, addresses come after it; h2: the other way round.
check "h1: wg-cr02 ready" serve h1 wg-cr02 || finish
netns[cr03]=${netns[h1]} holder[cr03]=${holder[h1]}	# h1's second vtepd
check "h1: wg-cr03 ready" serve cr03 wg-cr03
ifupdown h1 wg-cr02 10.255.0.0/31 2001:db8:ff::1/126
ip -n "${netns[h2]}" link add wg-cr01 type wireguard
ifupdown h2 wg-cr01 10.255.0.1/31 2001:db8:ff::2/126
check "h2: ready, on a device that stands" serve h2 wg-cr01 || finish
on h2 sysctl -qw net.ipv6.conf.wg-cr01.addr_gen_mode=0
neighbour_by_hand h3 wg-cr01
ifupdown h3 wg-cr01 10.255.0.3/31 2001:db8:ff::6/126

check_equal "h1: fwmark" 0x1023 "$(on h1 wg show wg-cr02 fwmark)"
one="999: from all fwmark 0x1023 lookup vrf_external"
check_equal "h1: one rule at 999 for each family, the one by hand" "$one, $one" "$(rules h1 | tr -s '\t' ' ')"
check_equal "h2: one rule at 999 for each family, vtepd's" "$one, $one" "$(rules h2 | tr -s '\t' ' ')"
check_fail "the underlay is not to be reached from outside of the VRF" ip -n "${netns[h1]}" route get 10.19.3.5
check "h1 to h2" ping_all h1 10.255.0.1
check "h1 to h2, IPv6" ping_all h1 2001:db8:ff::2
check "h1 to h3, by hand" ping_all h1 10.255.0.3
check "h1 to h3, by hand, IPv6" ping_all h1 2001:db8:ff::6
check_equal "Table = off: no route but the address's own" 10.255.0.0/31 \
	"$(ip -n "${netns[h1]}" -4 -j route show table all dev wg-cr02 type unicast | jq -r '[.[] | .dst] | join(" ")')"
check "Table = mesh: everything, in that table" grep -q '^default dev wg-cr03' <(on h1 ip route show table mesh)
check "and IPv6" grep -q '^default dev wg-cr03' <(on h1 ip -6 route show table mesh)
check_fail "in no other" grep -q '^default dev wg-cr03' <(on h1 ip route show table main)

# Segments, one in each instance.
guest_veth h1 vm1 br102 10.102.0.1/24
guest_veth h2 vm2 br102 10.102.0.2/24
guest_veth h1 vm3 br103 10.103.0.1/24
by_hand h3 vx103 103 10.255.0.3 10.255.0.2 br103
guest_veth h3 vm4 br103 10.103.0.2/24
check "VNI 102, vtepd on both" ping_all vm1 10.102.0.2
check "VNI 103, the other node by hand" ping_all vm3 10.103.0.2
by_hand h3 vx102 102 10.255.0.3 10.255.0.2 br102
guest_veth h3 vm5 br102 10.102.0.5/24
listen vm1 vm3 -- ether src $ghost
send_frame vm5 "$(frame_hex $all $ghost 88b5)" 5
send_frame vm4 "$(frame_hex $all $ghost 88b5)" 3
wait_for 5 has_arrived vm3 3
check_equal "what comes by wg-cr03 into wg-cr02's VNI reaches nobody" "0 3" "$(arrived vm1 vm3)"

# The device has a link-local address whenever it is open.
check "h1: link-local address" link_local h1 wg-cr02
check "h1 to h2 by it" ping_all h1 "$(link_local h2 wg-cr01)%wg-cr02"
ospf "at first"
ip -n "${netns[h1]}" link set wg-cr02 down
check_fail "closed: none" link_local h1 wg-cr02
ip -n "${netns[h1]}" link set wg-cr02 up
check "opened again: link-local address" wait_for 5 link_local h1 wg-cr02
ospf "opened again"
check "opened again: VNI 102" ping_all vm1 10.102.0.2
check "vtepd let multicast pass, and says so" test "$(stat_count h2 wg-rx not-ours)" -gt 0

for vm in vm1 vm2 vm3 vm4 vm5; do
	guest_del $vm
done
check "h1: wg-cr03 stops" vtepd_stop cr03
check "h1 to h2 still" ping_all h1 10.255.0.1
check "h1: wg-cr02 stops" vtepd_stop h1
unset 'netns[cr03]' 'holder[cr03]'
check "h2: stops" vtepd_stop h2
check "h2: the device that stood before stays" ip -n "${netns[h2]}" link del wg-cr01
check "h1: nothing is left, rules by hand stay" diff "$tmp/state.h1" <(whole_state h1)
check "h2: nothing is left" diff "$tmp/state.h2" <(whole_state h2)
finish

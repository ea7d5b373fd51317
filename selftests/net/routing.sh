#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Routes, rules and the firewall beside a default route: wg-quick is the oracle for the same file; Table off
# and a number; an underlay VRF.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

# routes H: tables and rules but for whose they are and for the guards
routes() {
	local ns=${netns[$1]} family

	for family in -4 -6; do
		ip $family -n "$ns" route show table all | grep -v '^unreachable.*metric 42' |
			grep -v 'fe80::\|ff00::\|br0\|vx1' | sed 's/ proto [0-9a-z]*//; s/ pref medium//; s/ $//' | sort
		ip $family -n "$ns" rule show | sed 's/ proto [0-9a-z]*//; s/ $//'
	done
}
firewall() { # firewall H: nft's tables, but for whose they are
	on "$1" nft list ruleset | sed 's/\(wg-quick\|vtepd\)-wg0/IFACE/; s/^[[:space:]]*//' | sort
}
destinations() { sed -E 's#^(0\.0\.0\.0/0|::/0)$#default#; s#/(32|128)$##' | sort; }	# a filter: as ip(8) writes them
looked() { # what --check has said of routes
	sed -n 's/.*would add the route \(unreachable \)\?\([^ ]*\).*/\2/p' "$tmp/look" | destinations
}
made() { # made H: the routes that are vtepd's
	{
		ip -4 -n "${netns[$1]}" route show table all proto 118
		ip -6 -n "${netns[$1]}" route show table all proto 118
	} | awk '{ print $1 == "unreachable" ? $2 : $1 }' | destinations
}
file() { # file: of h1, without what is vtepd's; after it, with
	node_file h1 h2
	sed '/^\[VNI\]/,/^$/d' "$tmp/h1/wg0.conf" >"$tmp/quick/wg0.conf"
}
# same_as_quick WHAT: h1's file by wg-quick and by vtepd
same_as_quick() {
	file
	attempt on h1 wg-quick up "$tmp/quick/wg0.conf" || not_ok "$1: wg-quick" "$(cat "$tmp/attempt")"
	{
		routes h1
		firewall h1
		on h1 wg show wg0 fwmark
	} >"$tmp/by-quick"
	attempt on h1 wg-quick down "$tmp/quick/wg0.conf"
	attempt on h1 vtepd --config "$tmp/h1/wg0.conf" --check
	cp "$tmp/attempt" "$tmp/look"
	check "$1: ready" node_start h1
	check "$1: --check has named its routes" diff <(looked) <(made h1)
	check_equal "$1: and its rules" "$(grep -c 'would add the rule' "$tmp/look")" \
		"$({ ip -4 -n "${netns[h1]}" rule; ip -6 -n "${netns[h1]}" rule; } | grep -c 'proto 118')"
	{
		routes h1
		firewall h1
		on h1 wg show wg0 fwmark
	} >"$tmp/by-vtepd"
	check "$1: as by wg-quick" diff "$tmp/by-quick" "$tmp/by-vtepd"
	check "$1: h1 to h2" ping_all h1 172.16.0.2
}
stops() { # stops WHAT
	check "$1: stops" vtepd_stop h1
	check "$1: nothing is left" diff "$tmp/state" <(node_state h1)
	check_equal "$1: nor of the firewall" "" "$(on h1 nft list ruleset)"
}
forged() { on h2 ping -n -c 3 -i 0.2 -W 1 -I 10.19.3.5 172.16.0.1; }	# to h1's wg0, by eth0 and not by the tunnel

mkdir -p "$tmp/quick"
bare_hypervisors 2
node_file h2 h1
check "h2: ready" node_start h2
on h1 sysctl -qw net.ipv6.conf.all.disable_ipv6=0
ip -n "${netns[h1]}" route add default via 10.19.3.5
ip -n "${netns[h2]}" route add 172.16.0.1 via 10.19.3.4 table 9
ip -n "${netns[h2]}" rule add from 10.19.3.5 to 172.16.0.1 table 9
node_state h1 >"$tmp/state"

peer_lines="AllowedIPs = 10.5.0.0/16, 10.5.1.0/24, 172.16.9.0/24, fd07::/64" same_as_quick "prefixes"
stops "prefixes"
peer_lines="AllowedIPs = 0.0.0.0/0, ::/0" same_as_quick "default routes"
check "default routes: the rest of the world is behind wg0" grep -q 'dev wg0' \
	<(ip -n "${netns[h1]}" route get 192.0.2.1)
check "default routes: but not what WireGuard sends" grep -q 'dev eth0' \
	<(ip -n "${netns[h1]}" route get 192.0.2.1 mark 0xca6c)
vtepd_stop h1 KILL
check "default routes: killed, and started again" node_start h1
{
	routes h1
	firewall h1
	on h1 wg show wg0 fwmark
} >"$tmp/again"
check "default routes: are the same" diff "$tmp/by-vtepd" "$tmp/again"
check_fail "default routes: wg0's address is not reached by eth0" forged
on h1 nft delete table ip vtepd-wg0
check "default routes: (without the rules it is)" forged
peer_lines="" file
check "default routes: gone from the file: reload" node_reload h1
check_equal "default routes: gone: no rules" "" "$(on h1 nft list ruleset)"
peer_lines="AllowedIPs = 0.0.0.0/0, ::/0" file
check "default routes: in the file again: reload" node_reload h1
check "default routes: in the file again: the same rules" diff <(firewall h1) <(grep -xFf <(firewall h1) "$tmp/by-vtepd")
check_fail "default routes: wg0's address is not reached by eth0 again" forged
check_fail "default routes: nothing is told" in_log h1 'rp_filter'
stops "default routes"
on h1 sysctl -qw net.ipv4.conf.all.rp_filter=1
check "default routes and a strict filter: ready" node_start h1
check "is told" in_log h1 'net.ipv4.conf.all.rp_filter=2'
stops "default routes and a strict filter"
on h1 sysctl -qw net.ipv4.conf.all.rp_filter=0
# Where there is no nft.
mkdir "$tmp/no-nft"
find -L /usr/bin "$top/build" -maxdepth 1 -type f -perm -100 ! -name nft -exec ln -sf -t "$tmp/no-nft" {} +
peer_lines="AllowedIPs = 0.0.0.0/0, ::/0" file
PATH=$tmp/no-nft check "no nft: ready" node_start h1
check "no nft: by iptables" grep -q 'PREROUTING.*-d 172.16.0.1/32 ! -i wg0.*-j DROP' <(on h1 iptables-save -t raw)
check_fail "no nft: wg0's address is not reached by eth0" forged
vtepd_stop h1 KILL
PATH=$tmp/no-nft check "no nft: killed, and started again" node_start h1
check_equal "no nft: no rule is there twice" "" "$(on h1 iptables-save | grep '^-A' | sort | uniq -d)"
check "no nft: stops" vtepd_stop h1
check_equal "no nft: nothing is left" "" "$({ on h1 iptables-save; on h1 ip6tables-save; } | grep '^-A')"
on h1 nft flush ruleset
interface_lines="FwMark = 0x77" peer_lines="AllowedIPs = 0.0.0.0/0" same_as_quick "a mark of one's own"
stops "a mark of one's own"
interface_lines="Table = 77" peer_lines="AllowedIPs = 10.5.0.0/16, 0.0.0.0/0" same_as_quick "Table = 77"
stops "Table = 77"
interface_lines="Table = off" peer_lines="AllowedIPs = 10.5.0.0/16, 0.0.0.0/0" same_as_quick "Table = off"
stops "Table = off"

# A prefix that this host has elsewhere: wg-quick fails, and so do we.
ip -n "${netns[h1]}" route add 10.8.0.0/16 dev eth0
node_state h1 >"$tmp/state"
peer_lines="AllowedIPs = 10.8.0.0/16" file
check_fail "a route in the way: no start" node_start h1
check "is told" in_log h1 'cannot add the route to 10.8.0.0/16'
check "and leaves nothing" diff "$tmp/state" <(node_state h1)
unset 'process[vtepd-h1]'
ip -n "${netns[h1]}" route del 10.8.0.0/16

# A VTEP that only a default route leads to.
ip -n "${netns[h1]}" route del default
node_state h1 >"$tmp/state"
node_file h1 h2
sed -i 's/^Address.*/Address = 172.16.0.1\/32/; s/^AllowedIPs.*/AllowedIPs = 0.0.0.0\/0\nVTEP = 172.16.0.2/' "$tmp/h1/wg0.conf"
check "a VTEP behind a default route: ready" node_start h1
check "has a route of its own" grep -q 'dev wg0' <(ip -n "${netns[h1]}" route show 172.16.0.2/32)
check "and a guard" grep -q unreachable <(ip -n "${netns[h1]}" route show 172.16.0.2/32)
stops "a VTEP behind a default route"

# The encrypted side in a VRF, the tunnel outside of it.
ip -n "${netns[h1]}" link add vrf_external up type vrf table 1023
ip -n "${netns[h1]}" link set eth0 master vrf_external
node_state h1 >"$tmp/state"
interface_lines="FwMark = 0x1023
UnderlayVRF = vrf_external" node_file h1 h2
on h1 sysctl -qw net.ipv4.udp_l3mdev_accept=0
check "an underlay VRF that WireGuard hears nothing from: ready" node_start h1
check "is told" in_log h1 'net.ipv4.udp_l3mdev_accept=1'
stops "that VRF"
on h1 sysctl -qw net.ipv4.udp_l3mdev_accept=1
check "an underlay VRF: ready" node_start h1
for family in -4 -6; do
	check "an underlay VRF: its rule, $family" grep -q '^999:.*fwmark 0x1023 lookup \(1023\|vrf_external\)' \
		<(ip $family -n "${netns[h1]}" rule show)
done
check "an underlay VRF: h1 to h2" ping_all h1 172.16.0.2
check_fail "an underlay VRF: nothing is told" in_log h1 'sysctl'
stops "an underlay VRF"
interface_lines="UnderlayVRF = vrf_nowhere" node_file h1 h2
check_fail "a VRF that is not there: no start" node_start h1
check "is told" in_log h1 'UnderlayVRF = vrf_nowhere: No such device'
unset 'process[vtepd-h1]'
check "h2: stops" vtepd_stop h2
finish

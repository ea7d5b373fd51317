#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recipe S1: tenants over a full mesh of three nodes, and over a hub, out of examples/s1.
#
#	red   VNI 1         h1, h2, h3		vm1r -- br-red -- vm2r, vm3r
#	green VNI 70000     h1, h2		vm1g -- br-green -- vm2g
#	blue  VNI 16777215  h1, h3		vm1b -- br-blue -- vm3b
#
# Every tenant has the same addresses and the same MACs. Proves: a tenant's frames reach its own
# guests and nobody else's; VXLAN leaves inside WireGuard only; the MTU inside is 1370 and shown;
# applying a file again changes nothing, whether by reload, restart or a look; exit codes and JSON
# for those that drive it; overlapping plans are named with their lines; node 3 made by hand. Then h1 is
# the hub of the two others: from spoke to spoke in red, which it was told to relay, and not in green.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

all=ff:ff:ff:ff:ff:ff ghost=52:54:00:00:01:01

tenant() { # tenant H GUEST BRIDGE N: guest N of its tenant, addresses as in every other tenant
	guest_veth "$1" "$2" "$3" "10.1.0.1$4/24"
	guest_mac[$2]=52:54:00:00:aa:0$4
	ip -n "${netns[$2]}" link set eth0 address "${guest_mac[$2]}"
}

tenants() {
	tenant h1 vm1r br-red 1
	tenant h1 vm1g br-green 1
	tenant h1 vm1b br-blue 1
	tenant h2 vm2r br-red 2
	tenant h2 vm2g br-green 2
}

third() { # third RED BLUE: node 3's guests
	tenant h3 vm3r "$1" 3
	tenant h3 vm3b "$2" 3
}

# isolated WHAT: each tenant sends broadcasts of its own
isolated() {
	local vm

	check "$1: red, node 1 to 2" ping_all vm1r 10.1.0.12
	check "$1: red, node 3 to 2" ping_all vm3r 10.1.0.12
	check "$1: blue, VNI 16777215" ping_all vm1b 10.1.0.13
	watch $ghost vm1r vm1g vm1b vm2r vm2g vm3r vm3b
	send_frame vm1r "$(frame_hex $all $ghost 88b5)" 7
	send_frame vm1g "$(frame_hex $all $ghost 88b5)" 5
	send_frame vm1b "$(frame_hex $all $ghost 88b5)" 3
	wait_for 5 has_seen vm3r 7
	wait_for 5 has_seen vm2g 5
	wait_for 5 has_seen vm3b 3
	check_equal "$1: each tenant sees its own broadcasts: red 7, green 5, blue 3" "0 0 0 7 5 7 3" \
		"$(seen vm1r vm1g vm1b vm2r vm2g vm3r vm3b)"
	for vm in vm1r vm1g vm1b vm2r vm2g vm3r vm3b; do
		on $vm nft delete table netdev watch
	done
}

exit_code() { # exit_code DESC CODE COMMAND...
	local desc=$1 code=$2 status=0

	shift 2
	attempt "$@" || status=$?
	check_equal "exit code $code: $desc" "$code" $status
}

applied_again() {
	whole_state h1 >"$tmp/once"
	on h1 wg showconf wg0 >>"$tmp/once"
	session=$(on h1 wg show wg0 latest-handshakes)
	node_reload h1
	{
		whole_state h1
		on h1 wg showconf wg0
	} >"$tmp/twice"
	check "applied again by a reload: nothing is other" diff "$tmp/once" "$tmp/twice"
	check "h1: stops to be started again" vtepd_stop h1 KILL
	on h1 vtepd --iface wg0 --check >"$tmp/look" 2>&1
	check_equal "a look: status 0, nothing to do" "0 y" \
		"$? $(grep -q '0 peers to add, 0 to change, 0 to remove' "$tmp/look" && echo y)"
	check "h1: ready again" serve h1 wg0
	{
		whole_state h1
		on h1 wg showconf wg0
	} >"$tmp/twice"
	check "applied again by a restart: nothing is other" diff "$tmp/once" "$tmp/twice"
	check_equal "and the sessions are the same" "$session" "$(on h1 wg show wg0 latest-handshakes)"
}

unknown_since() { [ "$(stat_count h1 wg-rx vtep-unknown)" -ge $(($1 + $2)) ]; } # unknown_since BEFORE COUNT
broken() { # broken SED-SCRIPT: h1's file, made wrong
	sed "$1" "$(etc_of h1)/vtepd/wg0.conf" >"$(etc_of h1)/vtepd/broken.conf"
	on h1 vtepd --config /etc/vtepd/broken.conf --iface wg0 --check -d 2>&1 | tee "$tmp/broken"
	return "${PIPESTATUS[0]}"
}

driven() {
	exit_code "a file that is right" 0 on h1 vtepd --iface wg0 --check
	exit_code "an unknown key" 1 broken 's/^Endpoint/EndPiont/'
	check "is told with file, line and the nearest key" grep -q 'broken.conf:[0-9]*:.*EndPiont' "$tmp/broken"
	exit_code "a VNI beyond 24 bits" 1 broken 's/16777215/16777216/'
	exit_code "no such file" 1 on h1 vtepd --config /etc/vtepd/none.conf --check
	exit_code "vtepctl: no such instance" 4 on underlay vtepctl show
	exit_code "vtepctl: no such MAC" 3 on h1 vtepctl fdb get 02:00:00:00:00:99 vni 1
	check_equal "JSON: VNIs and their bridges" '[[1,"br-red"],[70000,"br-green"],[16777215,"br-blue"]]' \
		"$(on h1 vtepctl -j show | jq -c '[.. | objects | select(has("overlay_mtu") and has("vni")) | [.vni, .master]] | sort')"
	check_equal "JSON: 1420 outside, 1370 inside" "1420 1370" \
		"$(on h1 vtepctl -j show | jq -r '[.. | objects | select(has("interface"))][0] | "\(.mtu) \(.overlay_mtu)"')"
	check_equal "and set" "1370 1370 1370" \
		"$(ip -n "${netns[h1]}" -j link show type bridge | jq -r '[.[] | .mtu] | join(" ")')"
}

plans() {
	broken 's/^Address = 10.1.0.1.24/Address = 172.16.0.129\/25/' >/dev/null
	check "overlay in the tunnel's network" grep -q 'broken.conf:12: .*172.16.0.129/25.*172.16.0.1/24' "$tmp/broken"
	broken 's/^AllowedIPs = 172.16.0.3.32/&, 172.16.0.2\/32/' >/dev/null
	check "two peers with one address" grep -q 'broken.conf:[0-9]*: .*172.16.0.2/32 is given to' "$tmp/broken"
	broken 's/^AllowedIPs = 172.16.0.3.32/&, 10.19.3.0\/26/' >/dev/null
	check "the underlay inside of the tunnel" grep -q 'broken.conf:32: .*10.19.3.0/26.*10.19.3.6' "$tmp/broken"
	broken 's/^Address = 10.1.0.1.24/Address = 10.19.3.62\/26/' >/dev/null
	check "the underlay inside of the overlay" grep -q 'broken.conf:[0-9]*: .*10.19.3.62/26.*10.19.3.5' "$tmp/broken"
	broken '' >/dev/null
	check_equal "and nothing is said of what is right" "" "$(grep -E 'share|given|lie' "$tmp/broken")"
}

hub_and_spokes() {
	local vm

	example h1 s1/hub.conf /etc/vtepd/wg0.conf
	example h2 s1/spoke2.conf /etc/vtepd/wg0.conf
	example h3 s1/spoke3-stock.conf /etc/wireguard/wg0.conf
	check "hub: ready" serve h1 wg0
	check "spoke 2: ready" serve h2 wg0
	check "spoke 3, by hand: wg-quick" on h3 wg-quick up wg0
	by_hand h3 vx-red 1 172.16.0.3 172.16.0.1 br-red
	by_hand h3 vx-green 70000 172.16.0.3 172.16.0.1 br-green
	for vm in 1 2 3; do
		tenant "h$vm" "vm${vm}r" br-red $vm
		tenant "h$vm" "vm${vm}g" br-green $vm
	done
	check "hub: red, spoke 2 to spoke 3" ping_all vm2r 10.1.0.13
	check "hub: red, spoke 3 to the hub's own guest" ping_all vm3r 10.1.0.11
	check "hub: green, spoke 2 to the hub's own guest" ping_all vm2g 10.1.0.11
	check "hub: green, spoke 3, too" ping_all vm3g 10.1.0.11
	check "hub: green, which it does not relay: not from spoke to spoke" ping_none vm2g 10.1.0.13
	watch $ghost vm1r vm2r vm3r vm1g vm2g vm3g
	send_frame vm2g "$(frame_hex $all $ghost 88b5)" 4
	send_frame vm2r "$(frame_hex $all $ghost 88b5)" 5
	wait_for 5 has_seen vm1g 4
	wait_for 5 has_seen vm3r 5
	check_equal "hub: spoke 2's broadcasts: red everywhere, green at the hub" "5 0 5 4 0 0" \
		"$(seen vm1r vm2r vm3r vm1g vm2g vm3g)"
	for vm in vm1r vm2r vm3r vm1g vm2g vm3g; do
		guest_del $vm
	done
	by_hand_undo h3 vx-red br-red
	by_hand_undo h3 vx-green br-green
	check "spoke 3: wg-quick down" on h3 wg-quick down wg0
	check "hub: stops" vtepd_stop h1
	check "spoke 2: stops" vtepd_stop h2
}

node_add h1 h2 h3
underlay_bridge 3
for h in h1 h2 h3; do
	underlay_address $h
	example $h "s1/node${h#h}.conf" /etc/vtepd/wg0.conf
	whole_state $h >"$tmp/state.$h"
done
example h3 s1/node3-stock.conf /etc/wireguard/wg0.conf
for h in h1 h2 h3; do
	check "$h: ready" serve $h wg0 || finish
done
tenants
third br-red br-blue
capture_start underlay br0 "$tmp/underlay.pcap" "${headers[@]}"
isolated "all ours"
capture_stop "$tmp/underlay.pcap"
check "what left was WireGuard" test "$(capture_count "$tmp/underlay.pcap" udp port 51820)" -gt 20
check_equal "and nothing else" 0 "$(capture_count "$tmp/underlay.pcap" not udp port 51820 and not arp and not icmp6)"
applied_again
driven
plans

# Node 3 by hand: its guests are the same, its VXLAN is the kernel's.
check "h3: stops" vtepd_stop h3
check "h3: wg-quick" on h3 wg-quick up wg0
by_hand h3 vx-red 1 172.16.0.3 172.16.0.1 br-red
bridge -n "${netns[h3]}" fdb append 00:00:00:00:00:00 dev vx-red dst 172.16.0.2
by_hand h3 vx-blue 16777215 172.16.0.3 172.16.0.1 br-blue
plug h3 vm3r br-red
plug h3 vm3b br-blue
isolated "node 3 by hand"
# Whom node 3's VXLAN sends green frames to gets none: node 3 has no part in green.
by_hand h3 vx-green 70000 172.16.0.3 172.16.0.1 br-green
tenant h3 vm3g br-green 3
before=$(stat_count h1 wg-rx vtep-unknown)
watch $ghost vm1g
send_frame vm3g "$(frame_hex $all $ghost 88b5)" 4
check "what a node sends into a VNI that it has no part in is counted" wait_for 5 unknown_since "$before" 4
check_equal "and reaches nobody" 0 "$(seen vm1g)"
for dev in red blue green; do
	by_hand_undo h3 vx-$dev br-$dev
done
check "h3: wg-quick down" on h3 wg-quick down wg0
for name in vm1r vm1g vm1b vm2r vm2g vm3r vm3b vm3g; do
	guest_del $name
done
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
hub_and_spokes
for h in h1 h2 h3; do
	check "$h: nothing is left" diff "$tmp/state.$h" <(whole_state $h)
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hub: h2 and h3 have one peer each, h1, which relays between them; h2 runs vtepd, h3 the kernel's vxlan. Then three
# hubs in a circle, which end what they pass to each other.
#
#	vm2 -- br0 h2 ==== h1 ==== h3 br0 -- vm3
#	                   br0 -- vm1

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"
# shellcheck source=selftests/net/tally.sh
. "$lib/tally.sh"

all=ff:ff:ff:ff:ff:ff nobody=52:54:00:00:ee:01

# gets DESC FROM DESTINATION COUNTS: frames of FROM, at vm1 vm2 vm3; the control goes the longest way
gets() {
	local to=vm3

	[ "$2" != vm3 ] || to=vm2
	tally_frame "$3" "${guest_mac[$2]}"
	tally_ask "$2" "$tally_hex" "$2" $to
	check_equal "$1" "$4" "$tally_counts"
}

bulk() { # bulk FROM TO ADDRESS
	check "bulk TCP $1 to $2" bulk_tcp "$1" "$2" "$3" 1
	diag "$bulk_report"
}

spokes() {
	check "vm2 to vm3, through the hub" ping_all vm2 172.16.30.53
	check "vm3 to vm1" ping_all vm3 172.16.30.51
	gets "vm2 to vm3: once" vm2 "${guest_mac[vm3]}" "0 0 5"
	gets "vm3 to vm2: once" vm3 "${guest_mac[vm2]}" "0 5 0"
	gets "broadcast of a spoke: to everybody once, and never back" vm2 $all "5 0 5"
	gets "broadcast of the other" vm3 $all "5 5 0"
	gets "unknown of a spoke" vm2 $nobody "5 0 5"
	gets "broadcast at the hub" vm1 $all "0 5 5"
	check_equal "h1: vm3 is behind h3" 172.16.0.3 "$(fdb_where h1 "${guest_mac[vm3]}")"
	check_equal "h2: vm3 is behind h1, whom it has it from" 172.16.0.1 "$(fdb_where h2 "${guest_mac[vm3]}")"
	check "whole to the last byte" tcp_compare vm2 vm3 172.16.30.53 2000000
	bulk vm2 vm3 172.16.30.53
	bulk vm3 vm2 172.16.30.52
	check_equal "counted" yes "$([ "$(stat_count h1 wg-rx relayed)" -gt 20 ] && echo yes)"
}

apart() { # without Relay: split horizon
	local before

	before=$(stat_count h1 wg-rx split-horizon)
	tally_frame "${guest_mac[vm3]}" "${guest_mac[vm2]}"
	tally_ask vm2 "$tally_hex" vm2 vm1
	check_equal "a VNI that is no hub: nothing from spoke to spoke" "0 0 0" "$tally_counts"
	tally_frame $all "${guest_mac[vm2]}"
	tally_ask vm2 "$tally_hex" vm2 vm1
	check_equal "broadcast comes to the hub's own side alone" "5 0 0" "$tally_counts"
	check_equal "counted" 5 $(($(stat_count h1 wg-rx split-horizon) - before))
}

still() { # as many packets on h1's wg0 as when last asked
	local before=$sent

	sent=$(link_count h1 wg0 tx.packets)
	[ "$sent" = "$before" ]
}

# Each of two copies goes round: 64, 48, 32, 16, and the next one drops or no longer passes it on.
circle() {
	local copies sent=none

	tally_frame $all "${guest_mac[vm1]}"
	tally_ask vm1 "$tally_hex" vm1 vm2
	read -r -a copies <<<"$tally_counts"
	diag "copies of 5 frames at vm1 vm2 vm3: ${copies[*]}"
	check "they come to everybody else" [ "${copies[1]}" -ge 5 -a "${copies[2]}" -ge 5 ]
	check "and to an end: 20 of each at the most" [ "${copies[1]}" -le 20 -a "${copies[2]}" -le 20 ]
	check "wg0 falls silent" wait_for 5 still
}

hypervisors 3
on h2 wg set wg0 peer "$(wg_key h3)" remove
on h3 wg set wg0 peer "$(wg_key h2)" remove
for h in h1 h2 h3; do
	bridge_add $h br0
	guest_veth $h "vm${h#h}" br0 "172.16.30.5${h#h}/24"
done
tally_start vm1 vm2 vm3
kernel_vxlan h3 1 4789 172.16.0.1
check "h2: ready, one peer" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
printf '[VNI]\nVNI = 1\nBridge = br0\n' >"$tmp/wg0.conf"
check "h1: ready, no hub" vtepd_start h1 --config "$tmp/wg0.conf"
check "vm2 talks to the hub's own side" ping_all vm2 172.16.30.51
check "vm3 does" ping_all vm3 172.16.30.51
apart
echo 'Relay = yes' >>"$tmp/wg0.conf"
check "h1: a hub from now on" node_reload h1
spokes
kernel_vxlan_down h3 1
wireguard_peer h2 h3
wireguard_peer h3 h2
check "h2: stops" vtepd_stop h2
for h in h2 h3; do
	check "$h: ready, a hub too, by mistake" vtepd_start $h --iface wg0 --vni 1 --bridge br0 --relay
done
circle
for h in h1 h2 h3; do
	diag "$(on $h vtepctl stats)"
	check "$h: stops" vtepd_stop $h
done
finish

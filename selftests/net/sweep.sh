#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every frame length from 60 to 1600 bytes, out of guests whose MTU is larger than the overlay's: each
# frame arrives byte for byte, or its sender is told, or a counter has it. First by the kernel's own
# vxlan and bridge, whose vxlan device has an MTU that lets it see them; then by ours.
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0
#	vm3 (tap) ---+                                    +-- vm4 (tap)
#
# 1541 frames each time, of which 1325 are up to 1384 bytes: 1370 of IP behind 14 of Ethernet.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

all=ff:ff:ff:ff:ff:ff group=33:33:00:00:00:05 nobody=06:00:00:00:00:99

drops() { on "$1" vtepctl -j stats drops | jq '[.[].packets] | add // 0'; }

# swept FROM TO MAC KIND [vlan N]: "DELIVERED up to LENGTH, ANSWERED from LENGTH (MTU), MISSING", and what must
# not be: frames that were answered and arrived, arrived twice, or otherwise than they were sent
swept() {
	sweep "${netns[$1]}" "${netns[$2]}" "${@:3}" >"$tmp/swept" || return 1
	jq -r '"\(.delivered) up to \(.longest_delivered), \(.answered) from \(.shortest_answered) \(.mtu), \(.missing)" +
		if .both + .twice + .damaged > 0 then " \(.)" else "" end' "$tmp/swept"
}

carried='1541 up to 1600, 0 from 0 [0,0], 0'
answered='1325 up to 1384, 216 from 1385 [1370,1370], 0'
short='1325 up to 1384, 0 from 0 [0,0], 216'

# ours WHAT RESULT FROM TO MAC KIND [vlan N]: and what is missing was counted, one drop each
ours() {
	local before dropped

	before=$(($(drops h1) + $(drops h2)))
	check_equal "$1" "$2" "$(swept "${@:3}")"
	dropped=$(($(drops h1) + $(drops h2) - before))
	check_equal "$1: what is missing is counted" "$(jq .missing "$tmp/swept")" $dropped
}

enslave() {
	ip -n "${netns[h1]}" link set vethvm1 master br0
	ip -n "${netns[h1]}" link set "${guest_port[vm3]}" master br0
	ip -n "${netns[h2]}" link set vethvm2 master br0
	ip -n "${netns[h2]}" link set "${guest_port[vm4]}" master br0
	check "$1: ping, veths" ping_all vm1 172.16.30.52
	check "$1: ping, taps" ping_all vm3 172.16.30.54
}

hypervisors 2
recipe_options=(noudpcsum)
for h in h1 h2; do
	recipe_up $h 1 "$(vtep_ip h$((3 - ${h#h})))"
	ip -n "${netns[$h]}" link set vx1 mtu 2000
done
guest_veth h1 vm1 br0 172.16.30.51/24 1600
guest_veth h2 vm2 br0 172.16.30.52/24 1600
guest_tap h1 vm3 br0 172.16.30.53/24 1600
guest_tap h2 vm4 br0 172.16.30.54/24 1600
enslave kernel
check_equal "kernel: IPv4" "$carried" "$(swept vm1 vm2 "${guest_mac[vm2]}" 4)"
check_equal "kernel: IPv4 with DF, unknown" "$answered" "$(swept vm1 vm2 $nobody 4df)"
check_equal "kernel: IPv6" "$answered" "$(swept vm1 vm2 "${guest_mac[vm2]}" 6)"

for h in h1 h2; do
	recipe_down $h 1
	check "$h: ready" vtepd_start $h --iface wg0 --vni 1 --bridge br0
done
enslave ours
ours "IPv4" "$carried" vm1 vm2 "${guest_mac[vm2]}" 4
ours "IPv4 with DF" "$answered" vm1 vm2 "${guest_mac[vm2]}" 4df
ours "IPv6" "$answered" vm1 vm2 "${guest_mac[vm2]}" 6
ours "IPv4 with DF, unknown" "$answered" vm1 vm2 $nobody 4df
check_equal "and the bridge does not believe it to be here" "" "$(bridge -n "${netns[h1]}" fdb show | grep $nobody)"
ours "IPv6, unknown" "$answered" vm1 vm2 $nobody 6
ours "IPv4 with DF, broadcast" "$carried" vm1 vm2 $all 4df
ours "IPv6, multicast" "$carried" vm1 vm2 $group 6
# By the kernel's vxlan, whose outer packets leave in fragments: the other side drops them.
ours "IPv6, tagged" "$short" vm1 vm2 "${guest_mac[vm2]}" 6 vlan 5
ours "IPv4, tagged, broadcast" "$short" vm1 vm2 $all 4 vlan 5
ours "IPv4, taps" "$carried" vm3 vm4 "${guest_mac[vm4]}" 4
ours "IPv4 with DF, taps" "$answered" vm3 vm4 "${guest_mac[vm4]}" 4df
ours "IPv6, tap to veth" "$answered" vm3 vm2 "${guest_mac[vm2]}" 6
ours "IPv4 with DF, unknown, veth to tap" "$answered" vm1 vm4 $nobody 4df

# Whoever does not want fragments.
check "h1: stops" vtepd_stop h1
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --oversize drop
enslave drop
ours "drop: IPv4" "$short" vm1 vm2 "${guest_mac[vm2]}" 4
ours "drop: IPv6, unknown" "$answered" vm1 vm2 $nobody 6
ours "drop: IPv4, broadcast" "$short" vm1 vm2 $all 4
check "by name" test "$(on h1 vtepctl -j stats drops | jq '[.[] | select(.reason == "oversize-dropped") | .packets] | add')" -eq 432
finish

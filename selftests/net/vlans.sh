#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two VNIs in one VLAN-aware bridge, a VLAN each, as in the kernel's vxlan_bridge_1q: first with the kernel's vxlan on h1 as
# the oracle, then with vtepd on the same devices, then with devices that vtepd makes. The same script, the same counts.
#
#	vm1 --- pvid 10 ---+                              +--- pvid 10 --- vm4
#	vm2 --- pvid 20 ---+ br0 h1  vx10 vx20 == wg == vx10 vx20  h2 br0 +--- pvid 20 --- vm5
#	vm3 -- 10, 20 -----+                              +----- 10, 20 -- vm6
#
# vm3 and vm6 send and get tagged frames. vx10 and vx20 are access ports of 10 and 20. h2 is the kernel's throughout.

# shellcheck disable=SC2317 # run calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/tally.sh
. "$lib/tally.sh"

all=ff:ff:ff:ff:ff:ff ghost=52:54:00:00:01:01
t10=/8100.000a t20=/8100.0014	# what a tagged frame has, as tally tells it

# What is changed counts within 100 ms, which is as long as is waited here.
access() { # access H PORT VLAN [OLD]
	[ -z "${4-}" ] || bridge -n "${netns[$1]}" vlan del dev "$2" vid "$4"
	bridge -n "${netns[$1]}" vlan add dev "$2" vid "$3" pvid untagged && sleep 0.1
}
trunk() { bridge -n "${netns[$1]}" vlan add dev "$2" vid "$3"; }	# trunk H PORT VLAN

# say FROM TAG DESTINATION SOURCE: TAG is "" or a VLAN
say() {
	local from=vm2 to=vm5 tag=''

	case $1 in vm[456]) from=vm5 to=vm2 ;; esac
	[ -z "$2" ] || printf -v tag '8100%04x' "$2"
	tally_frame "$3" "$4"
	tally_ask "$1" "${tally_hex/88b5/${tag}88b5}" $from $to
}

# try DESC FROM TAG DESTINATION SOURCE COUNTS: at vm1 … vm6; from the same with its own address
try() {
	say "$2" "$3" "$4" "$5"
	check_equal "$who: $1" "$6" "$tally_counts"
}
from() { try "$1" "$2" "$3" "$4" "${guest_mac[$2]}" "$5"; }

hello() {
	say vm1 "" $all "${guest_mac[vm1]}"
	say vm2 "" $all "${guest_mac[vm2]}"
	say vm3 10 $all "${guest_mac[vm3]}"
	say vm3 20 $all "${guest_mac[vm3]}"
	say vm4 "" $all "${guest_mac[vm4]}"
	say vm5 "" $all "${guest_mac[vm5]}"
	say vm6 10 $all "${guest_mac[vm6]}"
	say vm6 20 $all "${guest_mac[vm6]}"
}

carried() {
	from "VLAN 10 to the tunnel" vm1 "" "${guest_mac[vm4]}" "0 0 0 5 0 0"
	from "VLAN 10 from the tunnel" vm4 "" "${guest_mac[vm1]}" "5 0 0 0 0 0"
	from "VLAN 20 to the tunnel" vm2 "" "${guest_mac[vm5]}" "0 0 0 0 5 0"
	from "VLAN 20 from the tunnel" vm5 "" "${guest_mac[vm2]}" "0 5 0 0 0 0"
	from "VLAN 10, broadcast" vm1 "" $all "0 0 5$t10 5 0 5$t10"
	from "VLAN 20, broadcast from the tunnel" vm5 "" $all "0 5 5$t20 0 0 5$t20"
	from "tagged 10 to a port" vm3 10 "${guest_mac[vm1]}" "5 0 0 0 0 0"
	from "tagged 10 to the tunnel" vm3 10 "${guest_mac[vm4]}" "0 0 0 5 0 0"
	from "tagged 20 to the tunnel" vm3 20 "${guest_mac[vm5]}" "0 0 0 0 5 0"
	from "tagged 20 to tagged" vm3 20 "${guest_mac[vm6]}" "0 0 0 0 0 5$t20"
	from "from the tunnel to tagged 20" vm5 "" "${guest_mac[vm3]}" "0 0 5$t20 0 0 0"
	from "from the tunnel to tagged 10" vm4 "" "${guest_mac[vm3]}" "0 0 5$t10 0 0 0"
	from "VLAN 10 with its own tag" vm1 10 "${guest_mac[vm4]}" "0 0 0 5 0 0"
	from "VLAN 10 with a priority tag" vm1 0 "${guest_mac[vm4]}" "0 0 0 5 0 0"
}

apart() {
	from "VLAN 10 to a station of 20" vm1 "" "${guest_mac[vm5]}" "0 0 5$t10 5 0 5$t10"
	from "tagged 20 at a port of 10" vm1 20 "${guest_mac[vm5]}" "0 0 0 0 0 0"
	from "tagged 20 at a port of 10, broadcast" vm1 20 $all "0 0 0 0 0 0"
	from "untagged where there is no pvid" vm3 "" $all "0 0 0 0 0 0"
	from "tagged with a VLAN that is not there" vm3 30 $all "0 0 0 0 0 0"
	# Tagged 20 in VNI 10: of a peer that is set up otherwise
	trunk h2 vx10 20
	from "tagged 20 in VNI 10, broadcast: what comes is VNI 20's" vm5 "" $all "0 5 5$t20 0 0 5$t20"
	bridge -n "${netns[h2]}" fdb replace "${guest_mac[vm1]}" dev vx10 master static vlan 20
	from "tagged 20 in VNI 10, to a station of 10" vm5 "" "${guest_mac[vm1]}" "0 0 0 0 0 0"
	bridge -n "${netns[h2]}" fdb del "${guest_mac[vm1]}" dev vx10 master vlan 20
	bridge -n "${netns[h2]}" vlan del dev vx10 vid 20
}

# A MAC in both VLANs, and its moves in one of them
moves() {
	try "a MAC in VLAN 10, here" vm1 "" $all $ghost "0 0 5$t10 5 0 5$t10"
	try "the same in VLAN 20, there" vm5 "" $all $ghost "0 5 5$t20 0 0 5$t20"
	from "to it in VLAN 10" vm4 "" $ghost "5 0 0 0 0 0"
	from "to it in VLAN 20" vm2 "" $ghost "0 0 0 0 5 0"
	try "it moves in VLAN 10 to the other side" vm4 "" $all $ghost "5 0 5$t10 0 0 5$t10"
	from "to it in VLAN 10" vm1 "" $ghost "0 0 0 5 0 0"
	from "in VLAN 20 it is where it was" vm2 "" $ghost "0 0 0 0 5 0"
	try "it moves in VLAN 10 to a tagged port" vm3 10 $all $ghost "5 0 0 5 0 5$t10"
	sleep 0.1
	from "to it in VLAN 10" vm1 "" $ghost "0 0 5$t10 0 0 0"
	from "to it in VLAN 10, from the tunnel" vm4 "" $ghost "0 0 5$t10 0 0 0"
	try "and back to the other" vm1 "" $all $ghost "0 0 5$t10 5 0 5$t10"
	from "to it in VLAN 10, from the tunnel" vm4 "" $ghost "5 0 0 0 0 0"
}

# A port changes its VLAN, and nothing of the old one stays
another_vlan() {
	access h1 vethvm1 20 10
	hello
	from "a port that is in VLAN 20 now, to 20" vm1 "" "${guest_mac[vm5]}" "0 0 0 0 5 0"
	from "from 20" vm5 "" "${guest_mac[vm1]}" "5 0 0 0 0 0"
	from "to 10" vm1 "" "${guest_mac[vm4]}" "0 5 5$t20 0 5 5$t20"
	from "broadcast" vm1 "" $all "0 5 5$t20 0 5 5$t20"
	access h1 vethvm1 10 20
	hello
	from "back in VLAN 10" vm1 "" "${guest_mac[vm4]}" "0 0 0 5 0 0"
}

run() { # run WHO
	who=$1
	hello
	carried
	apart
	moves
	another_vlan
}

hypervisors 2
for h in h1 h2; do
	bridge_add $h br0
	ip -n "${netns[$h]}" link set br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	for vni in 10 20; do
		kernel_vxlan $h $vni 4789 "172.16.0.$((3 - ${h#h}))"
		access $h vx$vni $vni
	done
done
for guest in vm1 vm2 vm3; do
	guest_veth h1 $guest br0 -
done
for guest in vm4 vm5 vm6; do
	guest_veth h2 $guest br0 -
done
access h1 vethvm1 10
access h1 vethvm2 20
access h2 vethvm4 10
access h2 vethvm5 20
for vlan in 10 20; do
	trunk h1 vethvm3 $vlan
	trunk h2 vethvm6 $vlan
done
tally_start vm1 vm2 vm3 vm4 vm5 vm6

run kernel
check "h1: ready on the devices that stand" vtepd_start h1 --iface wg0 --vni 10 --vni 20
run adopted
check_equal "vtepctl names their VLANs" "10 10,20 20" \
	"$(on h1 vtepctl -j vni show | jq -r '[.[] | "\(.vni) \(.vlan)"] | join(",")')"
check "h1: stops" vtepd_stop h1
kernel_vxlan_down h1 10
kernel_vxlan_down h1 20
on h1 vtepd --iface wg0 --vni 10 --bridge br0 --vni 20 --bridge br0 >"$tmp/refused" 2>&1
check_equal "two VNIs in one bridge without VLANs: refused" 1 $?
check "and told how" grep -q "VLAN = N" "$tmp/refused"
check_fail "nor with the same VLAN" on h1 vtepd --iface wg0 --vni 10 --bridge br0 --vlan 7 --vni 20 --bridge br0 --vlan 7
check "h1: ready with its own" vtepd_start h1 --iface wg0 --vni 10 --bridge br0 --vlan 10 --vni 20 --bridge br0 --vlan 20
run made
check "the fast path carried what is untagged, out" [ "$(stat_count h1 port-rx encap)" -gt 50 ]
check "and in" [ "$(stat_count h1 wg-rx delivered)" -gt 30 ]
diag "$(on h1 vtepctl vni show)" "$(on h1 vtepctl stats)"
check "h1: stops" vtepd_stop h1
check "the bridge stays" ip -n "${netns[h1]}" link show br0
check_equal "its vxlan devices don't" "" "$(ip -n "${netns[h1]}" -br link show type vxlan)"
finish

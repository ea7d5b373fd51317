#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Adoption: a set-up made by hand is accelerated in place and left as it was; two segments
# in one process; and what the hand-made set-up lets in, vtepd does not.
#
#	vm1 -- br0 h1 vx1 --+                    +-- vx1 h2 br0 -- vm2		VNI 1
#	                    +== wg0 h1 ~ h2 wg0 ==+				h2: by hand
#	vm5 -- br1 h1 vx2 --+                    +-- vx2 h2 br1 -- vm6		VNI 2
#
# An attacker at h2 sends VXLAN to h1: by the underlay, eth0 -> UDP socket -> vx1 ingress,
# and by the tunnel from an address that is no VTEP, wg0 -> vtep_wg_rx.

# shellcheck disable=SC2317 # check calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

all=ff:ff:ff:ff:ff:ff ghost=52:54:00:00:01:01 h2=172.16.0.2

state() { # state DEV: of h1's device, what the user sees of it but for counters and ages
	ip -n "${netns[h1]}" -d link show dev "$1" | sed -E "s/_timer +[0-9.]+//g"
	bridge -n "${netns[h1]}" -d link show dev "$1"
	bridge -n "${netns[h1]}" fdb show dev "$1" | grep -E 'permanent|static' | sort
}

# in_place DESC DEV OPTIONS...: vtepd comes and goes while vm1 pings vm2
in_place() {
	local desc=$1 dev=$2 before index

	shift 2
	before=$(state "$dev")
	index=$(ip -n "${netns[h1]}" -j link show dev "$dev" | jq '.[0].ifindex')
	spawn_on vm1 pinging stdbuf -oL ping -n -i 0.05 -c 4000 172.16.30.52
	wait_for 5 answered 5
	check "$desc: ready" vtepd_start h1 --iface wg0 "$@"
	check "$desc: the same device" [ "$index" = \
		"$(ip -n "${netns[h1]}" -j link show dev "$dev" | jq '.[0].ifindex')" ]
	check "$desc: it forwards" wait_for 10 forwards 20
	check "$desc: stops" vtepd_stop h1
	check_equal "$desc: device, flags, flood list and learning as before" "$before" "$(state "$dev")"
	check "$desc: and it goes on" wait_for 10 answered $(($(answers) + 20))
	reap pinging INT || :
	check "$desc: no ping was lost" pinged_all
	check_fail "$desc: none came twice" grep DUP "$tmp/pinging.log"
}

# With tcx none may be lost. Adding or removing a clsact qdisc takes a device's transmit queues down for a
# moment (qdisc_graft() before 6.6): of three devices twice, a few.
pinged_all() { # up to the last that was answered
	local last lost allowed=0

	grep -q 'ready.* tc$' "$tmp/vtepd-h1.log" && allowed=4
	last=$(sed -n 's/.*icmp_seq=\([0-9]*\) ttl.*/\1/p' "$tmp/pinging.log" | sort -n | tail -n 1)
	lost=$((${last:-0} - $(answers)))
	echo "$lost of ${last:-0} lost"
	[ "${last:-0}" -gt 25 ] && [ $lost -le $allowed ]
}

answers() { grep -o 'icmp_seq=[0-9]* ttl' "$tmp/pinging.log" | sort -u | wc -l; }
answered() { [ "$(answers)" -ge "$1" ]; }	# answered COUNT: so many by now
forwards() { # forwards COUNT: by the programs, known or flooded
	on h1 vtepctl -j stats | jq -e "[.[] | select(.kind == \"send\") | .packets] | add > $1"
}

adopted() {
	kernel_vxlan h1 1 4789 $h2
	check "by hand: ping" ping_all vm1 172.16.30.52
	in_place "adopted" vx1 --vni 1
	bridge -n "${netns[h1]}" link set dev vx1 learning off
	in_place "learning off" vx1 --vni 1 --adopt vx1
	bridge -n "${netns[h1]}" link set dev vx1 learning on
	ip -n "${netns[h1]}" link set vx1 type vxlan nolearning
	in_place "nolearning" vx1 --vni 1
	kernel_vxlan_down h1 1
	ip -n "${netns[h1]}" link add overlay0 type vxlan id 1 dstport 4789 remote $h2
	ip -n "${netns[h1]}" link set overlay0 master br0 up
	in_place "default destination" overlay0 --vni 1 --adopt overlay0
	ip -n "${netns[h1]}" link del overlay0
	check_fail "--adopt of a device that is none" \
		vtepd_start h1 --iface wg0 --vni 1 --adopt overlay0
}

two_segments() {
	ip -n "${netns[h1]}" link add br1 up type bridge
	ip -n "${netns[h2]}" link add br1 up type bridge
	kernel_vxlan h2 2 4789 172.16.0.1
	ip -n "${netns[h2]}" link set vx2 master br1
	guest_veth h1 vm5 br1 172.16.30.51/24
	guest_veth h2 vm6 br1 172.16.30.52/24
	check "two VNIs: ready" vtepd_start h1 --iface wg0 --remote $h2 --vni 1 --bridge br0 \
		--vni 2 --bridge br1
	check "VNI 1: ping" ping_all vm1 172.16.30.52
	check "VNI 2: ping, the same addresses" ping_all vm5 172.16.30.52
	listen vm1 vm2 vm5 vm6 -- ether src $ghost
	send_frame vm5 "$(frame_hex $all $ghost 88b5)" 10
	wait_for 5 has_arrived vm6 10
	check_equal "a broadcast in VNI 2 stays there" "0 0 10 10" "$(arrived vm1 vm2 vm5 vm6)"
	send_frame vm2 "$(frame_hex $all $ghost 88b5)"
	check "one station in two VNIs: in VNI 1 at h2" wait_for 5 is_at h1 $ghost $h2 1
	check "in VNI 2 at its port" is_at h1 $ghost vethvm5 2
	listen vm2 vm6 -- ether dst $ghost
	send_frame vm1 "$(frame_hex $ghost "${guest_mac[vm1]}" 88b5)" 10
	wait_for 5 has_arrived vm2 10
	check_equal "what VNI 1 sends to it stays in VNI 1" "10 0" "$(arrived vm2 vm6)"
}

bytes() { # bytes HEX: for printf
	local i

	for ((i = 0; i < ${#1}; i += 2)); do
		printf "\\\\x%s" "${1:i:2}"
	done
}

# forge SOURCE DESTINATION: five frames in VXLAN, VNI 1, from h2
forge() {
	local i

	for i in 1 2 3 4 5; do
		# shellcheck disable=SC2059 # bytes
		printf "$(bytes "0800000000000100$(frame_hex $all $ghost 88b5 "0$i")")" |
			on h2 socat -u STDIN "UDP:$2:4789,bind=$1"
	done
}

# forged DESC SOURCE DESTINATION HOOK REASON ARRIVE: how many of five reach vm1
forged() {
	local counted

	listen vm1 -- ether src $ghost
	counted=$(stat_delta h1 "$4" "$5" forge_until "$2" "$3" "$4" "$5" "$6")
	check_equal "$1: five times $5, $6 reach vm1" "5 $6" "$counted $(arrived vm1)"
}

forge_until() { # forge_until SOURCE DESTINATION HOOK REASON ARRIVE
	local before

	before=$(stat_count h1 "$3" "$4")
	forge "$1" "$2"
	wait_for 5 counted_since "$before" "$3" "$4"
	[ "$5" -eq 0 ] || wait_for 5 has_arrived vm1 "$5"
}

counted_since() { [ $(($(stat_count h1 "$2" "$3") - $1)) -ge 5 ]; }

let_in() { # sends again: a device that has only just been made may lose what comes first
	forge 10.19.3.5 10.19.3.4
	wait_for 2 has_arrived vm1 5
}

attacked() {
	ip -n "${netns[h1]}" address add 172.16.0.99/32 dev wg0
	ip -n "${netns[h2]}" address add 172.16.0.7/32 dev wg0
	forged "by the tunnel from h2's VTEP" $h2 172.16.0.1 wg-rx bridged 5
	forged "by the underlay" 10.19.3.5 10.19.3.4 vx-rx unproved 0
	forged "by the tunnel from an address that is no VTEP" 172.16.0.7 172.16.0.1 wg-rx vtep-unknown 0
	forged "by the tunnel to another address of h1" $h2 172.16.0.99 vx-rx unproved 0
	check "what they said of the ghost was not believed" is_at h1 $ghost $h2 1
	check "h1: stops" vtepd_stop h1
	kernel_vxlan h1 1 4789 $h2
	listen vm1 -- ether src $ghost
	check "the set-up by hand lets in what comes by the underlay" wait_for 10 let_in
	arrived vm1 >"$tmp/let_in"
}

hypervisors 2 172.16.0.0/16
bridge_add h1 br0
bridge_add h2 br0
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
kernel_vxlan h2 1 4789 172.16.0.1
adopted
two_segments
attacked
finish

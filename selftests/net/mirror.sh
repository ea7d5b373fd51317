#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Both mirrors: what the programs learned shows in the kernel's FDBs and lives there while
# its frames go past them; what is configured there takes effect in the programs, at once,
# and also when it was changed while vtepd was dead.
#
#	                                  +==== wg0 h2 (kernel vxlan) br0 -- vm2
#	vm1 (veth) -- br0 h1 vx1 ==== wg0 =+
#	                                  +==== wg0 h3 (kernel vxlan) br0 -- vm3
#
# Time of an edit: vm1 sends a frame every 2 ms; the capture on wg0 of h1 says when the
# first left by the new list, or the last by the old one.

# shellcheck disable=SC2317 # check calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

all=ff:ff:ff:ff:ff:ff zero=00:00:00:00:00:00
ghost=52:54:00:00:01:01 fixed=52:54:00:00:01:02 other=52:54:00:00:01:03
h2=172.16.0.2 h3=172.16.0.3

fdb() { bridge -n "${netns[h1]}" fdb "$@"; }

vtepd_up() { vtepd_start h1 --iface wg0 --vni 1 --bridge br0; }

flood_is() { # flood_is ADDRESS...: in the programs
	local found

	found=$(on h1 vtepctl -j flood show | jq -r '[.[].dst] | sort | join(" ")')
	echo "flood list: $found"
	[ "$found" = "$*" ]
}

# takes_effect DESC first|last VTEP DESTINATION COMMAND...: how long after it the first or last
# frame to DESTINATION left for VTEP
takes_effect() {
	local desc=$1 which=$2 vtep=$3 to=$4 pcap=$tmp/edit.pcap done_at ms

	shift 4
	capture_start h1 wg0 "$pcap" "${headers[@]}" "$(vxlan_from "${guest_mac[vm1]}")"
	spawn_on vm1 stream frame eth0 "$(frame_hex "$to" "${guest_mac[vm1]}" 88b5)" 100000 2000
	wait_for 5 has_lines 50 "$pcap"
	"$@"
	done_at=$EPOCHREALTIME
	wait_for 5 since "$done_at" 0.5
	reap stream KILL || :
	capture_stop "$pcap"
	ms=$(sent_at "$pcap" "$which" "$vtep" | awk -v t="$done_at" '
		{ ms = ($1 - t) * 1000; printf "%d", ms < 0 ? 0 : ms }')
	check "$desc: takes effect after ${ms:-} ms" [ "${ms:-1000}" -lt 100 ]
}

has_lines() { [ "$(capture_count "$2")" -ge "$1" ]; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" -v s="$2" 'BEGIN { exit !(b - a >= s) }'; }

sent_at() { # sent_at FILE first|last VTEP
	tcpdump -n -q -tt -Z root -r "$1" dst "$3" 2>/dev/null | cut -d' ' -f1 |
		if [ "$2" = first ]; then head -n 1; else tail -n 1; fi
}

# Afterwards all frames must go where it says, not just some
goes_to() { # goes_to DESTINATION TO_H2 TO_H3
	local pcap=$tmp/after.pcap

	capture_start h1 wg0 "$pcap" "${headers[@]}" "$(vxlan_from "${guest_mac[vm1]}")"
	send_frame vm1 "$(frame_hex "$1" "${guest_mac[vm1]}" 88b5)" 10
	capture_stop "$pcap"
	check_equal "then of ten frames this many leave for h2, h3" "$2 $3" \
		"$(capture_count "$pcap" dst $h2) $(capture_count "$pcap" dst $h3)"
}

edits() {
	goes_to $fixed 10 10
	takes_effect "add" last $h3 $fixed fdb add $fixed dev vx1 dst $h2 static
	goes_to $fixed 10 0
	takes_effect "replace" first $h3 $fixed fdb replace $fixed dev vx1 dst $h3 static
	goes_to $fixed 0 10
	takes_effect "del" first $h2 $fixed fdb del $fixed dev vx1 dst $h3
	goes_to $fixed 10 10
	takes_effect "del from the flood list" last $h3 $all fdb del $zero dev vx1 dst $h3
	goes_to $all 10 0
	check "flood list" flood_is $h2
	takes_effect "append to the flood list" first $h3 $all fdb append $zero dev vx1 dst $h3
	goes_to $all 10 10
	check "flood list" flood_is $h2 $h3
	takes_effect "vtepctl flood del" last $h2 $all on h1 vtepctl flood del $h2 vni 1
	goes_to $all 0 10
	takes_effect "vtepctl flood add" first $h2 $all on h1 vtepctl flood add $h2 vni 1
	takes_effect "vtepctl fdb add" last $h3 $fixed on h1 vtepctl fdb add $fixed dst $h2 vni 1
	goes_to $fixed 10 0
	check_equal "vtepctl's is the kernel's too" $h2 "$(kernel_dst h1 vx1 $fixed)"
	takes_effect "vtepctl fdb del" first $h3 $fixed on h1 vtepctl fdb del $fixed vni 1
}

while_dead() {
	send_frame vm3 "$(frame_hex $all $ghost 88b5)"
	check "learned at h3" wait_for 5 is_at h1 $ghost $h3
	fdb add $fixed dev vx1 dst $h2 static
	check "static at h2" wait_for 5 is_at h1 $fixed $h2
	check "vtepd killed" vtepd_stop h1 KILL
	fdb del $fixed dev vx1 dst $h2
	fdb add $other dev vx1 dst $h3 static
	fdb del $zero dev vx1 dst $h2
	check "the programs go on with what they had" is_at h1 $fixed $h2
	goes_to $all 10 10
	send_frame vm2 "$(frame_hex $all $ghost 88b5)"
	check "and learn: moved to h2" wait_for 5 is_at h1 $ghost $h2
	check "vtepd again" vtepd_up
	check "deleted meanwhile: gone" is_at h1 $fixed -
	check "added meanwhile: there" is_at h1 $other $h3
	check "flood list as edited meanwhile" flood_is $h3
	goes_to $all 0 10
	check "learned meanwhile: still there" is_at h1 $ghost $h2
	check "and mirrored now" wait_for 15 kernel_at $ghost $h2
	fdb append $zero dev vx1 dst $h2
	fdb del $other dev vx1 dst $h3
	check "flood list whole again" wait_for 5 flood_is $h2 $h3
}

kernel_at() { # kernel_at MAC VTEP
	local dst

	dst=$(kernel_dst h1 vx1 "$1")
	echo "vx1 has $1 at '$dst'"
	[ "$dst" = "$2" ]
}

bridge_has() { # bridge_has MAC PORT
	local port

	port=$(bridge_port h1 "$1")
	echo "br0 has $1 at '$port'"
	[ "$port" = "$2" ]
}

# The bridge forgets after 6 s; the ping lasts 20, and none of its frames passes the bridge
kept_alive() {
	local bridged

	ip -n "${netns[h1]}" link set br0 type bridge ageing_time 600
	on vm1 ip neigh replace 172.16.30.52 lladdr "${guest_mac[vm2]}" dev eth0
	on vm2 ip neigh replace 172.16.30.51 lladdr "${guest_mac[vm1]}" dev eth0
	check "ping" ping_all vm1 172.16.30.52
	bridged=$(by_bridge)
	check "ping for 20 s" ping_all vm1 172.16.30.52 -c 40 -i 0.5
	check_equal "no frame of it passed the bridge" "$bridged" "$(by_bridge)"
	check "the bridge has vm1 at its port" bridge_has "${guest_mac[vm1]}" vethvm1
	check "the bridge has vm2 at vx1" bridge_has "${guest_mac[vm2]}" vx1
	check "vx1 has vm2 at h2" kernel_at "${guest_mac[vm2]}" $h2
	check "silent, the bridge forgets vm1" wait_for 30 bridge_has "${guest_mac[vm1]}" ""
	check "and vm2" wait_for 30 bridge_has "${guest_mac[vm2]}" ""
	ip -n "${netns[h1]}" link set br0 type bridge ageing_time 30000
}

by_bridge() { # what it saw of vm1 and vm2
	on h1 vtepctl -j stats | jq '[.[] | select(.reason == "bum" or .reason == "local" or
		.reason == "learned" or .reason == "bridged" or .reason == "to-bridge") | .packets] | add'
}

hypervisors 3
for h in h1 h2 h3; do
	bridge_add $h br0
done
kernel_vxlan h2 1 4789 172.16.0.1 $h3
kernel_vxlan h3 1 4789 172.16.0.1 $h2
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
guest_veth h3 vm3 br0 172.16.30.53/24
check "h1: ready" vtepd_up
check "flood list from WireGuard's peers" flood_is $h2 $h3
edits
while_dead
kept_alive
check "h1: stops" vtepd_stop h1
finish

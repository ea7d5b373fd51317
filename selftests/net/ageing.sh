#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is forgotten: a station that is silent, never one that is only spoken to. And a full
# table: who is in it stays, who is not is flooded to, what is configured still fits.
#
#	vm1 (veth) --+                    +==== wg0 h2 (kernel vxlan) br0 -- vm2
#	             br0 h1 vx1 ==== wg0 =+
#	vm4 (tap) ---+                    +==== wg0 h3 (kernel vxlan) br0 -- vm3
#
# vm4 -> port -> vtep_port_rx (h1): known and young: to one VTEP; else the bridge floods.

# shellcheck disable=SC2317 # check calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

all=ff:ff:ff:ff:ff:ff
ghost=52:54:00:00:01:01 local=52:54:00:00:01:02 fixed=52:54:00:00:01:03
h2=172.16.0.2 h3=172.16.0.3

start() { # start OPTIONS...
	check "h1: ready with $*" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 "$@"
}

speak() { send_frame "$1" "$(frame_hex $all "$2" 88b5)" "${@:3}"; } # speak GUEST SOURCE [COUNT …]

instance() { # instance KEY: of vtepctl show
	on h1 vtepctl -j show | jq "if type == \"array\" then .[0] else . end | .$1"
}

# to_ghost [COUNT MICROSECONDS]: frames of vm4 that left for h2 and h3, once vm2 has all
to_ghost() {
	local pcap=$tmp/ghost.pcap

	capture_start h1 wg0 "$pcap" "${headers[@]}" "$(vxlan_from "${guest_mac[vm4]}")"
	listen vm2 -- ether dst $ghost
	send_frame vm4 "$(frame_hex $ghost "${guest_mac[vm4]}" 88b5)" "${@:-10}"
	wait_for 5 has_arrived vm2 "${1:-10}"
	arrived vm2 >/dev/null
	capture_stop "$pcap" >&2
	echo "$(capture_count "$pcap" dst $h2) $(capture_count "$pcap" dst $h3)"
}

aged_out() {
	local for_h2 for_h3

	speak vm2 $ghost
	check "learned" wait_for 5 is_at h1 $ghost $h2
	check_equal "frames to it leave for h2 alone" "10 0" "$(to_ghost)"
	read -r for_h2 for_h3 < <(to_ghost 60 200000)
	check "spoken to for 12 s, never heard: then flooded ($for_h3 of 60 leave for h3 too)" \
		[ "$for_h2" -eq 60 -a "$for_h3" -gt 5 -a "$for_h3" -lt 55 ]
	check "and forgotten" is_at h1 $ghost -
	check "by the vxlan device too" wait_for 20 kernel_forgot $ghost
	speak vm2 $ghost
	check "heard again: learned" wait_for 5 is_at h1 $ghost $h2
	spawn_on vm2 heard frame eth0 "$(frame_hex $all $ghost 88b5)" 1000 500000
	check_equal "spoken to for 12 s and heard twice a second: never flooded" "60 0" \
		"$(to_ghost 60 200000)"
	reap heard KILL || :
	check "nor forgotten" is_at h1 $ghost $h2
	speak vm1 $local
	check "a local one is learned" wait_for 5 is_at h1 $local vethvm1
	check "and forgotten" wait_for 25 is_at h1 $local -
	check_equal "none is left but vm4's and the ghost's" true "$(instance 'learned <= 2')"
}

kernel_forgot() { [ -z "$(kernel_dst h1 vx1 "$1")" ]; }

# Sixteen places, forty stations
filled() {
	local full

	speak vm2 $ghost
	check "the ghost has a place" wait_for 5 is_at h1 $ghost $h2
	full=$(instance full)
	listen vm2 -- ether proto 0x88b6
	send_frame vm1 "$(frame_hex $all 52:54:00:01:##:## 88b6)" 40
	wait_for 5 has_arrived vm2 40
	check_equal "each frame of forty new stations arrives all the same" 40 "$(arrived vm2)"
	check_equal "fifteen are learned, one place is for who has fewer" 15 "$(instance learned)"
	check_equal "those without room are counted" $((full + 26)) "$(instance full)"
	check "who was there stays" is_at h1 $ghost $h2
	check_equal "and is not flooded to" "10 0" "$(to_ghost)"
	speak vm3 $ghost
	check "and may move" wait_for 5 is_at h1 $ghost $h3
	bridge -n "${netns[h1]}" fdb add $fixed dev vx1 dst $h2 static
	check "a static one still fits" wait_for 5 is_at h1 $fixed $h2
	bridge -n "${netns[h1]}" fdb del $fixed dev vx1 dst $h2
	send_frame vm3 "$(frame_hex $all 52:54:00:03:##:## 88b6)" 6 600000
	check_equal "who has less than its share gets room from the port that has more" 5 \
		"$(on h1 vtepctl -j fdb show dst $h3 | jq '[.[] | select(.type == "dynamic")] | length')"
	check "and still no more are learned than there is room for" [ "$(instance learned)" -le 16 ]
	check "what was heard last is kept" is_at h1 $ghost $h3
	check "flush" on h1 vtepctl fdb flush
	check_equal "empty" 0 "$(instance learned)"
	speak vm2 $ghost
	check "there is room again" wait_for 5 is_at h1 $ghost $h2
}

hypervisors 3
for h in h1 h2 h3; do
	bridge_add $h br0
done
kernel_vxlan h2 1 4789 172.16.0.1 $h3
kernel_vxlan h3 1 4789 172.16.0.1 $h2
guest_veth h1 vm1 br0 -
guest_veth h2 vm2 br0 -
guest_veth h3 vm3 br0 -
guest_tap h1 vm4 br0 -
start --ageing 8
aged_out
check "h1: stops" vtepd_stop h1
start --fdb-max 80
filled
check "h1: stops" vtepd_stop h1
finish

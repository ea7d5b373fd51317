#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Learning: where a MAC is, how it moves, when it is forgotten, what is never learned.
#
#	vm1 (veth) --+                    +==== wg0 h2 (kernel vxlan) br0 -- vm2
#	             br0 h1 vx1 ==== wg0 =+
#	vm4 (tap) ---+                    +==== wg0 h3 (kernel vxlan) br0 -- vm3
#
# One station, $ghost, speaks from vm1, vm2 and vm3 in turn. Where h1 has it shows in the
# fdb, and on the wire: a frame of vm4 to it leaves by the one VTEP or port that is right.
# A frame from vm2: vm2 -> br0 -> vx1 (h2) -> wg0 ~~~ wg0 -> vtep_wg_rx (h1), which learns.
# A frame from vm1: port -> vtep_port_rx (h1), which learns.

# shellcheck disable=SC2317 # check calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

all=ff:ff:ff:ff:ff:ff
ghost=52:54:00:00:01:01 fixed=52:54:00:00:01:02 own=52:54:00:00:01:03
h2=172.16.0.2 h3=172.16.0.3

speak() { # speak GUEST SOURCE [DESTINATION]
	send_frame "$1" "$(frame_hex "${3-$all}" "$2" 88b5)"
}

# appears DESC WHERE MAC: on the first frame, nothing else was sent
appears() { check "$1" wait_for 5 is_at h1 "$3" "$2"; }
stays() { check_equal "$1" "$2" "$(fdb_where h1 "$3")"; } # stays DESC WHERE MAC

# reaches GUEST…: ten frames of vm4 to the ghost arrive there, ten each, and nowhere else
reaches() {
	local guest expected=()

	for guest in vm1 vm2 vm3; do
		[[ " $* " = *" $guest "* ]] && expected+=(10) || expected+=(0)
	done
	listen vm1 vm2 vm3 -- ether dst $ghost
	send_frame vm4 "$(frame_hex $ghost "${guest_mac[vm4]}" 88b5)" 10
	for guest; do
		wait_for 5 has_arrived "$guest" 10
	done
	check_equal "ten frames to it reach $* once each, nobody else" "${expected[*]}" \
		"$(arrived vm1 vm2 vm3)"
}

# Unknown: ten frames of vm4 to it leave ten times for each VTEP, and reach vm1
floods() {
	local pcap=$tmp/floods.pcap

	capture_start h1 wg0 "$pcap" "${headers[@]}" "$(vxlan_from "${guest_mac[vm4]}")"
	listen vm1 -- ether dst $ghost
	send_frame vm4 "$(frame_hex $ghost "${guest_mac[vm4]}" 88b5)" 10
	wait_for 5 has_arrived vm1 10
	capture_stop "$pcap"
	check_equal "ten frames to it leave for h2 and h3 and reach vm1, ten times each" "10 10 10" \
		"$(capture_count "$pcap" dst $h2) $(capture_count "$pcap" dst $h3) $(arrived vm1)"
}

moves() {
	speak vm1 $ghost
	appears "learned at a local port" vethvm1 $ghost
	reaches vm1
	speak vm2 $ghost
	appears "moved from there to h2 by one frame" $h2 $ghost
	reaches vm2
	check "and in the vxlan device's FDB" wait_for 5 kernel_has $ghost $h2
	check_equal "and in the bridge's" vx1 "$(bridge_port h1 $ghost)"
	speak vm3 $ghost
	appears "moved from h2 to h3 by one frame" $h3 $ghost
	reaches vm3
	check "and in the vxlan device's FDB" wait_for 5 kernel_has $ghost $h3
	speak vm1 $ghost
	appears "moved from h3 to the local port by one frame" vethvm1 $ghost
	reaches vm1
	check "and gone from the vxlan device's FDB" wait_for 5 kernel_has $ghost ""
	check_equal "and in the bridge's" vethvm1 "$(bridge_port h1 $ghost)"
}

is_static() { # is_static MAC WHERE
	is_at h1 "$1" "$2" && [ "$(fdb_type h1 "$1")" = static ]
}

kernel_has() { # kernel_has MAC DST
	local dst

	dst=$(kernel_dst h1 vx1 "$1")
	echo "vx1 has $1 at '$dst'"
	[ "$dst" = "$2" ]
}

never_moves() {
	bridge -n "${netns[h1]}" fdb add $fixed dev vx1 dst $h2 static
	check "static at h2" wait_for 5 is_static $fixed $h2
	check_equal "its frames from h3 are dropped" 3 \
		"$(stat_delta h1 wg-rx src-static speak_thrice vm3 $fixed)"
	stays "and it stays at h2" $h2 $fixed
	check_equal "its frames from h2 are not" 0 \
		"$(stat_delta h1 wg-rx src-static speak_thrice vm2 $fixed)"
	speak vm1 $fixed
	stays "nor does a local port draw it away" $h2 $fixed
	bridge -n "${netns[h1]}" fdb del $fixed dev vx1 dst $h2
	check "deleted" wait_for 5 is_at h1 $fixed -
	bridge -n "${netns[h1]}" fdb replace $fixed dev vethvm1 master static
	check "static at a port" wait_for 5 is_static $fixed vethvm1
	check_equal "its frames from h2 are dropped" 3 \
		"$(stat_delta h1 wg-rx src-static speak_thrice vm2 $fixed)"
	stays "and it stays at the port" vethvm1 $fixed
	bridge -n "${netns[h1]}" fdb del $fixed dev vethvm1 master
	check "deleted" wait_for 5 is_at h1 $fixed -
	speak vm3 $fixed
	appears "then it is learned like any other" $h3 $fixed
}

# speak_thrice GUEST SOURCE: and a known station after it, whose arrival says all came
speak_thrice() {
	listen vm1 -- ether src "${guest_mac[$1]}" and ether proto 0x88b6
	send_frame "$1" "$(frame_hex "$all" "$2" 88b5)" 3
	send_frame "$1" "$(frame_hex "$all" "${guest_mac[$1]}" 88b6)"
	wait_for 5 has_arrived vm1 1
	arrived vm1
}

# The bridge of h2 drops such frames already, hence straight into its vxlan device
from_tunnel() { on h2 frame vx1 "$(frame_hex "$all" "$1" 88b5)" 5 >/dev/null; }

not_a_source() { 
	listen vm1 -- ether src "$2"
	check_equal "$1 source from the tunnel: dropped" 5 \
		"$(stat_delta h1 wg-rx "$3" tunnelled "$2")"
	check_equal "$1 source: nothing arrives" 0 "$(arrived vm1)"
	check_equal "$1 source: not learned" "$4" "$(fdb_where h1 "$2")"
}

tunnelled() { # tunnelled MAC: from h2, and seen by h1
	local before

	before=$(link_count h1 wg0 rx.packets)
	from_tunnel "$1"
	wait_for 5 received_since "$before" 5
}

received_since() { [ $(($(link_count h1 wg0 rx.packets) - $1)) -ge "$2" ]; }

never_learned() {
	local bridge

	bridge=$(ip -n "${netns[h1]}" -j link show dev br0 | jq -r '.[0].address')
	not_a_source multicast 01:00:5e:00:00:05 src-invalid -
	not_a_source broadcast ff:ff:ff:ff:ff:ff src-invalid -
	not_a_source zero 00:00:00:00:00:00 src-invalid -
	not_a_source own "$bridge" src-own br0
	listen vm1 -- ether src $own
	tunnelled $own
	wait_for 5 has_arrived vm1 5
	check_equal "a good source the same way: all arrive" 5 "$(arrived vm1)"
	appears "and it is learned" $h2 $own
	check_equal "multicast source from a port: dropped" 1 \
		"$(stat_delta h1 port-rx src-invalid speak vm1 01:00:5e:00:00:05)"
	check_equal "zero source from a port: dropped" 1 \
		"$(stat_delta h1 port-rx src-invalid speak vm1 00:00:00:00:00:00)"
}

forgotten() {
	speak vm2 $ghost
	appears "learned" $h2 $ghost
	check "vtepctl fdb del" on h1 vtepctl fdb del $ghost vni 1
	stays "forgotten" - $ghost
	floods
	check "forgotten by the vxlan device too" wait_for 5 kernel_has $ghost ""
	speak vm2 $ghost
	appears "learned again" $h2 $ghost
	check "mirrored again" wait_for 5 kernel_has $ghost $h2
	bridge -n "${netns[h1]}" fdb del $ghost dev vx1
	check "bridge fdb del of a remote one: forgotten" wait_for 5 is_at h1 $ghost -
	speak vm1 $ghost
	appears "learned at a port" vethvm1 $ghost
	bridge -n "${netns[h1]}" fdb del $ghost dev vethvm1 master
	check "bridge fdb del of a local one: forgotten" wait_for 5 is_at h1 $ghost -
}

flushed() {
	bridge -n "${netns[h1]}" fdb replace $fixed dev vx1 dst $h3 static
	check "static at h3" wait_for 5 is_static $fixed $h3
	speak vm2 $ghost
	appears "learned at h2" $h2 $ghost
	check "vtepctl fdb flush" on h1 vtepctl fdb flush
	stays "the learned one is gone" - $ghost
	check "from the kernel's too" wait_for 5 kernel_has $ghost ""
	stays "the static one is not" $h3 $fixed
	check_equal "nothing learned is left" 0 "$(learned)"
	bridge -n "${netns[h1]}" fdb del $fixed dev vx1 dst $h3
}

learned() { on h1 vtepctl -j show | jq 'if type == "array" then .[0] else . end | .learned'; }

# learning DEV on|off: returns once the programs have it
learning() {
	bridge -n "${netns[h1]}" link set dev "$1" learning "$2"
	[ "$1" != vx1 ] || wait_for 5 learning_is "$2"
}

learning_is() {
	on h1 vtepctl -j show | jq -e --argjson on "$([ "$1" = on ] && echo true || echo false)" \
		'if type == "array" then .[0] else . end | .vnis[0].learning == $on'
}

switched_off() {
	check "learning off on vx1" learning vx1 off
	speak_thrice vm2 $ghost
	stays "a remote source is not learned" - $ghost
	floods
	speak vm1 $ghost
	appears "a local one is" vethvm1 $ghost
	check "learning on" learning vx1 on
	speak vm2 $ghost
	appears "the remote one is again" $h2 $ghost
}

# seize FROM…: the ghost speaks once from each, and is seen there
seize() {
	local guest

	for guest; do
		speak "$guest" $ghost
		wait_for 5 is_at h1 $ghost "${at[$guest]}" || return 1
	done
}
declare -A at=([vm1]=vethvm1 [vm2]=$h2 [vm3]=$h3)

held() { on h1 vtepctl -j fdb show held; }
held_event() { jq -se "[.[] | select(.event == \"held\" and .mac == \"$ghost\")] | length == $1" "$tmp/monitor.log"; }
held_lines() { vtepd_log h1 | grep -c "$ghost has moved 5 times within 180 s.*: held at vethvm1 for 8 s"; }

# One address here and at h2: the fifth move is one too many
duplicates() {
	on h1 vtepctl fdb flush $ghost
	spawn_on h1 monitor vtepctl -j monitor fdb
	check "four moves" seize vm1 vm2 vm1 vm2 vm1
	speak vm2 $ghost
	check "the fifth: held where it was first" wait_for 5 held_is 1
	stays "at its port" vethvm1 $ghost
	check_equal "its frames from h2 are dropped" 3 "$(stat_delta h1 wg-rx held speak_thrice vm2 $ghost)"
	stays "and it stays" vethvm1 $ghost
	reaches vm1
	check_equal "the bridge has it there" vethvm1 "$(bridge_port h1 $ghost)"
	check "the vxlan device nowhere" wait_for 5 kernel_has $ghost ""
	check "it is an event" wait_for 5 held_event 1
	check_equal "and a line in the log, one" 1 "$(held_lines)"
	check "after its time it moves again" wait_for 15 seize vm2
	check "and is held again" seize vm1 vm2 vm1
	speak vm2 $ghost
	check "by the fifth" wait_for 5 held_is 1
	check "that is the second event" wait_for 5 held_event 2
	check "vtepctl fdb flush held" on h1 vtepctl fdb flush held
	stays "frees it" - $ghost
	check "at once" seize vm2
	reap monitor || :
}

held_is() { held | jq -e "length == $1"; }
behind() { on h1 vtepctl -j fdb show "$@" | jq '[.[] | select(.type == "dynamic" or .type == "local")] | length'; }

# PortMaxMACs = 12, MaxMACs = 9 of the peer h3
limits() {
	on h1 vtepctl fdb flush
	listen vm2 -- ether proto 0x88b6
	send_frame vm1 "$(frame_hex $all 52:54:00:02:##:## 88b6)" 30
	send_frame vm3 "$(frame_hex $all 52:54:00:03:##:## 88b6)" 30
	send_frame vm4 "$(frame_hex $all 52:54:00:04:##:## 88b6)" 10
	wait_for 5 has_arrived vm2 70
	check_equal "frames of 70 new stations arrive all the same" 70 "$(arrived vm2)"
	check_equal "a port's limit, a peer's, and one that has none of them" "12 9 10" \
		"$(behind dev vethvm1) $(behind dst $h3) $(behind dev "${guest_port[vm4]}")"
	check "is said" wait_for 10 in_log_h1 "port vethvm1: its 12 MACs are learned"
	check "of both" wait_for 10 in_log_h1 "VTEP $h3: its 9 MACs are learned"
}

in_log_h1() { vtepd_log h1 | grep -q "$1"; }

flush_filters() {
	speak vm2 $ghost
	appears "learned at h2" $h2 $ghost
	check_equal "flush of a peer" 9 "$(on h1 vtepctl -j fdb flush peer "$(wg_key h3)" | jq .flushed)"
	check_equal "leaves the others" "0 12 10" "$(behind dst $h3) $(behind dev vethvm1) $(behind dev "${guest_port[vm4]}")"
	check_equal "of one MAC" 1 "$(on h1 vtepctl -j fdb flush $ghost | jq .flushed)"
	speak vm2 $ghost
	appears "learned again" $h2 $ghost
	check "of remote ones" on h1 vtepctl fdb flush remote
	check_equal "leaves local ones" "0 22" "$(behind remote) $(behind local)"
	check_equal "of a port" 12 "$(on h1 vtepctl -j fdb flush dev vethvm1 | jq .flushed)"
	check_equal "in another VNI: none" 10 "$(behind local)"
	check "of local ones" on h1 vtepctl fdb flush local vni 1
	check_equal "nothing is left" 0 "$(learned)"
	check_fail "not of static ones" on h1 vtepctl fdb flush static
}

# As FRR's zebra writes it for EVPN: RTM_NEWNEIGH with NTF_SELF, NTF_MASTER and NTF_EXT_LEARNED
zebra() { bridge -n "${netns[h1]}" fdb "$1" "$2" dev vx1 dst "$3" self master dynamic extern_learn; }

evpn() {
	learning vx1 off
	check "zebra puts a MAC behind h2" zebra replace $fixed $h2
	check "there it is" wait_for 5 is_static $fixed $h2
	check_equal "the bridge has it at vx1" vx1 "$(bridge_port h1 $fixed)"
	check_equal "its frames from h3 are dropped" 3 "$(stat_delta h1 wg-rx src-static speak_thrice vm3 $fixed)"
	check "zebra moves it to h3" zebra replace $fixed $h3
	check "there it is" wait_for 5 is_static $fixed $h3
	speak vm2 $ghost
	speak_thrice vm3 $ghost
	stays "what frames say of others is not believed" - $ghost
	check "vtepctl fdb flush" on h1 vtepctl fdb flush
	check "does not touch it" is_static $fixed $h3
	speak vm1 $fixed
	check "it speaks here: the bridge has it, and zebra hears of it" wait_for 5 bridge_has $fixed vethvm1
	bridge -n "${netns[h1]}" fdb del $fixed dev vx1 dst $h3 self
	check "zebra takes it back" wait_for 5 is_at h1 $fixed -
	speak vm1 $fixed
	appears "then it is here" vethvm1 $fixed
	learning vx1 on
}

# bridge_has MAC PORT: bridge(8) made the entry once more for the port's pvid, which a bridge without
# VLANs never looks at
bridge_has() {
	bridge -n "${netns[h1]}" -d fdb show br br0 | grep "$1"
	[ "$(bridge -n "${netns[h1]}" -j fdb show br br0 | jq -r --arg mac "$1" \
		'.[] | select(.mac == $mac and .master == "br0" and .vlan == null) | .ifname')" = "$2" ]
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
cat >"$tmp/wg0.conf" <<EOF
[Interface]
HoldDown = 5, 180, 8
[VNI]
VNI = 1
Bridge = br0
PortMaxMACs = 12
[Peer]
PublicKey = $(wg_key h3)
MaxMACs = 9
EOF
check "h1: ready" vtepd_start h1 --config "$tmp/wg0.conf"
moves
never_moves
never_learned
forgotten
flushed
switched_off
duplicates
limits
flush_filters
evpn
diag "$(on h1 vtepctl fdb show)" "$(on h1 vtepctl stats)"
check "h1: stops" vtepd_stop h1
finish

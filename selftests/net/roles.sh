#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The roles of bridge ports, first with the kernel's vxlan on h1 as the oracle, then with vtepd: the same script, the same
# counts. The scenarios are those of the kernel's bridge_port_isolation, bridge_locked_port and bridge_sticky_fdb.
#
#	vm1 --+
#	vm2 --+-- br0 h1 vx1 ==== WireGuard ==== vx1 (kernel's) h2 br0 -- vm4
#	vm3 --+
#
# Each step sends five frames and says how many of them each guest got: before one that vm3 and vm4 send to each other,
# whom nothing is forbidden.

# shellcheck disable=SC2317 # run calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/tally.sh
. "$lib/tally.sh"

all=ff:ff:ff:ff:ff:ff group=01:00:5e:00:00:05 lldp=01:80:c2:00:00:0e
far=52:54:00:00:01:01 unknown=52:54:00:00:01:02 fixed=52:54:00:00:01:03 nobody=52:54:00:00:01:04

# What is changed counts within 100 ms, which is as long as is waited here.
role() { bridge -n "${netns[h1]}" link set dev "$@" && sleep 0.1; }	# role PORT FLAG VALUE...
slave() { ip -n "${netns[h1]}" link set dev "$1" type bridge_slave "${@:2}" && sleep 0.1; }
fdb() { bridge -n "${netns[h1]}" fdb "$@" && sleep 0.1; }

say() { # say FROM DESTINATION SOURCE: into tally_counts
	local from=vm3 to=vm4

	[ "$1" != vm4 ] || from=vm4 to=vm3
	tally_frame "$2" "$3"
	tally_ask "$1" "$tally_hex" $from $to
}

# try DESC FROM DESTINATION SOURCE "VM1 VM2 VM3 VM4": who gets how many of five
try() {
	say "$2" "$3" "$4"
	check_equal "$who: $1" "$5" "$tally_counts"
}

# from DESC FROM DESTINATION COUNTS: with its own address
from() { try "$1" "$2" "$3" "${guest_mac[$2]}" "$4"; }

isolation() {
	role vethvm1 isolated on
	role vethvm2 isolated on
	from "isolated to isolated" vm1 "${guest_mac[vm2]}" "0 0 0 0"
	from "isolated to another port" vm1 "${guest_mac[vm3]}" "0 0 5 0"
	from "another port to isolated" vm3 "${guest_mac[vm1]}" "5 0 0 0"
	from "isolated to the tunnel" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	from "the tunnel to isolated" vm4 "${guest_mac[vm1]}" "5 0 0 0"
	from "isolated, broadcast" vm1 $all "0 0 5 5"
	role vx1 isolated on
	from "isolated to an isolated tunnel" vm1 "${guest_mac[vm4]}" "0 0 0 0"
	from "an isolated tunnel to isolated" vm4 "${guest_mac[vm1]}" "0 0 0 0"
	from "isolated, broadcast, isolated tunnel" vm1 $all "0 0 5 0"
	from "an isolated tunnel, broadcast" vm4 $all "0 0 5 0"
	from "an isolated tunnel, unknown" vm4 $nobody "0 0 5 0"
	from "another port to an isolated tunnel" vm3 "${guest_mac[vm4]}" "0 0 0 5"
	role vx1 isolated off
	from "isolated to the tunnel, no longer isolated" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	role vethvm1 isolated off
	role vethvm2 isolated off
	from "none isolated" vm1 "${guest_mac[vm2]}" "0 5 0 0"
}

locked() {
	role vethvm1 locked on learning off
	fdb del "${guest_mac[vm1]}" dev vethvm1 master
	from "locked, a stranger" vm1 "${guest_mac[vm4]}" "0 0 0 0"
	from "locked, a stranger's broadcast" vm1 $all "0 0 0 0"
	from "locked, to the stranger: flooded" vm4 "${guest_mac[vm1]}" "5 5 5 0"
	fdb add "${guest_mac[vm1]}" dev vethvm1 master static
	from "locked, configured" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	from "locked, to the configured" vm4 "${guest_mac[vm1]}" "5 0 0 0"
	try "locked, another address" vm1 "${guest_mac[vm4]}" $unknown "0 0 0 0"
	try "locked, an address of another port" vm1 "${guest_mac[vm4]}" "${guest_mac[vm2]}" "0 0 0 0"
	from "locked, and that one has not moved" vm4 "${guest_mac[vm2]}" "0 5 0 0"
	fdb del "${guest_mac[vm1]}" dev vethvm1 master
	from "locked, no longer configured" vm1 "${guest_mac[vm4]}" "0 0 0 0"
	fdb add "${guest_mac[vm1]}" dev vethvm1 master dynamic
	from "locked, with a dynamic entry" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	fdb del "${guest_mac[vm1]}" dev vethvm1 master
	role vethvm1 locked off learning on
	from "unlocked" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	from "unlocked, and learned" vm4 "${guest_mac[vm1]}" "5 0 0 0"
}

locked_tunnel() {
	role vx1 locked on
	from "a locked tunnel, learned before" vm4 "${guest_mac[vm3]}" "0 0 5 0"
	try "a locked tunnel, a stranger" vm4 "${guest_mac[vm3]}" $unknown "0 0 0 0"
	from "a locked tunnel, to the stranger: flooded" vm1 $unknown "0 5 5 5"
	role vx1 locked off
	try "unlocked" vm4 "${guest_mac[vm3]}" $unknown "0 0 5 0"
	from "unlocked, and learned" vm1 $unknown "0 0 0 5"
	fdb del $unknown dev vx1 master
	fdb del $unknown dev vx1 self
}

sticky() {
	fdb add $fixed dev vethvm1 master static sticky
	try "sticky, heard at its port" vm1 "${guest_mac[vm4]}" $fixed "0 0 0 5"
	try "sticky, heard at another" vm2 "${guest_mac[vm4]}" $fixed "0 0 0 5"
	from "sticky, it stays" vm4 $fixed "5 0 0 0"
	send_frame vm4 "$(frame_hex $all $fixed 88b7)" 3
	from "sticky, heard from the tunnel, it stays" vm3 $fixed "5 0 0 0"
	fdb del $fixed dev vethvm1 master
	fdb add $fixed dev vx1 master static sticky
	try "sticky to the tunnel, heard at a port" vm1 "${guest_mac[vm4]}" $fixed "0 0 0 5"
	from "sticky to the tunnel, it stays there" vm3 $fixed "0 0 0 5"
	fdb del $fixed dev vx1 master
	try "no longer sticky, heard at a port" vm1 "${guest_mac[vm4]}" $fixed "0 0 0 5"
	from "no longer sticky, it is there" vm4 $fixed "5 0 0 0"
	fdb del $fixed dev vethvm1 master
}

learning() {
	role vethvm1 learning off
	try "no learning" vm1 "${guest_mac[vm4]}" $fixed "0 0 0 5"
	from "no learning, to it: flooded" vm4 $fixed "5 5 5 0"
	role vethvm1 learning on
	role vx1 learning off
	try "no learning at the tunnel" vm4 "${guest_mac[vm3]}" $far "0 0 5 0"
	from "no learning at the tunnel, to it: flooded" vm1 $far "0 5 5 5"
	role vx1 learning on
	fdb del $far dev vx1 self 2>/dev/null
}

flooding() {
	role vx1 flood off
	from "unknown unicast not to the tunnel" vm1 $nobody "0 5 5 0"
	from "known unicast all the same" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	from "broadcast all the same" vm1 $all "0 5 5 5"
	role vx1 flood on mcast_flood off
	from "multicast not to the tunnel" vm1 $group "0 5 5 0"
	from "unknown unicast all the same" vm1 $nobody "0 5 5 5"
	role vx1 mcast_flood on bcast_flood off
	from "broadcast not to the tunnel" vm1 $all "0 5 5 0"
	from "multicast all the same" vm1 $group "0 5 5 5"
	role vx1 bcast_flood on
	role vethvm1 flood off mcast_flood off bcast_flood off
	from "nothing flooded to a port, from the tunnel" vm4 $nobody "0 5 5 0"
	from "nor multicast" vm4 $group "0 5 5 0"
	from "nor broadcast" vm4 $all "0 5 5 0"
	from "but what is for it" vm4 "${guest_mac[vm1]}" "5 0 0 0"
	role vethvm1 flood on mcast_flood on bcast_flood on
}

# Without STP a port that is put into blocking forwards again at once: br_port_state_selection()
states() {
	local state

	for state in 0 1 2; do
		role vethvm1 state $state
		from "a port in state $state sends nothing" vm1 "${guest_mac[vm4]}" "0 0 0 0"
		from "and gets nothing" vm4 $all "0 5 5 0"
	done
	try "a port in learning state learns" vm1 "${guest_mac[vm4]}" $fixed "0 0 0 0"
	role vethvm1 state 3
	from "a forwarding port has it" vm4 $fixed "5 0 0 0"
	from "and sends" vm1 "${guest_mac[vm4]}" "0 0 0 5"
}

hairpin() {
	try "a station at a port" vm1 $all $fixed "0 5 5 5"
	from "to a station at the same port" vm1 $fixed "0 0 0 0"
	role vethvm1 hairpin on
	from "the same with hairpin" vm1 $fixed "5 0 0 0"
	from "and to the tunnel" vm1 "${guest_mac[vm4]}" "0 0 0 5"
	role vethvm1 hairpin off
	fdb del $fixed dev vethvm1 master
}

group_addresses() {
	from "LLDP stays" vm1 $lldp "0 0 0 0"
	from "and does not come in" vm4 $lldp "0 0 0 0"
	slave vethvm1 group_fwd_mask 0x4000
	from "told at its port it goes out" vm1 $lldp "0 5 5 5"
	slave vethvm1 group_fwd_mask 0
	slave vx1 group_fwd_mask 0x4000
	from "told at the tunnel it comes in" vm4 $lldp "5 5 5 0"
	slave vx1 group_fwd_mask 0
	ip -n "${netns[h1]}" link set br0 type bridge group_fwd_mask 0x4000 && sleep 0.1
	from "told at the bridge it goes out" vm2 $lldp "5 0 5 5"
	from "and comes in" vm4 $lldp "5 5 5 0"
	ip -n "${netns[h1]}" link set br0 type bridge group_fwd_mask 0 && sleep 0.1
	from "LLDP stays again" vm1 $lldp "0 0 0 0"
}

flushes() {
	try "a station behind the tunnel" vm4 $all $far "5 5 5 0"
	from "known there" vm1 $far "0 0 0 5"
	slave vx1 fdb_flush
	from "the tunnel's port flushed: to all" vm1 $far "0 5 5 5"
	hello
	try "a station at a port" vm1 $all $fixed "0 5 5 5"
	from "known there" vm4 $fixed "5 0 0 0"
	slave vethvm1 fdb_flush
	from "flushed: to all" vm4 $fixed "5 5 5 0"
	hello
}

# The bridge's own STP, with the shortest times: in a topology change what is silent is forgotten after 2 s, not 300.
topology() {
	ip -n "${netns[h1]}" link set br0 type bridge stp_state 1 forward_delay 200 max_age 600 hello_time 100
	check "$who: forwarding" wait_for 20 forwarding
	wait_for 20 changing 0
	hello
	try "a station behind the tunnel" vm4 $all $far "5 5 5 0"
	from "known there" vm1 $far "0 0 0 5"
	ip -n "${netns[h1]}" link set vethvm2 down
	ip -n "${netns[h1]}" link set vethvm2 up
	check "$who: a topology change" wait_for 20 changing 1
	check "$who: forgotten in it" wait_for 8 floods
	ip -n "${netns[h1]}" link set br0 type bridge stp_state 0
	check "$who: forwarding without STP" wait_for 20 forwarding
	wait_for 20 changing 0
	hello
}

# The kernel deletes what has expired when it next looks, which a topology change does not hurry: setting the time does.
floods() {
	ip -n "${netns[h1]}" link set br0 type bridge ageing_time 30000
	say vm1 $far "${guest_mac[vm1]}"
	echo "$tally_counts"
	[ "$tally_counts" = "0 5 5 5" ]
}

forwarding() {
	[ "$(bridge -n "${netns[h1]}" -j link show | jq -c '[.[] | select(.master == "br0") | .state] | unique')" = '["forwarding"]' ]
}

changing() { # changing 0|1
	[ "$(ip -n "${netns[h1]}" -j -d link show br0 | jq '.[0].linkinfo.info_data.topology_change')" = "$1" ]
}

# Each of them is where it is, and known to be
hello() {
	local guest

	for guest in vm1 vm2 vm3 vm4; do
		say $guest $all "${guest_mac[$guest]}"
	done
	wait_for 5 settled
}

settled() {
	local at

	at="$(bridge_port h1 "${guest_mac[vm4]}") $(bridge_port h1 "${guest_mac[vm1]}")"
	echo "vm4 and vm1 at $at"
	[ "$at" = "vx1 vethvm1" ]
}

# swift DESC COMMAND...: a stream of known unicast, a frame each millisecond, ends within 100 ms of it
swift() {
	local desc=$1 pcap=$tmp/swift.pcap changed last

	shift
	capture_start vm4 eth0 "$pcap" "${headers[@]}" ether proto 0x88b8
	spawn_on vm1 stream frame eth0 "$(frame_hex "${guest_mac[vm4]}" "${guest_mac[vm1]}" 88b8)" 20000 1000
	wait_for 5 capture_has "$pcap" 100
	"$@"
	changed=${EPOCHREALTIME/[.,]/}
	wait_for 5 quiet "$pcap"
	check "$desc: the stream still runs" alive stream
	reap stream KILL || :
	capture_stop "$pcap"
	last=$(tcpdump -n -tt -Z root -r "$pcap" 2>/dev/null | grep -oE '^[0-9]+\.[0-9]+' | tail -n 1)
	last=${last/./}
	diag "$desc: the last frame $((last - changed)) us after the change, of $(capture_count "$pcap")"
	check "$desc: within 100 ms" [ $((last - changed)) -lt 100000 ]
}

capture_has() { [ "$(capture_count "$1")" -ge "$2" ]; }

quiet() { # quiet PCAP: it has stopped growing
	local before

	before=$(capture_count "$1")
	sleep 0.3
	[ "$(capture_count "$1")" = "$before" ]
}

under_traffic() {
	local h1=${netns[h1]}

	role vx1 isolated on
	swift "isolated" bridge -n "$h1" link set dev vethvm1 isolated on
	role vethvm1 isolated off
	role vx1 isolated off
	role vethvm1 locked on learning off
	fdb replace "${guest_mac[vm1]}" dev vethvm1 master static
	swift "no longer configured at a locked port" bridge -n "$h1" fdb del "${guest_mac[vm1]}" dev vethvm1 master
	role vethvm1 locked off learning on
	swift "blocked" bridge -n "$h1" link set dev vethvm1 state 1
	role vethvm1 state 3
	hello
}

run() { # run WHO FUNCTION...
	who=$1
	shift
	hello
	for f; do
		"$f"
	done
}

hypervisors 2
for h in h1 h2; do
	bridge_add $h br0
	ip -n "${netns[$h]}" link set br0 type bridge mcast_snooping 0
done
kernel_vxlan h1 1 4789 172.16.0.2
kernel_vxlan h2 1 4789 172.16.0.1
ip -n "${netns[h2]}" link set br0 type bridge group_fwd_mask 0x4000
for guest in vm1 vm2 vm3; do
	guest_veth h1 $guest br0 -
done
guest_veth h2 vm4 br0 -
for port in vx1 vethvm4; do	# h2 hands on whatever comes
	bridge -n "${netns[h2]}" link set dev $port learning off
done
tally_start vm1 vm2 vm3 vm4
scenarios=(isolation locked locked_tunnel sticky learning flooding states hairpin group_addresses flushes topology)
run kernel "${scenarios[@]}"
kernel_vxlan_down h1 1
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
run vtepd "${scenarios[@]}" under_traffic
check "the fast path carried what was allowed" [ "$(stat_count h1 port-rx encap)" -gt 100 ]
check "strangers at the locked port were left to the bridge" [ "$(stat_count h1 port-rx locked)" -ge 20 ]
diag "$(on h1 vtepctl stats)"
check "h1: stops" vtepd_stop h1
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Flooding: a frame for everybody or for an unknown station arrives once at every member,
# once only, and nowhere else.
#
#	vm1 (veth) --+              +==== wg0 h2 vx1 br0 -- vm2
#	             br0 h1 vx1 === wg0      ||
#	vm4 (tap) ---+              +==== wg0 h3 vx1 br0 -- vm3		vtepd on all three
#
# vm1 -> port -> vtep_port_rx passes -> br0 -> vm4, vx1 -> vtep_vx_tx: a copy each -> wg0 ~~~
# wg0 -> vtep_wg_rx -> vx1 ingress -> br0 -> vm2, and not back into the tunnel.

# shellcheck disable=SC2317 # check calls functions
# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

all=ff:ff:ff:ff:ff:ff zero=00:00:00:00:00:00 unknown=52:54:00:00:ff:01
ghost=52:54:00:00:01:01 dead=172.16.0.9

fdb() { bridge -n "${netns[h1]}" fdb "$@"; }

# once DESC FROM DESTINATION TO…: ten frames, ten at each of TO
once() {
	local desc=$1 from=$2 frame guest
	local -a guests

	frame=$(frame_hex "$3" "${guest_mac[$2]}" 88b5)
	shift 3
	guests=("$@")
	listen "${guests[@]}" -- ether src "${guest_mac[$from]}" and ether proto 0x88b5
	send_frame "$from" "$frame" 10
	for guest in "${guests[@]}"; do
		wait_for 5 has_arrived "$guest" 10
	done
	check_equal "$desc: ten frames of $from reach ${guests[*]} ten times each" \
		"$(printf '10 %.0s' "${guests[@]}")" "$(arrived "${guests[@]}") "
}

everywhere() { # everywhere DESC
	once "$1, unknown" vm1 $unknown vm2 vm3 vm4
	once "$1, broadcast" vm1 $all vm2 vm3 vm4
	once "$1, multicast" vm1 01:00:5e:01:02:03 vm2 vm3 vm4
	once "$1, from a tap" vm4 $all vm1 vm2 vm3
}

flood_is() { # flood_is H ADDRESS...
	local found

	found=$(on "$1" vtepctl -j flood show | jq -r '[.[].dst] | sort | join(" ")')
	echo "flood list of $1: $found"
	[ "$found" = "${*:2}" ]
}

# A peer that never answers, and one without an endpoint
unreachable() {
	on h1 wg set wg0 peer "$(wg genkey | wg pubkey)" allowed-ips $dead/32 \
		endpoint 10.19.3.60:51820
	fdb append $zero dev vx1 dst $dead
	check "a member that does not answer" wait_for 10 flood_is h1 172.16.0.2 172.16.0.3 $dead
	everywhere "one member unreachable"
	check "deleted" on h1 vtepctl flood del $dead vni 1
	check "gone from the list" wait_for 5 flood_is h1 172.16.0.2 172.16.0.3
}

# vm2 gets each of 1,500 numbered broadcasts once while the list changes forty times
edits() {
	local pcap=$tmp/arrived-vm2.pcap i

	listen vm2 -- ether src $ghost
	spawn_on vm1 stream frame eth0 "$(mac_hex $all)$(mac_hex $ghost)88b5####$(repeat 00 44)" \
		1500 4000
	for i in $(seq 20); do
		fdb append $zero dev vx1 dst $dead
		alive stream && live=$i
		on h1 vtepctl flood del $dead vni 1 || diag "flood del failed in round $i"
	done
	check "the list was edited $((live * 2)) times under traffic" [ "$live" -ge 4 ]
	wait_for 20 gone "${process[stream]}"
	reap stream || :
	wait_for 5 has_arrived vm2 1500
	arrived vm2 >/dev/null
	check_equal "none of 1,500 numbered frames is lost" 1500 \
		"$(capture_hex "$pcap" | cut -c29-32 | sort -u | wc -l)"
	check_equal "none is doubled" 1500 "$(capture_count "$pcap")"
	check "the list is what it was" wait_for 5 flood_is h1 172.16.0.2 172.16.0.3
}

split_horizon() {
	local pcap=$tmp/relay.pcap stray=52:54:00:00:01:02 before

	capture_start h1 wg0 "$pcap" "${headers[@]}" "src 172.16.0.1 and $(vxlan_from "${guest_mac[vm2]}")"
	once "split horizon, broadcast" vm2 $all vm1 vm3 vm4
	once "split horizon, unknown" vm2 $unknown vm1 vm3 vm4
	capture_stop "$pcap"
	check_equal "h1 sends none of them back into the tunnel" 0 "$(capture_count "$pcap")"
	send_frame vm3 "$(frame_hex "${guest_mac[vm1]}" "$stray" 88b5)"
	check "h1 alone learns the stray at h3" wait_for 5 is_at h1 $stray 172.16.0.3
	check "h2 does not" is_at h2 $stray -
	before=$(stat_count h1 wg-rx split-horizon)
	once "known elsewhere" vm2 $stray vm3
	check_equal "h2 floods to it; h1, which knows it behind the tunnel, drops" 10 \
		$(($(stat_count h1 wg-rx split-horizon) - before))
}

reserved() {
	local pcap=$tmp/reserved.pcap i

	# From vm1 or the ghost. (libpcap 1.10 gets "a and b or a and c" wrong.)
	capture_start h1 wg0 "$pcap" "${headers[@]}" src 172.16.0.1 and \
		'udp[22:4] = 0x52540000 and (udp[26:2] = 0x0001 or udp[26:2] = 0x0101)'
	check_equal "01:80:c2:00:00:00 to 0f from a port: kept from the tunnel" 16 \
		"$(stat_delta h1 port-rx link-local reserved_frames vm1)"
	check_equal "and from the bridge" 16 "$(stat_delta h1 vx-tx reserved-mac reserved_frames)"
	send_frame vm1 "$(frame_hex 01:80:c2:00:00:10 "${guest_mac[vm1]}" 88b5)" 3
	capture_stop "$pcap"
	check_equal "none of them crosses, 01:80:c2:00:00:10 does" "6 6" \
		"$(capture_count "$pcap") $(capture_count "$pcap" "udp[16:4] = 0x0180c200 and udp[20:2] = 0x10")"
}

reserved_frames() { # reserved_frames [GUEST]
	local i

	for i in $(seq 0 15); do
		if [ $# -gt 0 ]; then
			send_frame "$1" "$(frame_hex "01:80:c2:00:00:0$(printf %x "$i")" \
				"${guest_mac[$1]}" 88b5)"
		else
			on h1 frame vx1 "$(frame_hex "01:80:c2:00:00:0$(printf %x "$i")" "$ghost" 88b5)"
		fi
	done
}

# 64 VTEPs: most are addresses of a network behind h2
many() {
	local pcap=$tmp/many.pcap i counts before

	ip -n "${netns[h2]}" route add blackhole 172.16.1.0/26
	on h1 wg set wg0 peer "$(wg_key h2)" allowed-ips 172.16.0.2/32,172.16.1.0/26
	for i in $(seq 62); do
		echo "fdb append $zero dev vx1 dst 172.16.1.$i"
	done | bridge -n "${netns[h1]}" -batch -
	check "64 VTEPs in the list" wait_for 10 flood_length 64
	capture_start h1 wg0 "$pcap" "${headers[@]}" "$(vxlan_from "${guest_mac[vm1]}")"
	once "64 VTEPs, broadcast" vm1 $all vm2 vm3 vm4
	capture_stop "$pcap"
	counts=$(tcpdump -n -q -Z root -r "$pcap" 2>/dev/null |
		sed -nE 's/.* > ([0-9.]+)\.4789:.*/\1/p' | sort | uniq -c | awk '{ print $1 }' | sort -u)
	check_equal "640 copies on wg0" 640 "$(capture_count "$pcap")"
	check_equal "ten to each" 10 "$counts"
	before=$(stat_count h1 vx-tx flooded)
	once "64 VTEPs, unknown" vm1 $unknown vm2 vm3
	check_equal "but one frame to the counters" 10 \
		$(($(stat_count h1 vx-tx flooded) - before))
}

flood_length() { [ "$(on h1 vtepctl -j flood show | jq length)" -eq "$1" ]; }

hypervisors 3
for h in h1 h2 h3; do
	bridge_add $h br0
	check "$h: ready" vtepd_start $h --iface wg0 --vni 1 --bridge br0
done
guest_veth h1 vm1 br0 -
guest_veth h2 vm2 br0 -
guest_veth h3 vm3 br0 -
guest_tap h1 vm4 br0 -
everywhere "three nodes"
unreachable
edits
split_horizon
reserved
many
on h1 vtepctl flood del 172.16.0.2 vni 1
on h1 vtepctl flood del 172.16.0.3 vni 1
check "with h2 and h3 out of the list" wait_for 5 flood_length 62
listen vm2 vm3 vm4 -- ether src "${guest_mac[vm1]}"
send_frame vm1 "$(frame_hex $all "${guest_mac[vm1]}" 88b5)" 10
wait_for 5 has_arrived vm4 10
check_equal "neither gets a broadcast any more" "0 0 10" "$(arrived vm2 vm3 vm4)"
for h in h1 h2 h3; do
	check "$h: stops" vtepd_stop $h
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One segment across two hypervisors: vtepd on both, guests over veths and taps.
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0
#	vm3 (tap) ---+                                    +-- vm4 (tap)
#
# Unicast: port ingress -> encap -> wg0; wg0 ingress -> decap -> port. The bridge sees each source once, and what is
# to be flooded. Super-packets: wg0 ingress -> kernel vxlan -> vx1 ingress -> port, or decapsulated in BPF (7.3).

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count() { # count H HOOK REASON: packets
	on "$1" vtepctl -j stats | jq "[.[] | select(.hook == \"$2\" and .reason == \"$3\") | .packets] | add // 0"
}

fdb_has() { # fdb_has H JQ-CONDITION
	on "$1" vtepctl -j fdb show | jq -e "any(.[]; $2)"
}

grown() { # grown DESC BEFORE AFTER BY: at least by so many
	if [ $(($3 - $2)) -ge "$4" ]; then ok "$1"; else not_ok "$1" "from $2 to $3"; fi
}

bulk() { # bulk DESC FROM TO ADDRESS
	check "bulk TCP, $1" bulk_tcp "$2" "$3" "$4" 1
	diag "$bulk_report"
}

hypervisors 2
threaded=$(on h1 cat /sys/class/net/wg0/threaded)
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
diag_file "$tmp/vtepd-h1.log"
check_equal "wg0's NAPI is threaded" 1 "$(on h1 cat /sys/class/net/wg0/threaded)"
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
guest_tap h1 vm3 br0 172.16.30.53/24
guest_tap h2 vm4 br0 172.16.30.54/24
check_equal "bridge and vxlan device have the overlay's MTU" "1370 1370" \
	"$(ip -n "${netns[h1]}" -j link show | jq -r '[.[] | select(.ifname == "br0" or .ifname == "vx1") | .mtu] | join(" ")')"

dropped=$(on h2 vtepctl -j stats drops)
check "ping, veth to veth" ping_all vm1 172.16.30.52
check "ping, tap to tap" ping_all vm3 172.16.30.54
check "ping, veth to tap" ping_all vm1 172.16.30.54
check "ping of the largest frame" ping_all vm1 172.16.30.54 -s 1342 -M 'do'
check_fail "no ping of a larger one: the guests' MTU" ping_all vm1 172.16.30.54 -s 1343 -M 'do'

mac1=${guest_mac[vm1]} mac2=${guest_mac[vm2]}
check "h1 has its guest at its port" fdb_has h1 ".mac == \"$mac1\" and .ifname == \"vethvm1\" and .type == \"local\""
check "h1 has the other's guest behind its VTEP" fdb_has h1 ".mac == \"$mac2\" and .dst == \"172.16.0.2\" and .type == \"dynamic\""
check "the vxlan device's FDB has it too" wait_for 2 grep -q "$mac2 dst 172.16.0.2 self" \
	<(bridge -n "${netns[h1]}" fdb show dev vx1)
check "and the bridge's" grep -q "$mac2 master br0" <(bridge -n "${netns[h1]}" fdb show dev vx1)

# The fast path is what carries known unicast, both ways.
encap=$(count h1 port-rx encap) delivered=$(count h1 wg-rx delivered) bridged=$(count h1 wg-rx bridged)
check "ten more pings" ping_all vm1 172.16.30.52 -c 10 -i 0.05
grown "each request was encapsulated at the port" "$encap" "$(count h1 port-rx encap)" 10
grown "each reply was delivered to the port" "$delivered" "$(count h1 wg-rx delivered)" 10
check_equal "none went through the bridge" "$bridged" "$(count h1 wg-rx bridged)"

# The host itself on the segment: bridge -> vx1 -> encap; and back to the bridge.
ip -n "${netns[h1]}" address add 172.16.30.1/24 dev br0
ip -n "${netns[h2]}" address add 172.16.30.2/24 dev br0
check "ping, host to host over the overlay" ping_all h1 172.16.30.2 -I br0
# Its own frame has a route, whose MTU must not become the one that WireGuard pads against: 1420 + 32 + 28 bytes.
capture_start h1 eth0 "$tmp/padded.pcap" udp port 51820
check "ping, host to host, of the largest size" ping_all h1 172.16.30.2 -I br0 -s 1342 -M 'do'
capture_stop "$tmp/padded.pcap"
check_equal "in packets of 1480 bytes and no longer" "y 0" \
	"$([ "$(capture_count "$tmp/padded.pcap" ip[2:2] = 1480)" -ge 6 ] && echo y) $(capture_count "$tmp/padded.pcap" ip[2:2] '>' 1480)"
check "ping, host to the other's guest" ping_all h1 172.16.30.54
check "ping, guest to the other host" ping_all vm3 172.16.30.2
check "plain WireGuard beside it" ping_all h1 172.16.0.2 -I wg0
ip -n "${netns[vm1]}" address add fd00::51/64 dev eth0
ip -n "${netns[vm2]}" address add fd00::52/64 dev eth0
check "IPv6 between guests" ping_all vm1 fd00::52

check "60 kB over TCP, tap to tap" tcp_compare vm3 vm4 172.16.30.54 60000
check "60 kB over UDP in fragments, veth to tap" udp_compare vm1 vm4 172.16.30.54 60000 3200
bulk "veth to veth" vm1 vm2 172.16.30.52
bulk "tap to tap" vm3 vm4 172.16.30.54
bulk "tap to tap, the other way" vm4 vm3 172.16.30.53
on h2 vtepctl stats | sed 's/^/# /'
check_equal "nothing was dropped in h2 since it was ready" "$dropped" "$(on h2 vtepctl -j stats drops)"

# Must-fail twin: without the VTEP there is no segment. (h2's own requests would tell h1 where it is.)
on vm2 ip neigh replace 172.16.30.51 lladdr "$mac1" dev eth0
bridge -n "${netns[h1]}" fdb del 00:00:00:00:00:00 dev vx1 dst 172.16.0.2 self
on h1 vtepctl fdb flush
on vm1 ip neigh flush dev eth0
check "no flood list, nothing learned: nobody answers" ping_none vm1 172.16.30.52
check "no-flood was counted" test "$(count h1 vx-tx no-flood)" -gt 0

check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
check_equal "wg0's NAPI is as it was" "$threaded" "$(on h1 cat /sys/class/net/wg0/threaded)"
check_equal "neither vx1 nor br0 is left" "" "$(ip -n "${netns[h1]}" -br link show | grep -E '^(vx1|br0)')"
finish

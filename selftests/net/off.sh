#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Without our programs, and what the kernel's vxlan may send with them.
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2
#
# `--accel off`: the same devices forward in the kernel. With programs, what they hand to the
# kernel's vxlan (tagged frames here) goes by the host's routes: only while those lead into the
# tunnel. The judge is a capture on the underlay.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ports() { # links of all hypervisors, and filters on the vxlan device of h1
	bpftool -j link list | jq length
	tc -n "${netns[h1]}" filter show dev vx1 ingress
}

tag() { # tag GUEST ADDRESS: VLAN 5
	ip -n "${netns[$1]}" link add link eth0 name eth0.5 up mtu 1366 type vlan id 5
	ip -n "${netns[$1]}" address add "$2" dev eth0.5
}

hypervisors 2
before=$(ports)
check "h1: ready without programs" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --accel off
check_equal "none is attached" "$before" "$(ports)"
check "h2: ready with them" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "ping" ping_all vm1 172.16.30.52
check "60 kB over TCP" tcp_compare vm1 vm2 172.16.30.52 60000
before=$(ports)
check "vtepctl says what forwards" grep -q 'acceleration: off (kernel vxlan)' <(on h1 vtepctl show)
check "the kernel learns" grep -q "${guest_mac[vm2]} dst 172.16.0.2 self" \
	<(bridge -n "${netns[h1]}" fdb show dev vx1)
check "h1: stops" vtepd_stop h1
check_equal "neither vx1 nor br0 is left" "" \
	"$(ip -n "${netns[h1]}" -br link show | grep -E '^(vx1|br0)')"

check "h1: ready with programs" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
ip -n "${netns[h1]}" link set vethvm1 master br0
check "ping" ping_all vm1 172.16.30.52
check "killed" vtepd_stop h1 KILL
check "switched off by the next start" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --accel off
check "ping, off" ping_all vm1 172.16.30.52
check_equal "nothing is attached then" "$before" "$(ports)"
check "h1: stops" vtepd_stop h1
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
ip -n "${netns[h1]}" link set vethvm1 master br0

tag vm1 172.16.35.51/24
tag vm2 172.16.35.52/24
check "tagged frames cross" ping_all vm1 172.16.35.52
dropped() { on h1 vtepctl -j stats drops | jq '[.[] | select(.reason == "no-tunnel") | .packets] | add // 0'; }
refused() { [ "$(dropped)" -gt "$1" ]; }

# The route to the VTEP leads into the open: h2's underlay side answers for it.
ip -n "${netns[h2]}" address add 172.16.0.2/32 dev eth0 2>/dev/null
ip -n "${netns[h1]}" route add 172.16.0.2/32 via 10.19.3.5 dev eth0
capture_start h1 eth0 "$tmp/plain.pcap" udp port 4789
was=$(dropped)
check "a route that leads elsewhere: tagged frames do not cross" wait_for 2 ping_none vm1 172.16.35.52
check "and counted" wait_for 5 refused "$was"
check "untagged frames still cross" ping_all vm1 172.16.30.52
capture_stop "$tmp/plain.pcap"
check_equal "nothing in the open" 0 "$(capture_count "$tmp/plain.pcap")"
ip -n "${netns[h1]}" route del 172.16.0.2/32 via 10.19.3.5 dev eth0
check "the route is back: tagged frames cross" wait_for 5 ping_all vm1 172.16.35.52

# wg0 down, and gone
capture_start h1 eth0 "$tmp/plain.pcap" udp port 4789
ip -n "${netns[h1]}" route add default via 10.19.3.5
ip -n "${netns[h1]}" link set wg0 down
check "wg0 down: tagged frames don't cross" ping_none vm1 172.16.35.52
check "nor do untagged ones" ping_none vm1 172.16.30.52
ip -n "${netns[h1]}" link del wg0
check "wg0 gone: tagged frames don't cross" ping_none vm1 172.16.35.52
check "nor do untagged ones" ping_none vm1 172.16.30.52
capture_stop "$tmp/plain.pcap"
check_equal "nothing in the open" 0 "$(capture_count "$tmp/plain.pcap")"
check "h1: stops all the same" vtepd_stop h1

# Positive control: the recipe does send in the open.
ip -n "${netns[h1]}" address add 172.16.0.1/32 dev lo
recipe_up h1 1 172.16.0.2
ip -n "${netns[h1]}" link set vethvm1 master br0
capture_start h1 eth0 "$tmp/plain.pcap" udp port 4789
ping_none vm1 172.16.30.52 >/dev/null
capture_stop "$tmp/plain.pcap"
check "the set-up by hand sends in the open" test "$(capture_count "$tmp/plain.pcap")" -gt 0
finish

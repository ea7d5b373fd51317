#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What people build by hand, without vtepd: kernel vxlan, bridge and flood entries over
# WireGuard between two hypervisors. It is the oracle of the other tests, and shows that
# what they stand on works.
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0
#	vm3 (tap) ---+                                    +-- vm4 (tap)

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

flood_entry() { # flood_entry H VERB REMOTE
	bridge -n "${netns[$1]}" fdb "$2" 00:00:00:00:00:00 dev vx1 dst "$3"
}

forget() { # forget H: what it has learned, so that the next frame is flooded
	bridge -n "${netns[$1]}" fdb flush dev vx1 dynamic 2>/dev/null ||
		ip -n "${netns[$1]}" link set vx1 down up
	ip -n "${netns[$1]}" link set vx1 type bridge_slave fdb_flush
}

bulk() { # bulk FROM TO ADDRESS
	check "bulk TCP $1 to $2" bulk_tcp "$1" "$2" "$3" 3
	diag "$bulk_report"
}

hypervisors 2
check "WireGuard, h1 to h2" ping_all h1 172.16.0.2
recipe_up h1 1 172.16.0.2
recipe_up h2 1 172.16.0.1
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
guest_tap h1 vm3 br0 172.16.30.53/24
guest_tap h2 vm4 br0 172.16.30.54/24

capture_start h1 wg0 "$out/rival.pcap" udp port 4789
check "ping, veth to veth" ping_all vm1 172.16.30.52
check "ping, tap to tap" ping_all vm3 172.16.30.54
check "ping of the largest frame, veth to tap" ping_all vm1 172.16.30.54 -s 1342 -M 'do'
capture_stop "$out/rival.pcap"
check_equal "each request and each reply crosses wg0 once" 18 \
	"$(capture_count "$out/rival.pcap" 'udp[28:2] = 0x0800 and udp[39] = 1')"

check "60 kB over TCP, veth to veth" tcp_compare vm1 vm2 172.16.30.52 60000
check "60 kB over TCP, tap to tap" tcp_compare vm3 vm4 172.16.30.54 60000
check "60 kB over UDP, tap to veth" udp_compare vm3 vm2 172.16.30.52 60000
bulk vm1 vm2 172.16.30.52
bulk vm3 vm4 172.16.30.54

flood_entry h1 del 172.16.0.2
on vm1 ip neigh flush dev eth0
forget h1
check "without its flood entry h1 reaches nobody" ping_none vm1 172.16.30.52
flood_entry h1 append 172.16.0.2
check "with it again it does" ping_all vm1 172.16.30.52
finish

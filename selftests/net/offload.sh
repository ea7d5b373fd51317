#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What guests leave to their devices, and what they refuse to leave: segmentation, checksums, merging; and guests
# that tunnel themselves, whose packets take the kernel's vxlan. Every byte is compared.
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0
#	vm3 (tap) ---+                                    +-- vm4 (tap)

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"

ip_of() { echo "172.16.30.5${1#vm}"; }
ip6_of() { echo "fd00:30::5${1#vm}"; }

switch() { # switch FEATURE VALUE...: on every guest's device
	local guest

	for guest in vm1 vm2 vm3 vm4; do
		on $guest ethtool -K eth0 "$@" || return 1
	done
}

transfers() { # transfers WHAT
	check "$1: TCP, veth to veth" tcp_compare vm1 vm2 "$(ip_of vm2)" 500000
	check "$1: TCP, tap to tap, IPv6" tcp_compare vm3 vm4 "[$(ip6_of vm4)]" 500000
	check "$1: TCP, tap to veth" tcp_compare vm4 vm1 "$(ip_of vm1)" 500000
	check "$1: UDP, veth to tap" udp_compare vm1 vm4 "$(ip_of vm4)" 100000
}

# segments FROM TO ADDRESS: 40 segments of 1300 bytes in one write
segments() {
	spawn_on "$2" count probe count 6000 1300 40
	wait_for 5 grep -q ready "$tmp/count.log" || return 1
	on "$1" probe uso "$3" 6000 1300 40 || return 1
	wait_for 10 gone "${process[count]}"
	reap count
	tail -n 1 "$tmp/count.log"
	grep -q '^40 right, 0 wrong' "$tmp/count.log"
}

# tunnel KIND GUEST PEER NUMBER
tunnel() {
	local ns=${netns[$2]} from to

	from=$(ip_of "$2") to=$(ip_of "$3")
	case $1 in
	vxlan) ip -n "$ns" link add inner type vxlan id 77 dstport 4790 local "$from" remote "$to" dev eth0 ;;
	gre) ip -n "$ns" link add inner type gre local "$from" remote "$to" ;;
	ipip) ip -n "$ns" link add inner type ipip local "$from" remote "$to" ;;
	esac && ip -n "$ns" link set inner up && ip -n "$ns" address add "10.77.0.${2#vm}/24" dev inner
}

# tunnelled KIND FROM TO: guests' own tunnel, a transfer both ways
tunnelled() {
	local name="$1 inside, $2 to $3" before

	before=$(stat_count h1 port-rx nested)
	check "$name: up" tunnel "$1" "$2" "$3"
	check "$name: up" tunnel "$1" "$3" "$2"
	check "$name: ping" ping_all "$2" "10.77.0.${3#vm}"
	check "$name: TCP" tcp_compare "$2" "$3" "10.77.0.${3#vm}" 500000
	check "$name: TCP back" tcp_compare "$3" "$2" "10.77.0.${2#vm}" 500000
	diag "$name: nested $(($(stat_count h1 port-rx nested) - before))"
	[ "$2" = vm3 ] || check "$name: handed to the kernel" test "$(stat_count h1 port-rx nested)" -gt "$before"
	ip -n "${netns[$2]}" link del inner
	ip -n "${netns[$3]}" link del inner
}

hypervisors 2
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
guest_tap h1 vm3 br0 172.16.30.53/24
guest_tap h2 vm4 br0 172.16.30.54/24
for guest in vm1 vm2 vm3 vm4; do
	ip -n "${netns[$guest]}" address add "$(ip6_of $guest)/64" dev eth0 nodad
done
transfers "all offloads"
check "UDP segments, veth to veth" segments vm1 vm2 "$(ip_of vm2)"
check "UDP segments, tap to tap" segments vm3 vm4 "$(ip_of vm4)"
check "UDP segments, veth to tap, IPv6" segments vm1 vm4 "$(ip6_of vm4)"
check "UDP segments, tap to veth, IPv6" segments vm4 vm1 "$(ip6_of vm1)"
tunnelled vxlan vm1 vm2
tunnelled gre vm1 vm2
tunnelled ipip vm1 vm2
tunnelled vxlan vm3 vm4
check "GRO off" switch gro off
transfers "no merging"
check "TSO and GSO off" switch tso off gso off
transfers "no segmentation"
check "UDP segments by the stack, veth to veth" segments vm1 vm2 "$(ip_of vm2)"
check "checksums off" switch tx off rx off
transfers "no checksums"
tunnelled vxlan vm1 vm2
check_equal "nothing was dropped for a fault" "" \
	"$(on h1 vtepctl -j stats drops | jq -r '[.[] | select(.reason != "no-flood" and .reason != "stays") | .reason] | join(" ")')"
finish

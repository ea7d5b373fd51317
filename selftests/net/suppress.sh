#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ARP and neighbour discovery answered for hosts behind the tunnel, and that a host which has moved is found all
# the same. Over Ethernet (--insecure): needs no WireGuard.
#
#	vm1 -- br0 h1 ... eth0 --- eth0 ... h2 br0 -- vm2, which moves to h1

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

vtep_ip() { underlay_ip "$1"; }
ctl() { # ctl H ARGUMENTS...: where vtepd sees it, its bpffs is seen
	local pid

	pid=$(vtepd_pid "$1")
	shift
	nsenter -t "$pid" -m -n vtepctl "$@"
}
count() { ctl h1 -j stats | jq "[.[] | select(.hook == \"port-rx\" and .reason == \"$1\") | .packets] | add // 0"; }
state() { ctl h1 -j neigh show | jq -r ".[] | select(.dst == \"$1\") | .state[0]"; }
is() { [ "$(state "$1")" = "$2" ]; }	# is ADDRESS STATE
known() { ping_all vm1 "$1" -c 1 && is "$1" reachable; }	# heard just now
is_not() { ! is "$@"; }
start() { # start H [ARGUMENTS]
	local h=$1

	shift
	vtepd_start "$h" --iface eth0 --insecure --vni 1 --bridge br0 "$@" --remote "$(vtep_ip "h$((3 - ${h#h}))")"
}
anew() { # anew ADDRESS: vm1 asks for it
	on vm1 ip neigh flush all
	ping_all vm1 "$1" -c 1
}

for h in h1 h2; do
	netns_add $h
done
ip link add vxprobe netns "${netns[h1]}" type vxlan id 1 dstport 4791 2>/dev/null || skip_all "no vxlan in kernel $(uname -r)"
ip -n "${netns[h1]}" link del vxprobe
underlay_pair
for h in h1 h2; do
	underlay_address $h
done
check "h1: ready" start h1 --suppress
check "h2: ready" start h2
guest_veth h1 vm1 br0 172.16.30.51/24 1450
guest_veth h2 vm2 br0 172.16.30.52/24 1450
ip -n "${netns[vm1]}" address add fd00::51/64 dev eth0 nodad
ip -n "${netns[vm2]}" address add fd00::52/64 dev eth0 nodad
spawn_on vm2 talking ping -n -q -i 0.2 172.16.30.51	# a host that is heard of
for address in 172.16.30.52 fd00::52; do
	check "$address: ping" ping_all vm1 $address
	check "$address: known, and answered for" wait_for 10 known $address
	before=$(count suppressed)
	check "$address: asked for anew" anew $address
	check "$address: answered here" test "$(count suppressed)" -gt "$before"
done
check_equal "its MAC" "${guest_mac[vm2]}" "$(ctl h1 -j neigh show | jq -r '.[] | select(.dst == "172.16.30.52") | .lladdr')"
check_equal "and its VTEP" "$(vtep_ip h2)" "$(ctl h1 -j neigh show | jq -r '.[] | select(.dst == "172.16.30.52") | .via')"
check "h1's own guest is not" is 172.16.30.51 local

# The same addresses at h1, without a word: nobody announces them. It must be found as soon as without suppression,
# or two seconds later.
mac=${guest_mac[vm2]}
reap talking INT || :
guest_del vm2
guest_veth h1 vm3 br0 172.16.30.52/24 1450
ip -n "${netns[vm3]}" link set eth0 address "$mac"
ip -n "${netns[vm3]}" address replace fd00::52/64 dev eth0 nodad
check "moved in silence: nobody answers for it any more" wait_for 4 is_not 172.16.30.52 reachable
before=$(count asked)
check "it is found at once then" anew 172.16.30.52
check "by a question that went out" test "$(count asked)" -gt "$before"
check "IPv6, too" anew fd00::52
check "it is a guest of this side now" is 172.16.30.52 local

# Another host takes the address over, and says so: the old answer is never given again.
guest_veth h2 vm4 br0 172.16.30.54/24 1450
check "another host: ping" ping_all vm1 172.16.30.54
check "answered for" wait_for 10 known 172.16.30.54
guest_veth h2 vm5 br0 172.16.30.55/24 1450
ip -n "${netns[vm4]}" address flush dev eth0
ip -n "${netns[vm5]}" address replace 172.16.30.54/24 dev eth0
on vm5 ping -n -q -c 1 -W 1 -I 172.16.30.54 172.16.30.99 >/dev/null
check "disputed as soon as it says so" is 172.16.30.54 disputed
check "the new one is reached" anew 172.16.30.54
check "by its MAC" grep -q "${guest_mac[vm5]}" <(on vm1 ip neigh show 172.16.30.54)

vtepd_stop h1
check "h1: ready, without --suppress" start h1
ip -n "${netns[h1]}" link set "${guest_port[vm1]}" master br0
check "ping" ping_all vm1 172.16.30.55
check "asked for anew" anew 172.16.30.55
check_equal "nothing is answered" 0 "$(count suppressed)"
check_equal "nothing is snooped" '[]' "$(ctl h1 -j neigh show | jq -c .)"
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
finish

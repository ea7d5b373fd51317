#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recipe S4: VMs that only know the tunnel, out of examples/s4.
#
#	cloud h1: ens3 (10.19.3.4) -- Internet (192.0.2.1) -- eth0 (10.19.3.5) :host h2
#	          wg1 10.0.3.1 =========== WireGuard =========== wg1 10.0.3.2, INPUT DROP
#	          br-vms 192.168.101.1 ..... VNI 3 ............. br-vms, no address -- vm101
#	                                                         virbr1 192.168.100.1 -- vm100 (.139)
#	                                                         lan0 192.168.1.1 -- pc
#
# vm100 is routed: from its address by table 42 into wg1. vm101 is in the segment, its gateway is
# the cloud's. Proves: both reach the Internet as the cloud, and neither the host's LAN; the host's
# own way is its own; the host drops whatever is for 10.0.3.2, so host and cloud can't ping each
# other, and frames in VXLAN to that very address arrive; bulk TCP, too: by BPF alone (7.3), or once
# vtepd has noticed that what it hands to the kernel is dropped there, or by the kernel where the host
# lets VXLAN from wg1 in; the cloud by hand. That the host's own stack stays out of a segment by an option of vtepd's, whatever
# addresses its bridge has, is not proved here: there is no such option yet.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/peers.sh
. "$lib/peers.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

outside=192.0.2.1

setup() {
	node_add h1 h2
	underlay_bridge 2
	ip -n "${netns[h1]}" link set eth0 name ens3
	ip -n "${netns[h1]}" address add 10.19.3.4/26 dev ens3
	ip -n "${netns[h1]}" link set ens3 mtu 1500 up
	ip -n "${netns[h1]}" route add default via 10.19.3.1
	underlay_address h2
	ip -n "${netns[h2]}" route add default via 10.19.3.1
	ip -n "${netns[underlay]}" address add 10.19.3.1/26 dev br0
	ip -n "${netns[underlay]}" address add $outside/32 dev lo
	answer_callers underlay 7000
	bridge_up virbr1 192.168.100.1/24
	bridge_up lan0 192.168.1.1/24
	guest_veth h2 vm100 virbr1 192.168.100.139/24 1420
	ip -n "${netns[vm100]}" route add default via 192.168.100.1
	guest_veth h2 pc lan0 192.168.1.50/24 1500
	ip -n "${netns[pc]}" route add default via 192.168.1.1
	example h1 s4/cloud.conf /etc/vtepd/wg1.conf
	example h2 s4/host.conf /etc/vtepd/wg1.conf
	example h1 s4/cloud-stock.conf /etc/wireguard/wg1.conf
}

bridge_up() { # bridge_up NAME ADDRESS: the host's, as libvirt makes it
	ip -n "${netns[h2]}" link add "$1" up type bridge
	ip -n "${netns[h2]}" address add "$2" dev "$1"
}

input_dropped() { # by the host's rule for 10.0.3.2
	on h2 iptables-save -c -t filter | sed -n 's/^\[\([0-9]*\):.*-A INPUT -d 10.0.3.2\/32 -j DROP/\1/p'
}

handed() { # packets that node 2 has left to the kernel to decapsulate
	on h2 vtepctl -j stats | jq '[.[] | select(.reason | IN("super", "bulk", "in-order")) | .packets] | add // 0'
}
firewalled() { on h2 vtepctl -j show | jq -e '.[0].vnis[0].firewalled'; }

# without_accept: the recipe as it is: the host drops whatever is for 10.0.3.2, VXLAN too
without_accept() {
	local accept=(INPUT -i wg1 -p udp --dport 4789 -j ACCEPT) before

	on h2 iptables -D "${accept[@]}"
	check "INPUT drops all: frames arrive" ping_all vm101 192.168.101.60 -s 1200
	check_equal "INPUT drops all: it has seen nothing since vtepd is there" "$at_ready" "$(input_dropped)"
	check "INPUT drops all: 1 MB of TCP, from the cloud's VM to vm101" \
		tcp_compare cloudvm vm101 192.168.101.50 1000000
	if [ "$(handed)" = 0 ]; then
		check_fail "one way for all: nothing is told of a firewall" in_log h2 firewall
		check_equal "one way for all: nor has INPUT seen anything" "$at_ready" "$(input_dropped)"
	else
		check "INPUT drops all: which vtepd has noticed" in_log h2 'none of .* came out: a firewall drops'
		check "INPUT drops all: with the rule that would spare it" in_log h2 "hint: iptables -I ${accept[*]}"
		check "INPUT drops all: vtepctl show knows" firewalled
		before=$(input_dropped)
		check "INPUT drops all: bulk TCP" bulk_tcp cloudvm vm101 192.168.101.50 1
		diag "decapsulated in BPF: $bulk_report"
		check_equal "INPUT drops all: it has seen none of it" "$before" "$(input_dropped)"
	fi
	on h2 iptables -I "${accept[@]}"
	before=$(handed)
	check "INPUT lets VXLAN in: reload" node_reload h2
	check_fail "INPUT lets VXLAN in: vtepctl show knows" firewalled
	check "INPUT lets VXLAN in: bulk TCP" bulk_tcp cloudvm vm101 192.168.101.50 1
	diag "after the reload: $bulk_report"
	check "INPUT lets VXLAN in: by the kernel again, where it was" test "$before" = 0 -o "$(handed)" -gt "$before"
}

# vms WHAT
vms() {
	local before

	check "$1: vm101 to its gateway, the cloud" ping_all vm101 192.168.101.1
	check_equal "$1: vm101 is seen outside as the cloud" 10.19.3.4 "$(seen_as vm101 $outside 7000)"
	check_equal "$1: vm100, routed by table 42, too" 10.19.3.4 "$(seen_as vm100 $outside 7000)"
	check_equal "$1: the host itself goes its own way" 10.19.3.5 "$(seen_as h2 $outside 7000)"
	before=$(input_dropped)
	check "$1: bulk TCP, from the cloud's VM to vm101" bulk_tcp cloudvm vm101 192.168.101.50 1
	diag "$bulk_report"
	check_equal "$1: the host's INPUT has dropped none of it" "$before" "$(input_dropped)"
}

# walls WHAT: who can't reach whom
walls() {
	check "$1: vm101 does not reach the host by the tunnel" ping_none vm101 10.0.3.2
	check "$1: nor its LAN" ping_none vm101 192.168.1.50
	check "$1: nor does vm100" ping_none vm100 192.168.1.50
	check "$1: (the host does)" ping_all h2 192.168.1.50
	check "$1: the cloud can't ping the host" ping_none h1 10.0.3.2
	check "$1: nor the host the cloud" ping_none h2 10.0.3.1
	check "$1: (the cloud can ping vm100)" ping_all h1 192.168.100.139
}

setup
for h in h1 h2; do
	whole_state $h >"$tmp/state.$h"
done
check "cloud: ready" serve h1 wg1 || finish
check "host: ready" serve h2 wg1 || finish
# The cloud sends already, and PostUp drops before it accepts: what comes in between meets no program.
at_ready=$(input_dropped)
diag "INPUT has seen $at_ready by then"
guest_veth h2 vm101 br-vms 192.168.101.50/24
ip -n "${netns[vm101]}" route add default via 192.168.101.1
guest_tap h1 cloudvm br-vms 192.168.101.60/24
check_equal "host: its default route is as it was" "default via 10.19.3.1 dev eth0" \
	"$(ip -n "${netns[h2]}" route show default | sed 's/ *$//')"
check_equal "host: no address in the segment" "" "$(ip -n "${netns[h2]}" -4 -o address show br-vms)"
without_accept
vms "both ours"
walls "both ours"

# The cloud by hand.
check "cloud: stops" vtepd_stop h1
check "cloud: wg-quick" on h1 wg-quick up wg1
by_hand h1 vxlan3 3 10.0.3.1 10.0.3.2 br-vms 192.168.101.1/24
plug h1 cloudvm br-vms
on vm101 ip neigh flush dev eth0
wait_for 30 ping_all h1 192.168.100.139 >"$tmp/again"	# until the host has called
vms "cloud by hand"
guest_del cloudvm
by_hand_undo h1 vxlan3 br-vms
check "cloud: wg-quick down" on h1 wg-quick down wg1
guest_del vm101
check "host: stops" vtepd_stop h2
for h in h1 h2; do
	check "$h: nothing is left" diff "$tmp/state.$h" <(whole_state $h)
done
finish

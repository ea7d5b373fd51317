#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two nodes over a veth at full rate, the kernel's vxlan and bridge beside vtepd on an Ethernet underlay, and a bare
# bridge as the floor; a set of namespaces each, the same in everything else.
#
#	vm1 eth0 --- [br0] h1 eth0 --- eth0 h2 [br0] --- eth0 vm2
#
# usage: native-rate.sh [ROUNDS] [MS]
#
# Prints native-rate's lines. Needs root, Linux 6.6 or later, bridge, vxlan and veth; no WireGuard.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../net/lib.sh"
tap_done=y
rounds=${1:-41} ms=${2:-50}

die() { echo "native-rate: $1" >&2; exit 1; }

vtep_ip() { echo "10.19.3.$((3 + ${1: -1}))"; }		# vtep_ip kernel1

pair() { # pair NAME: NAME1 and NAME2, the nodes
	local i

	for i in 1 2; do
		netns_add "$1$i"
		on "$1$i" sysctl -qw net.ipv4.conf.all.rp_filter=0
	done
	ip link add eth0 netns "${netns[${1}1]}" type veth peer name eth0 netns "${netns[${1}2]}" || die "no veth"
	for i in 1 2; do
		ip -n "${netns[$1$i]}" link set eth0 mtu 1500 up
	done
}

addresses() { # addresses NAME
	local i

	for i in 1 2; do
		ip -n "${netns[$1$i]}" address add "$(vtep_ip "$1$i")/26" dev eth0
	done
}

guests() { # guests NAME: and each node learns where both are
	guest_veth "${1}1" "${1}vm1" br0 172.16.30.51/24 1450
	guest_veth "${1}2" "${1}vm2" br0 172.16.30.52/24 1450
	ping_all "${1}vm1" 172.16.30.52 >/dev/null || die "$1: no ping"
	ping_all "${1}vm2" 172.16.30.51 >/dev/null || die "$1: no ping"
}

bridge_only() {
	local i

	pair bridge
	for i in 1 2; do
		ip -n "${netns[bridge$i]}" link add br0 up type bridge mcast_snooping 0
		ip -n "${netns[bridge$i]}" link set eth0 master br0
	done
	guests bridge
}

kernel() { # kernel NAME [OPTION...]: of the vxlan device
	local i name=$1

	shift
	pair "$name"
	addresses "$name"
	recipe_options=("$@")
	for i in 1 2; do
		recipe_up "$name$i" 1 "$(vtep_ip "$name$((3 - i))")"
		ip -n "${netns[$name$i]}" link set vx1 mtu 1450
	done
	guests "$name"
}

vtepd_pair() {
	local i

	pair vtepd
	addresses vtepd
	for i in 1 2; do
		vtepd_start "vtepd$i" --iface eth0 --insecure --vni 1 --bridge br0 --remote "$(vtep_ip "vtepd$((3 - i))")" ||
			die "$(cat "$tmp/vtepd-vtepd$i.log")"
	done
	guests vtepd
}

way() { # way NAME LABEL
	echo "$2=/run/netns/${netns[${1}vm1]},/run/netns/${netns[${1}vm2]},${guest_mac[${1}vm1]},${guest_mac[${1}vm2]}"
}

bridge_only
kernel kernel noudpcsum
kernel summed udpcsum
vtepd_pair
for bytes in 64 1400; do
	native-rate "$rounds" "$ms" $bytes "$(way bridge "bridge, no tunnel")" "$(way kernel "kernel vxlan and bridge")" \
		"$(way vtepd vtepd)" "$(way summed "kernel, UDP checksums")" || die "stopped"
done

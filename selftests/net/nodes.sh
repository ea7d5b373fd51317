# SPDX-License-Identifier: GPL-2.0-only
#
# Nodes that one file describes, and what the kernel has of them. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154 # lib.sh has the rest

psk=$(wg genpsk)

# bare_hypervisors N: without a wg0, which a node's file is to make
bare_hypervisors() {
	local i

	hypervisors "$1"
	for i in $(seq "$1"); do
		ip -n "${netns[h$i]}" link del wg0
	done
}

# node_file H PEER…: H.conf below $tmp: the tunnel of topology.sh and VNI 1 in br0; more of
# [Interface] in $interface_lines, of each [Peer] in $peer_lines
node_file() {
	local h=$1 peer dir=$tmp/$1

	shift
	mkdir -p "$dir"
	(umask 077 && {
		echo "[Interface]"
		echo "PrivateKey = $(cat "$tmp/$h.key")"
		echo "ListenPort = 51820"
		echo "Address = $(vtep_ip "$h")/16"
		[ ! "${interface_lines-}" ] || echo "$interface_lines"
		printf '\n[VNI]\nVNI = 1\nBridge = br0\n'
		[ ! "${vni_lines-}" ] || echo "$vni_lines"
		for peer; do
			node_peer "$peer"
		done
	} >"$dir/wg0.conf.new")
	mv "$dir/wg0.conf.new" "$dir/wg0.conf"
}

node_peer() { # node_peer PEER
	printf '\n[Peer] # %s\n' "$1"
	echo "PublicKey = $(wg_key "$1")"
	echo "PresharedKey = $psk"
	echo "Endpoint = $(underlay_ip "$1"):51820"
	echo "AllowedIPs = $(vtep_ip "$1")/32"
	[ ! "${peer_lines-}" ] || echo "$peer_lines"
}

node_start() { # node_start H [ARGUMENTS...]
	local h=$1

	shift
	vtepd_start "$h" --config "$tmp/$h/wg0.conf" "$@"
}

# node_reload H: returns once it is said to be done, or not to be
node_reload() {
	local before

	before=$(node_reloads "$1")
	kill -HUP "$(vtepd_pid "$1")"
	wait_for 20 node_reloaded "$1" "$before"
}

node_reloads() { vtepd_log "$1" | grep -c 'reloaded'; }
node_reloaded() { [ "$(node_reloads "$1")" -gt "$2" ]; }

# node_state H: all that a start may leave: devices, addresses, routes, rules
node_state() {
	local ns=${netns[$1]}

	ip -n "$ns" -o link show | sed 's/^[0-9]*: //; s/ qlen [0-9]*//'
	ip -n "$ns" -o address show | sed 's/^[0-9]*: //'
	ip -n "$ns" -4 route show table all
	ip -n "$ns" -6 route show table all
	ip -n "$ns" -4 rule show
	ip -n "$ns" -6 rule show
}

wg_show() { # wg_show H WHAT: without what is secret
	on "$1" wg show wg0 "$2"
}

in_log() { vtepd_log "$1" | grep -q "$2"; }	# in_log H WORDS

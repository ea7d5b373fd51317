# SPDX-License-Identifier: GPL-2.0-only
#
# What the recipes share: nodes that read the files of examples/ where users put them, a node made
# by hand beside them, and an outside. Sourced after lib.sh.
#
# `ip netns exec` puts /etc/netns/NAME/* over /etc/*: each node has its own /etc/vtepd,
# /etc/wireguard and /etc/hosts.
# shellcheck shell=bash disable=SC2154 # lib.sh has the rest

# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

declare -a etc_made=()		# directories below /etc that were not there
etc_before=$(ls -d /etc/netns 2>/dev/null)

recipe_clean_up() { # recipe_clean_up STATUS: hands it on
	local name

	for name in "${!netns[@]}"; do
		rm -rf "/etc/netns/${netns[$name]}"
	done
	for name in "${etc_made[@]}"; do
		rmdir "$name"
	done
	[ "$etc_before" ] || rmdir /etc/netns 2>/dev/null
	return "$1"
}
trap 'recipe_clean_up $?; clean_up' EXIT

etc_of() { echo "/etc/netns/${netns[$1]}"; }	# etc_of H: its own /etc

# node_add H…: a host with a key pair and an /etc of its own
node_add() {
	local h dir

	wireguard_probe || skip_all "no WireGuard in kernel $(uname -r)"
	for dir in /etc/vtepd /etc/wireguard; do
		[ -d $dir ] || { mkdir $dir && etc_made+=("$dir"); }
	done
	for h; do
		netns_add "$h"
		on "$h" sysctl -qw net.ipv4.ip_forward=1
		(umask 077 && mkdir -p "$(etc_of "$h")"/{vtepd,wireguard} && wg genkey >"$tmp/$h.key")
		wg pubkey <"$tmp/$h.key" >"$tmp/$h.pub"
	done
}

# keys_put: a filter: the keys of this run into a file of examples/, node1 is h1
keys_put() {
	local key h
	local -a script=(-e '')

	for key in "$tmp"/h*.key; do
		h=${key##*/h} h=${h%.key}
		script+=(-e "s|node$h/public/key/A*=|$(cat "$tmp/h$h.pub")|"
			-e "s|node$h/private/key/A*=|$(cat "$key")|")
	done
	sed "${script[@]}"
}

# example H FILE PATH: examples/FILE as H's PATH below /etc, and the private key where it says
example() {
	local h=$1 to key

	to=$(etc_of "$h")/${3#/etc/}
	(umask 077 && keys_put <"$top/examples/$2" >"$to.new")
	mv "$to.new" "$to"
	key=$(sed -n 's|^PrivateKeyFile *= */etc/||p' "$to")
	[ -z "$key" ] || (umask 077 && cat "$tmp/$h.key" >"$(etc_of "$h")/$key")
}

# serve H IFACE [ARGUMENTS...]: vtepd as its unit starts it
serve() {
	local h=$1 iface=$2

	shift 2
	vtepd_start "$h" --iface "$iface" "$@"
}

# whole_state H: what a start may leave, firewall rules too
whole_state() {
	node_state "$1"
	on "$1" iptables-save | grep '^-A'
	on "$1" ip6tables-save | grep '^-A'
}

# by_hand H DEV VNI LOCAL REMOTE BRIDGE [ADDRESS]: kernel vxlan in a bridge
by_hand() {
	local ns=${netns[$1]}

	ip -n "$ns" link add "$2" type vxlan id "$3" dstport 4789 local "$4" remote "$5"
	ip -n "$ns" link show dev "$6" >/dev/null 2>&1 ||
		ip -n "$ns" link add "$6" type bridge stp_state 0
	ip -n "$ns" link set "$2" master "$6" up
	ip -n "$ns" link set "$6" up
	[ -z "${7-}" ] || ip -n "$ns" address add "$7" dev "$6"
}

by_hand_undo() { # by_hand_undo H DEV BRIDGE
	ip -n "${netns[$1]}" link del "$2"
	ip -n "${netns[$1]}" link del "$3"
}

plug() { ip -n "${netns[$1]}" link set "${guest_port[$2]}" master "$3" up; } # plug H GUEST BRIDGE

#--- DHCP

# dhcp_server H FILE: dnsmasq with a file of examples/
dhcp_server() {
	: >"$tmp/leases"
	spawn_on "$1" "dnsmasq-$1" dnsmasq -k -C "$top/examples/$2" --user=root --pid-file= \
		--dhcp-leasefile="$tmp/leases" --log-dhcp --log-facility=-
	wait_for 10 listens "$1" u 67
}

# dhcp GUEST: sets address and route; what it was told is in $tmp/lease-GUEST
dhcp() {
	cat >"$tmp/udhcpc.sh" <<-'END'
		#!/bin/bash
		case $1 in
		deconfig) ip address flush dev "$interface" ;;
		bound | renew)
			ip address replace "$ip/$mask" dev "$interface"
			ip route replace default via "$router"
			set | grep -E '^(ip|mask|router|dns|ntpsrv|lease|serverid)=' >"$LEASE"
			;;
		esac
	END
	chmod 755 "$tmp/udhcpc.sh"
	rm -f "$tmp/lease-$1"
	LEASE=$tmp/lease-$1 on "$1" busybox udhcpc -f -n -q -t 5 -T 2 -i eth0 -s "$tmp/udhcpc.sh" \
		-O ntpsrv 2>&1 && [ -s "$tmp/lease-$1" ]
}

told() { sed -n "s/^$2=//p" "$tmp/lease-$1" | tr -d \'; }	# told GUEST WHAT

#--- frames that come in

# watch SOURCE GUEST…: counts what comes in from that MAC; a tcpdump in each would take its time
watch() {
	local source=$1 guest

	shift
	for guest; do
		on "$guest" nft -f - <<-END
			table netdev watch {
				chain in {
					type filter hook ingress device "eth0" priority 0;
					ether saddr $source counter
				}
			}
		END
	done
}

seen() { # seen GUEST…: how many, in one line
	local guest
	local -a counts=()

	for guest; do
		counts+=("$(on "$guest" nft list chain netdev watch in | sed -n 's/.*packets \([0-9]*\) .*/\1/p')")
	done
	echo "${counts[*]}"
}

has_seen() { [ "$(seen "$1")" -ge "$2" ]; }	# has_seen GUEST COUNT

#--- outside

# seen_as GUEST ADDRESS PORT: who the server there says has called
seen_as() {
	on "$1" timeout 10 socat -u "TCP:$2:$3,connect-timeout=5" STDOUT
}

# answer_callers NAME PORT: tells each caller by TCP its address
answer_callers() {
	# shellcheck disable=SC2016 # socat sets it
	spawn_on "$1" "callers-$1" socat "TCP-LISTEN:$2,fork,reuseaddr" 'SYSTEM:echo $SOCAT_PEERADDR'
	wait_for 5 listens "$1" t "$2"
}

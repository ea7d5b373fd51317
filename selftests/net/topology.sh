# SPDX-License-Identifier: GPL-2.0-only
#
# Hypervisors, guests and the set-up that people make by hand. Sourced by lib.sh.
#
#	 vm1 --- [br0] h1 eth0 ----- underlay ----- eth0 h2 [br0] --- vm2
#	           |      wg0 ======= WireGuard ======= wg0     |
#	          vx1 ................ VXLAN ................. vx1
#
# Underlay 10.19.3.3+N/26 on eth0, MTU 1500; tunnel 172.16.0.N/16 on wg0, MTU 1420,
# UDP port 51820. Two hypervisors are wired to each other, more of them to a bridge
# in a namespace "underlay".
# shellcheck shell=bash

underlay_ip() { echo "10.19.3.$((3 + ${1#h}))"; }	# underlay_ip h1
vtep_ip() { echo "172.16.0.${1#h}"; }			# vtep_ip h1
wg_key() { cat "$tmp/${1}.pub"; }			# wg_key h1: the public one

# hypervisors N [ALLOWED]: h1…hN. A peer's AllowedIPs is its /32, or ALLOWED.
hypervisors() {
	local i

	wireguard_probe || skip_all "no WireGuard in kernel $(uname -r)"
	for i in $(seq "$1"); do
		netns_add "h$i"
		on "h$i" sysctl -qw net.ipv4.ip_forward=1
	done
	if [ "$1" -eq 2 ]; then
		underlay_pair
	else
		underlay_bridge "$1"
	fi
	for i in $(seq "$1"); do
		underlay_address "h$i"
		wireguard_device "h$i"
	done
	wireguard_mesh "$1" "${2-}"
}

wireguard_probe() {
	local name=wg-$$

	ip link add "$name" type wireguard 2>/dev/null && ip link del "$name"
}

underlay_pair() {
	ip link add eth0 netns "${netns[h1]}" type veth peer name eth0 netns "${netns[h2]}"
}

underlay_bridge() { # underlay_bridge N
	local i

	netns_add underlay
	ip -n "${netns[underlay]}" link add br0 up type bridge mcast_snooping 0
	for i in $(seq "$1"); do
		ip link add eth0 netns "${netns[h$i]}" type veth \
			peer name "h$i" netns "${netns[underlay]}"
		ip -n "${netns[underlay]}" link set "h$i" master br0 up
	done
}

underlay_address() { # underlay_address H
	ip -n "${netns[$1]}" address add "$(underlay_ip "$1")/26" dev eth0
	ip -n "${netns[$1]}" link set eth0 mtu 1500 up
}

wireguard_device() { # wireguard_device H
	(umask 077 && wg genkey >"$tmp/$1.key")
	wg pubkey <"$tmp/$1.key" >"$tmp/$1.pub"
	ip -n "${netns[$1]}" link add wg0 type wireguard
	on "$1" wg set wg0 listen-port 51820 private-key "$tmp/$1.key"
	ip -n "${netns[$1]}" address add "$(vtep_ip "$1")/16" dev wg0
	ip -n "${netns[$1]}" link set wg0 mtu 1420 up
}

wireguard_mesh() { # wireguard_mesh N [ALLOWED]
	local i j

	for i in $(seq "$1"); do
		for j in $(seq "$1"); do
			[ "$i" -eq "$j" ] || wireguard_peer "h$i" "h$j" "${2-}"
		done
	done
}

wireguard_peer() { # wireguard_peer H PEER [ALLOWED]
	on "$1" wg set wg0 peer "$(wg_key "$2")" endpoint "$(underlay_ip "$2"):51820" \
		allowed-ips "${3:-$(vtep_ip "$2")/32}"
}

#--- guests: a namespace whose eth0 is a port of a bridge in H ("-" for none)

guest_count=0
declare -A guest_port=()	# guest -> its port in H
declare -A guest_mac=()		# guest -> the address of its eth0

# guest_veth H NAME BRIDGE ADDRESS [MTU]: over a veth named vethNAME
guest_veth() {
	netns_add "$2"
	guest_port[$2]=veth$2
	ip link add "veth$2" netns "${netns[$1]}" type veth peer name eth0 netns "${netns[$2]}"
	guest_plug "$@"
}

# guest_tap H NAME BRIDGE ADDRESS [MTU]: over taps vnet0, vnet1, … as QEMU makes them
guest_tap() {
	local tap=vnet$guest_count

	netns_add "$2"
	guest_port[$2]=$tap
	spawn "tapcopy-$2" tapcopy "${netns[$1]}" "$tap" "${netns[$2]}" eth0
	wait_for 5 grep -q ready "$tmp/tapcopy-$2.log" || {
		diag_file "$tmp/tapcopy-$2.log"
		return 1
	}
	guest_plug "$@"
}

guest_plug() { # guest_plug H NAME BRIDGE ADDRESS [MTU]
	local port=${guest_port[$2]} mtu=${5:-1370}

	guest_count=$((guest_count + 1))
	guest_mac[$2]=$(printf '52:54:00:00:00:%02x' $guest_count)
	[ "$3" = - ] || ip -n "${netns[$1]}" link set "$port" master "$3"
	ip -n "${netns[$1]}" link set "$port" mtu "$mtu" up
	ip -n "${netns[$2]}" link set eth0 mtu "$mtu" \
		address "${guest_mac[$2]}" up
	[ "$4" = - ] || ip -n "${netns[$2]}" address add "$4" dev eth0
	wait_for 5 link_running "$2" eth0
}

guest_del() { # guest_del NAME: pulls its plug
	[ ! "${process[tapcopy-$1]-}" ] || reap "tapcopy-$1" || :
	netns_del "$1"
}

link_running() { # link_running NAME DEV
	[[ $(ip -n "${netns[$1]}" link show dev "$2") == *LOWER_UP* ]]
}

#--- the recipe: kernel vxlan, bridge and flood entries, as made by hand

# recipe_up H VNI REMOTE…: vxVNI in bridge $recipe_bridge, $recipe_options for vxlan
recipe_bridge=br0
declare -a recipe_options=()

recipe_up() {
	local ns=${netns[$1]} dev=vx$2 remote

	ip -n "$ns" link show dev "$recipe_bridge" >/dev/null 2>&1 ||
		ip -n "$ns" link add "$recipe_bridge" up type bridge
	ip -n "$ns" link add "$dev" type vxlan id "$2" dstport 4789 \
		local "$(vtep_ip "$1")" "${recipe_options[@]}"
	ip -n "$ns" link set "$dev" master "$recipe_bridge" up
	shift 2
	for remote; do
		bridge -n "$ns" fdb append 00:00:00:00:00:00 dev "$dev" dst "$remote"
	done
}

recipe_down() { # recipe_down H VNI
	ip -n "${netns[$1]}" link del "vx$2"
	ip -n "${netns[$1]}" link del "$recipe_bridge"
}

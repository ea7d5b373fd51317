# SPDX-License-Identifier: GPL-2.0-only
#
# Flooding: what each copy of a broadcast frame costs. Sourced by scale.sh.
#
# Every VTEP but the last is an address of the one peer's AllowedIPs that nobody has: its
# copy is encrypted, sent, decrypted and dropped by h2's routing, at the same cost whoever
# made it. The last one has a guest, and the next frame leaves when it has received this
# one: no copy is lost unnoticed.
# shellcheck shell=bash
# shellcheck disable=SC2154

bench_flood() { # bench_flood [SIZE...]
	local n

	[ $# -gt 0 ] || set -- 1 8 64 512
	for n; do
		flood_up "$n"
		flood_cost "$n" $((4096 / n / 8 * 8 + 24))
		setup_clear
	done
}

flood_up() { # flood_up SIZE
	local remotes i

	remotes=()
	for ((i = 1; i < $1; i++)); do
		remotes+=("172.16.$((1 + i / 250)).$((1 + i % 250))")
	done
	remotes+=(172.16.0.2)
	hypervisors 2
	on h1 wg set wg0 peer "$(wg_key h2)" allowed-ips "$(printf '%s/32,' "${remotes[@]}" | sed 's/,$//')"
	on h2 sysctl -qw net.ipv4.ip_forward=0
	case $setup in
	recipe)
		recipe_up h1 1 "${remotes[@]}"
		recipe_up h2 1 172.16.0.1 ;;
	vtepd*)
		# shellcheck disable=SC2046 # words
		vtepd_start h1 --iface wg0 --vni 1 --bridge br0 \
			--accel "$(flood_accel)" $(printf -- '--remote %s ' "${remotes[@]}") ||
			not_ok "$setup: vtepd with $1 remotes"
		check "$setup: vtepd on h2" vtepd_start h2 --iface wg0 --vni 1 --bridge br0 \
			--accel "$(flood_accel)" ;;
	esac
	guest_veth h1 vm1 br0 172.16.30.51/24
	guest_veth h2 vm2 br0 172.16.30.52/24
	check "$setup: vm1 reaches vm2" ping_all vm1 172.16.30.52
}

flood_accel() { if [ "$setup" = vtepd-off ]; then echo off; else echo auto; fi; }

flood_cost() { # flood_cost SIZE FRAMES
	local before copies least

	before=$(link_count h1 wg0 tx.packets)
	measure "flood-$1" veth - vm1 vm2 172.16.30.255 udp "$2" 1
	copies=$(($(link_count h1 wg0 tx.packets) - before))
	[ "$value" = null ] || value=$(awk -v ns="$value" -v n="$1" 'BEGIN { printf "%.1f", ns / n }')
	figure "flood-$1" veth instructions/copy "$value" copies "$copies"
	least=$((($2 / 8 * 8 + $2 / 10 + 1) * $1)) # what is flooded besides comes on top
	check "$setup: each frame left $1 times" test "$copies" -ge $least -a "$copies" -le $((least + 8 * $1))
}

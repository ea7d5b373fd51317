# SPDX-License-Identifier: GPL-2.0-only
#
# Learning: what a frame costs whose source address nobody has seen, above one of a known
# source; both hypervisors learn it. Sourced by scale.sh.
#
# With vtepd also what h2's daemon works for each, until it is in the kernel's FDB too.
# shellcheck shell=bash
# shellcheck disable=SC2154

bench_learn() { # bench_learn [COUNT]
	local count=${1:-3200} known before after

	hypervisors 2
	case $setup in
	recipe)
		recipe_up h1 1 172.16.0.2
		recipe_up h2 1 172.16.0.1 ;;
	vtepd)
		check "$setup: vtepd on h1" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
		check "$setup: vtepd on h2" vtepd_start h2 --iface wg0 --vni 1 --bridge br0 ;;
	esac
	guest_veth h1 vm1 br0 172.16.30.51/24
	guest_veth h2 vm2 br0 172.16.30.52/24
	check "$setup: vm1 reaches vm2" ping_all vm1 172.16.30.52
	measure known veth - vm1 vm2 172.16.30.52 known "$count"
	known=$value
	[ "$setup" = recipe ] || before=$(daemon_cpu h2)
	measure learn veth - vm1 vm2 172.16.30.52 learn "$count"
	[ "$value" = null ] || [ "$known" = null ] ||
		value=$(awk -v a="$value" -v b="$known" 'BEGIN { printf "%.1f", a - b }')
	figure learn veth 'instructions/new MAC' "$value" known "$known"
	check "$setup: $count addresses are in h2's bridge" wait_for 60 learned "$count"
	[ "$setup" = recipe ] || {
		after=$(daemon_cpu h2)
		figure learn-mirror daemon 'instructions/new MAC' $(((after - before) / count))
	}
}

learned() { # learned COUNT
	[ "$(bridge -n "${netns[h2]}" fdb show br br0 | grep -c '^02:77:')" -ge "$1" ]
}

daemon_cpu() { awk '{ print $1 }' "/proc/$(vtepd_pid "$1")/schedstat"; } # daemon_cpu H: ns

# SPDX-License-Identifier: GPL-2.0-only
#
# Guests of 1500 bytes over a tunnel of 1420: bulk TCP again. Sourced by guest.sh, after bulk.
#
# The recipe as it is loses such frames without a word. Here it gets what a patient
# operator gives it, a vxlan device of 1500 bytes: the kernel then tells the sender how much
# fits, and TCP goes on with 1370.
# shellcheck shell=bash
# shellcheck disable=SC2154

bench_mtu() { # bench_mtu [MBYTE]
	local bytes=$((${1:-12} * 1000000)) i h

	for i in 1 2 3 4; do
		h=h$((2 - i % 2))
		ip -n "${netns[$h]}" link set "${guest_port[vm$i]}" mtu 1500
		ip -n "${netns[vm$i]}" link set eth0 mtu 1500
	done
	case $setup in
	recipe-vtepd)
		skip "$setup: guests of 1500 bytes" "vtepd takes no fragments of a hand-made peer"
		return ;;
	vtepd-off | *recipe*)
		mtu_recipe h1
		mtu_recipe h2 ;;
	esac
	bulk_one bulk4-1-mtu1500 veth vm1 vm2 4 "$bytes" 1
	bulk_one bulk4-1-mtu1500 tap vm3 vm4 4 "$bytes" 1
}

mtu_recipe() { # mtu_recipe H: if the kernel does the work there
	[ ! "${process[vtepd-$1]-}" ] || [ "$setup" = vtepd-off ] || return 0
	ip -n "${netns[$1]}" link set vx1 mtu 1500
}

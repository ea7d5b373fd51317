# SPDX-License-Identifier: GPL-2.0-only
#
# Small packets: what one of 64 bytes costs, one way, guest to guest. Sourced by guest.sh.
#
# 64 in flight, as on a busy host, where the next one is there before anybody sleeps; and
# each alone, where it wakes everybody on its way.
# shellcheck shell=bash

bench_small() { # bench_small [COUNT]
	local count=${1:-20000} unit='instructions/packet' family

	for family in 4 6; do
		measure "udp$family" veth "$unit" vm1 vm2 "$(guest_ip vm2 $family)" udp "$count"
		measure "udp$family" tap "$unit" vm3 vm4 "$(guest_ip vm4 $family)" udp "$count"
	done
	measure udp4-alone veth "$unit" vm1 vm2 "$(guest_ip vm2)" udp $((count / 5)) 1
	measure udp4-alone tap "$unit" vm3 vm4 "$(guest_ip vm4)" udp $((count / 5)) 1
}

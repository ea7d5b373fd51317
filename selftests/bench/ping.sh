# SPDX-License-Identifier: GPL-2.0-only
#
# Round trips, one at a time: echo requests, and a byte each way over TCP. Sourced by guest.sh.
# shellcheck shell=bash

bench_ping() { # bench_ping [COUNT]
	round_trips ping "${1:-3000}"
}

bench_rr() { # bench_rr [COUNT]
	round_trips rr "${1:-3000}"
}

round_trips() { # round_trips MODE COUNT
	local unit='instructions/round trip'

	measure "${1}4" veth "$unit" vm1 vm2 "$(guest_ip vm2)" "$@"
	measure "${1}4" tap "$unit" vm3 vm4 "$(guest_ip vm4)" "$@"
	measure "${1}6" veth "$unit" vm1 vm2 "$(guest_ip vm2 6)" "$@"
	measure "${1}6" tap "$unit" vm3 vm4 "$(guest_ip vm4 6)" "$@"
}

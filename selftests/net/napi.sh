#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# wg0's NAPI: in threads while vtepd is there, and on a machine with one CPU they let the worker
# that feeds them finish first.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cpu1=/sys/devices/system/cpu/cpu1/online

threaded() { on h1 cat /sys/class/net/wg0/threaded; }

# Scheduling of the NAPI threads of all wg0, each kind once; h1's is the only one with threads before 6.16.
policies() {
	local pid

	for pid in $(pgrep '^napi/wg0-'); do
		chrt -p "$pid" | sed -n 's/.*policy: //p'
	done | sort -u | paste -sd' '
}

all_batch() { [ "$(policies)" = SCHED_BATCH ]; }

# served CPUS POLICY: vtepd on h1 sets that, and puts it back
served() {
	local threaded policies

	check_equal "$1 online" "$1" "$(nproc) CPU"
	threaded=$(threaded) policies=$(policies)
	check "$1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
	check_equal "$1: wg0's NAPI is threaded" 1 "$(threaded)"
	check_equal "$1: how its threads are scheduled" "$2" "$(policies)"
	check "$1: killed" vtepd_stop h1 KILL
	check_equal "$1: that changes nothing" "1 $2" "$(threaded) $(policies)"
	check "$1: ready again" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
	check "$1: stops" vtepd_stop h1
	check_equal "$1: threaded as it was" "$threaded" "$(threaded)"
	check_equal "$1: no batch thread is left" "" "$(policies | grep BATCH)"
	[ "$threaded" = 0 ] || check_equal "$1: scheduled as they were" "$policies" "$(policies)"
}

hypervisors 2
[ "$(nproc)" -eq 2 ] || skip_all "$(nproc) CPUs: two are wanted, to switch one off"
served "2 CPU" SCHED_OTHER
if ! echo 0 >$cpu1; then
	not_ok "CPU 1 goes offline"
	finish
fi
trap 'echo 1 >$cpu1; clean_up' EXIT
served "1 CPU" SCHED_BATCH

# A peer that comes later: its thread is taken in when the kernel's FDBs are refreshed.
# vtepd is held meanwhile: it may be as quick as the look at the threads.
check "ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --ageing 3
kill -STOP "$(vtepd_pid h1)"
on h1 wg set wg0 peer "$(wg genkey | wg pubkey)" allowed-ips 172.16.0.9/32
check_equal "a new peer's thread is like any" "SCHED_BATCH SCHED_OTHER" "$(policies)"
kill -CONT "$(vtepd_pid h1)"
check "it is taken in" wait_for 10 all_batch
check "stops" vtepd_stop h1
echo 1 >$cpu1
check_equal "both CPUs are back" 2 "$(nproc)"
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What users get wrong, on one hypervisor: each mistake is one line that names the object and the cause, one
# `hint:` line, the exit code of design section 8 (1 usage, 2 refused, 3 not found), and nothing changed.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

state() { # state H: devices, addresses, FDBs, filters and BPF objects
	ip -n "${netns[$1]}" -d address show | sed -E 's/[a-z_]+_timer +[0-9.]+//g'
	bridge -n "${netns[$1]}" fdb show
	tc -n "${netns[$1]}" qdisc show
	on "$1" bpftool prog list | sed -n 's/^[0-9]*: //p' | grep -c sched_cls
	find /sys/fs/bpf | sort
	on "$1" cat /sys/class/net/wg0/threaded 2>/dev/null
}

# What was there before is taken once, and again where the test itself has changed it: `stale=y`.
stale=y

# mistake DESC CODE PATTERN HINT ARGUMENTS...: PATTERN in the vtepd: line, HINT in the hint: line
mistake() {
	local desc=$1 code=$2 pattern=$3 hint=$4 status=0

	shift 4
	[ ! "$stale" ] || state h1 >"$tmp/before"
	stale=
	on h1 timeout 20 vtepd "$@" >"$tmp/said" 2>&1 || status=$?
	state h1 >"$tmp/after"
	check_equal "$desc: exit code" "$code" "$status"
	check_equal "$desc: one line and its hint" "1 1" \
		"$(grep -c 'vtepd: ' "$tmp/said") $(grep -c 'hint: ' "$tmp/said")"
	check "$desc: says '$pattern'" grep -q -- "vtepd: .*$pattern" "$tmp/said"
	check "$desc: hints '$hint'" grep -q -- "hint: .*$hint" "$tmp/said"
	check "$desc: nothing changed" diff "$tmp/before" "$tmp/after"
	diag_file "$tmp/said"
}

usage_errors() {
	mistake "no arguments" 1 '--iface is missing' 'vtepd --iface wg0 --vni 1'
	mistake "no VNI" 1 '--vni is missing' '--vni 1' --iface wg0
	mistake "VNI out of range" 1 '16777216: not a number from 0 to 16777215' '--vni' --iface wg0 --vni 16777216
	mistake "VNI that is none" 1 '1x: not a number' '--vni' --iface wg0 --vni 1x
	mistake "VNI twice" 1 'given twice' '--vni' --iface wg0 --vni 7 --vni 7
	mistake "bridge before its VNI" 1 'comes after the --vni' '--vni' --iface wg0 --bridge br0 --vni 1
	mistake "local address" 1 '172.16.0.300: not a unicast' '--vni' --iface wg0 --vni 1 --local 172.16.0.300
	mistake "multicast remote" 1 '239.1.1.1: not a unicast' '--vni' --iface wg0 --vni 1 --remote 239.1.1.1
	mistake "device name" 1 'not a device name' '--vni' --iface 'wg0/../x' --vni 1
	mistake "accel" 1 'fast: not one of' '--vni' --iface wg0 --vni 1 --accel fast
}

device_errors() {
	mistake "missing interface" 3 'wg7: no such device' 'wg-quick up wg7' --iface wg7 --vni 1
	mistake "not a WireGuard device" 1 'eth0: not a WireGuard device' 'wg show' --iface eth0 --vni 1
	mistake "bridge that is none" 1 'eth0 is not a bridge' 'type bridge' --iface wg0 --vni 1 --bridge eth0
	mistake "one bridge for two VNIs" 1 'both in bridge' 'one bridge for each' --iface wg0 --vni 1 --bridge b --vni 2 --bridge b
	mistake "device to adopt" 3 '--adopt vxx' 'ip -d link show' --iface wg0 --vni 1 --adopt vxx
	mistake "wrong device to adopt" 1 '--adopt eth0: not a vxlan' 'ip -d link show' --iface wg0 --vni 1 --adopt eth0

	stale=y
	ip -n "${netns[h1]}" link add vx1 type dummy
	mistake "name taken" 2 'vx1 exists, but is not' '--adopt' --iface wg0 --vni 1
	ip -n "${netns[h1]}" link del vx1

	stale=y
	ip -n "${netns[h1]}" link add overlay up type vxlan external dstport 4789
	mistake "port taken" 2 'cannot make vxlan device vx1\|cannot bring up vx1' 'overlay: use another --port' --iface wg0 --vni 1
	ip -n "${netns[h1]}" link del overlay

	stale=y
	ip -n "${netns[h1]}" address flush dev wg0
	mistake "no VTEP address" 1 'wg0 has no IPv4 address' '--local IP' --iface wg0 --vni 1
	ip -n "${netns[h1]}" address add 172.16.0.1/16 dev wg0
}

privilege_errors() {
	local status=0

	cp "$(type -P vtepd)" /tmp/vtepd.user
	chmod 755 /tmp/vtepd.user
	on h1 setpriv --reuid 1000 --clear-groups /tmp/vtepd.user --iface wg0 --vni 1 >"$tmp/said" 2>&1 || status=$?
	check_equal "no root: exit code" 2 $status
	check "no root: says so" grep -q 'needs root' "$tmp/said"
	check "no root: hints" grep -q 'hint: sudo' "$tmp/said"
	diag_file "$tmp/said"
	rm -f /tmp/vtepd.user
}

pin_errors() {
	stale=y
	check "pins of another ABI: made" on h1 fixture wg0 abi 99
	mistake "pins of another ABI" 2 'pins of another ABI' 'rm -r /' --iface wg0 --vni 1
	on h1 fixture wg0 remove
	stale=y
}

hypervisors 2
usage_errors
device_errors
privilege_errors
pin_errors
[ "$(uname -r | cut -d. -f1-2)" != 6.1 ] ||
	mistake "tcx where there is none" 2 'no tcx links' '--accel auto' --iface wg0 --vni 1 --accel tcx

# A check changes nothing and says what a start would do.
state h1 >"$tmp/before"
check "check: exit code 0" on h1 sh -c 'vtepd --iface wg0 --vni 1 --check 2>"$1"' - "$tmp/said"
check "check: says what it would make" grep -q 'would make vx1 in new bridge br-vx1' "$tmp/said"
diag_file "$tmp/said"
state h1 >"$tmp/after"
check "check: nothing changed" diff "$tmp/before" "$tmp/after"

# A peer without a VTEP is named with the line that mends it, and the rest works.
on h1 wg set wg0 peer "$(wg genkey | wg pubkey)" allowed-ips 10.9.0.0/24
check "a peer without VTEP does not stop the start" vtepd_start h1 --iface wg0 --vni 1
check "it is named" grep -q 'its VTEP is unknown' "$tmp/vtepd-h1.log"
check "with the mend" grep -q 'hint: --remote IP for every peer' "$tmp/vtepd-h1.log"

stale=y
mistake "second instance" 2 'another vtepd serves it' 'vtepctl show' --iface wg0 --vni 2
check "the first stops" vtepd_stop h1
check "and can be started again" vtepd_start h1 --iface wg0 --vni 1
check "and stops" vtepd_stop h1
finish

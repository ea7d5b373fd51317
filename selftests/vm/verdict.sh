# SPDX-License-Identifier: GPL-2.0-only
#
# From what a guest prints to numbers: reads TAP and the "# vm:" lines of init, counts
# results, and turns everything that went wrong without one into a failure. Sourced by run.
# shellcheck shell=bash

# What the kernel must not say.
kernel_alarms='WARNING: |BUG: |BUG at |Oops|general protection fault|Kernel panic|rcu_.*stall|detected stall'
kernel_alarms+='|soft lockup|hung_task|blocked for more than|possible .*deadlock|suspicious RCU'
kernel_alarms+='|unregister_netdevice: waiting|refcount_t: |list_(add|del) corruption|Out of memory'
kernel_alarms+='|KASAN|UBSAN|segfault|NETDEV WATCHDOG|leaked reference'

# verdict_begin KERNEL LOG QEMU: output goes to LOG, and to standard output by whole lines;
# QEMU is the emulator's process
verdict_begin() {
	kernel_name=$1 tap_log=$2 emulator=$3 cpu=0 cpu_test=0
	hertz=$(getconf CLK_TCK)
	passed=0 failed=0 skipped=0 disk=0
	finished='' test_name=''
}

say() {
	printf '%s\n' "$1" >>"$tap_log"
	printf '[%s] %s\n' "$kernel_name" "$1"
}

fail() { # fail WHY
	failed=$((failed + 1))
	say "not ok $1"
}

# verdict_test_begin TEST
verdict_test_begin() {
	test_name=$1 test_ok=0 test_bad=0 test_skip=0 test_plan=''
}

# cpu_measure: sets cpu_test to what the emulator has used since the last time, in seconds
cpu_measure() {
	local -a stat=()

	read -r -a stat 2>/dev/null <"/proc/$emulator/stat"
	[ ${#stat[@]} -gt 14 ] || return 0
	cpu_test=$(((stat[13] + stat[14]) / hertz - cpu))
	cpu=$((cpu + cpu_test))
}

# verdict_test_end STATUS SECONDS: the results of one file, and of its exit status
verdict_test_end() {
	local results=$((test_ok + test_bad + test_skip))

	passed=$((passed + test_ok)) failed=$((failed + test_bad)) skipped=$((skipped + test_skip))
	if [ "$1" -eq 124 ] || [ "$1" -eq 137 ]; then
		fail "$test_name: stopped after $2 s"
	elif [ "$1" -eq 4 ] && [ $results -eq 0 ]; then
		skipped=$((skipped + 1))
		say "ok $test_name # SKIP"
	elif [ "$1" -ne 0 ] && [ "$test_bad" -eq 0 ]; then
		fail "$test_name: exit status $1 with no failed check"
	elif [ "$1" -eq 0 ] && [ "$test_bad" -gt 0 ]; then
		say "# $test_name: exit status 0 in spite of failed checks"
	elif [ $results -eq 0 ]; then
		fail "$test_name: no results"
	fi
	if [ "$test_plan" ] && [ "$test_plan" -ne $results ]; then
		fail "$test_name: $test_plan checks planned, $results made"
	fi
	test_name=''
}

verdict_line() { # verdict_line LINE
	local -a word

	case $1 in
	'# vm: start '*)
		verdict_test_begin "${1#'# vm: start '}" ;;
	'# vm: end '*)
		read -r -a word <<<"$1"
		cpu_measure
		say "# vm: cpu $cpu_test ${word[*]:5}"
		verdict_test_end "${word[3]}" "${word[4]}" ;;
	'# vm: disk '*)
		disk=${1#'# vm: disk '} ;; # MiB handed over so far
	'# vm: finished')
		finished=y ;;
	'not ok'*)
		test_bad=$((test_bad + 1)) ;;
	'ok'*'# SKIP'* | 'ok'*'# skip'*)
		test_skip=$((test_skip + 1)) ;;
	'ok' | 'ok '*)
		test_ok=$((test_ok + 1)) ;;
	1..[0-9]*)
		test_plan=${1#1..}
		test_plan=${test_plan%% *} ;;
	esac
}

# verdict_read SILENCE: reads standard input to its end; SILENCE is how many seconds a
# guest may keep quiet (its own limit per test is shorter). Non-zero when it was longer.
verdict_read() {
	local line status

	while :; do
		IFS= read -r -t "$1" line
		status=$?
		[ $status -le 128 ] || return 1
		[ $status -eq 0 ] || return 0
		line=${line%$'\r'}
		[ -z "$line" ] || say "$line"
		verdict_line "$line"
	done
}

# verdict_guest CONSOLE: what the guest as a whole did wrong
verdict_guest() {
	local line

	if [ "$test_name" ]; then
		say "# the guest ended within $test_name"
		verdict_test_end 1 0
	fi
	[ "$finished" ] || fail "the guest ended before its list of tests"
	while IFS= read -r line; do
		fail "kernel: ${line%$'\r'}"
	done < <(awk -v alarms="$kernel_alarms" '
		/vm: start/ { test = $0; sub(/.*vm: start /, "", test) }
		$0 ~ alarms && n++ < 10 { print (test ? test ": " : "") $0 }' "$1")
}

# SPDX-License-Identifier: GPL-2.0-only
#
# What every test of this directory starts from: TAP, waiting, namespaces, processes, and
# a clean-up that undoes what the test did and nothing else.
#
#	. "$(dirname "$0")/lib.sh"
#	hypervisors 2				# topology.sh
#	check "ping h1 to h2" ping_all h1 172.16.0.2	# traffic.sh
#	finish
#
# A test names things h1, vm1, …; the kernel's names of namespaces are random, so that
# tests disturb neither each other nor the machine.
# shellcheck shell=bash

set -u
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$lib/../.." && pwd)
tmp=$(mktemp -d /tmp/vtep.XXXXXX)
# shellcheck disable=SC2034 # for tests
out=$([ -d /out ] && echo /out || echo "$tmp")	# files that outlive the test
PATH=$top/build:$PATH:/usr/sbin:/sbin

tap_count=0 tap_failed=0 tap_done=''
declare -A netns=()	# name -> the kernel's name
declare -A holder=()	# name -> a process in it that does nothing
declare -A process=()	# label -> pid
declare -a log_files=()

#--- TAP

diag() { printf '%s\n' "$@" | sed 's/^/# /'; }
diag_file() { sed 's/^/# /' "$1"; }

ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

skip() { # skip DESC REASON
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

skip_all() { # skip_all REASON: before any result
	diag "SKIP $1"
	tap_done=y
	exit 4
}

not_ok() { # not_ok DESC [LINE...]: and what the daemons said lately
	local log

	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || diag "$@"
	for log in "${log_files[@]}"; do
		[ -s "$log" ] || continue
		diag "last lines of ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
	return 1
}

# attempt COMMAND...: its output is only shown if a check then fails
attempt() { "$@" >"$tmp/attempt" 2>&1; }

check() { # check DESC COMMAND...
	local desc=$1 status=0

	shift
	attempt "$@" || status=$?
	if [ $status -eq 0 ]; then
		ok "$desc"
	else
		not_ok "$desc" "status $status of: $*" "$(cat "$tmp/attempt")"
	fi
}

check_fail() { # check_fail DESC COMMAND...: the must-fail twin
	local desc=$1

	shift
	if attempt "$@"; then
		not_ok "$desc" "succeeded: $*" "$(cat "$tmp/attempt")"
	else
		ok "$desc"
	fi
}

check_equal() { # check_equal DESC EXPECTED FOUND
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "expected: $2" "found:    $3"
	fi
}

finish() {
	tap_done=y
	echo "1..$tap_count"
	[ $tap_failed -eq 0 ]
	exit
}

#--- waiting

# In an emulated guest a process costs 10 ms, so that to ask is what waiting costs: less and less often,
# and nobody is started for the time between.
exec {never}<> <(:)
nap() { read -r -t "$1" -u "$never" || :; }	# nap SECONDS

# wait_for SECONDS COMMAND...: until it succeeds; else shows what it said last
wait_for() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) ms=50 left pause

	shift
	until "$@" >"$tmp/wait" 2>&1; do
		left=$(((end - ${EPOCHREALTIME/[.,]/}) / 1000))
		if [ $left -le 0 ]; then
			echo "waited in vain for: $*"
			cat "$tmp/wait"
			return 1
		fi
		printf -v pause '0.%03d' $((ms < left ? ms : left))
		nap "$pause"
		ms=$((ms < 200 ? ms * 5 / 4 : 250))
	done
}

never() { ! wait_for "$@"; }	# never SECONDS COMMAND...: it fails as long as that

asleep() { # asleep PID WHERE: in that function of the kernel
	[[ $(<"/proc/$1/wchan") == *"$2"* ]]
}

#--- namespaces

netns_add() { # netns_add NAME: no address comes by itself, no packet is sent unasked
	netns[$1]=$1-$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')
	ip netns add "${netns[$1]}"
	ip netns exec "${netns[$1]}" sleep infinity >/dev/null 2>&1 &
	holder[$1]=$!
	disown $!
	until [ "$(<"/proc/${holder[$1]}/comm")" = sleep ]; do nap 0.01; done
	on "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.router_solicitations=0
	ip -n "${netns[$1]}" link set lo up
}

netns_del() { # netns_del NAME
	kill "${holder[$1]}"
	ip netns del "${netns[$1]}"
	unset "netns[$1]" "holder[$1]"
}

# on NAME COMMAND...: as a user would with `ip netns exec`, so /sys is that namespace's own. Where
# the namespace has an /etc/netns of its own it is that command, which puts it over /etc.
on() {
	inside "$1"
	shift
	"${inside[@]}" "$@"
}

inside() { # inside NAME: sets the array inside, the beginning of a command there
	inside=(enter "${holder[$1]}")
	[ ! -d "/etc/netns/${netns[$1]}" ] || inside=(ip netns exec "${netns[$1]}")
}

#--- processes

# spawn LABEL COMMAND...: in the background (not from a subshell, which would not tell
# us its pid); its output is in $tmp/LABEL.log
spawn() {
	local label=$1

	shift
	: >"$tmp/$label.log"	# here, not only in the child: an earlier one's "ready" is not to be found
	"$@" >"$tmp/$label.log" 2>&1 </dev/null &
	process[$label]=$!
}

# spawn_on NAME LABEL COMMAND...: the pid is the command's own
spawn_on() {
	local name=$1 label=$2

	shift 2
	inside "$name"
	spawn "$label" "${inside[@]}" "$@"
}

alive() { kill -0 "${process[$1]-}" 2>/dev/null; }

# reap LABEL [SIGNAL]: returns the exit status; a process that has not ended after 10 s
# is killed, and that is an error
reap() {
	local pid=${process[$1]-} status late=''

	[ "$pid" ] || return 1
	kill -s "${2-TERM}" "$pid" 2>/dev/null
	wait_for 10 gone "$pid" || { late=y; kill -KILL "$pid"; }
	wait "$pid" 2>/dev/null
	status=$?
	unset "process[$1]"
	[ ! "$late" ] || return 1
	return $status
}

gone() { # gone PID: ended, although nobody has waited for it yet
	local state

	{ read -r state <"/proc/$1/stat"; } 2>/dev/null || return 0
	state=${state##*) }
	[ "${state%% *}" = Z ]
}

# says FILE WORD: is it in there? For waiting: no process is started
says() {
	local text=''

	read -r -d '' text <"$1" || :
	[[ $text == *"$2"* ]]
}

#--- the end

clean_up() {
	local status=$? name

	trap - EXIT
	for name in "${!process[@]}"; do
		reap "$name" >/dev/null || :
	done
	for name in "${!netns[@]}"; do
		left_over process "$(ip netns pids "${netns[$name]}" | grep -vx "${holder[$name]}" | xargs -r ps -o args= -p)"
		netns_del "$name" || left_over namespace "${netns[$name]}"
	done
	left_over pin "$(pins | grep -vxF "$pins_before")"
	rm -rf "$tmp"
	if [ ! "$tap_done" ]; then
		tap_count=$((tap_count + 1))
		echo "not ok $tap_count - the test ended before its finish"
		[ $status -ne 0 ] || status=1
	fi
	exit $status
}

left_over() { # left_over KIND LINES
	local line

	while read -r line; do
		[ -z "$line" ] || diag "left over: $1 $line"
	done <<<"$2"
}

pins() { find /sys/fs/bpf -mindepth 1 ! -name '*.debug' 2>/dev/null; }

pins_before=$(pins)
trap clean_up EXIT
trap 'exit 1' INT TERM HUP
[ "$(id -u)" -eq 0 ] || skip_all "needs root"

# shellcheck source=selftests/net/topology.sh
. "$lib/topology.sh"
# shellcheck source=selftests/net/traffic.sh
. "$lib/traffic.sh"
# shellcheck source=selftests/net/daemon.sh
. "$lib/daemon.sh"

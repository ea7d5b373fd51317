# SPDX-License-Identifier: GPL-2.0-only
#
# vtepd in the test's namespaces. Sourced by lib.sh.
#
# A namespace of lib.sh has a mount namespace with a fresh /sys: nothing is
# mounted on /sys/fs/bpf there, and vtepd finds the machine's through /proc/1/root.
# shellcheck shell=bash

# vtepd_start H ARGUMENTS...: returns once it is ready, or with 1 once it has failed
vtepd_start() {
	local h=$1 log=$tmp/vtepd-$1.log

	shift
	[ ! -s "$log" ] || cat "$log" >>"$tmp/vtepd-$h.old.log"
	: >"$log"
	spawn_on "$h" "vtepd-$h" vtepd "$@"
	case " ${log_files[*]-} " in
	*" $log "*) ;;
	*) log_files+=("$log") ;;
	esac
	wait_for 20 vtepd_settled "$h" && says "$log" ": ready, "
}

vtepd_settled() { # ready, or ended
	says "$tmp/vtepd-$1.log" ": ready, " || gone "${process[vtepd-$1]}"
}

vtepd_log() { cat "$tmp/vtepd-$1.log"; }	# vtepd_log H: of the latest start
vtepd_pid() { echo "${process[vtepd-$1]-}"; }	# vtepd_pid H

# vtepd_stop H [SIGNAL]: its exit status; after KILL, 0 once it is gone
vtepd_stop() {
	local status=0

	reap "vtepd-$1" "${2-TERM}" || status=$?
	[ "${2-}" != KILL ] || [ $status -ne 137 ] || status=0
	return $status
}

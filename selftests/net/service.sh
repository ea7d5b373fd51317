#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vtepd as a service: what it tells its manager, and a restart in the middle of guests' talk, by the signals and
# options of tools/systemd.
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

talk() { spawn_on vm1 "$1" ping -n -q -i 0.01 -c "$2" -W 5 172.16.30.52; }

heard() {
	wait_for 120 gone "${process[$1]}"
	wait "${process[$1]}"
	unset "process[$1]"
	cat "$tmp/$1.log"
	grep -q ' 0% packet loss' "$tmp/$1.log" && ! grep -q duplicates "$tmp/$1.log"
}

stopped() { [[ $(<"/proc/$1/stat") == *") T "* ]]; }	# stopped PID: by a signal
drained() { # the manager has read what was sent until now
	echo MARK | socat -u - "UNIX-SENDTO:$tmp/notify"
	told MARK
}
told() { wait_for 5 grep -aqF -- "$1" "$tmp/manager.log"; }	# told TEXT: the manager was
down() { on h1 timeout 20 vtepd --iface wg0 "$@" --down >"$tmp/down" 2>&1 || { cat "$tmp/down"; return 1; }; }
devices() { ip -n "${netns[h1]}" -o link show | awk -F ': ' '{ print $2 }' | grep -v ^vethvm | sort; }
macs() { on h1 vtepctl -j fdb show | jq '[.[] | {mac, vni, ifname, dst, type}] | sort_by(.mac, .dst)'; }

hypervisors 2
devices >"$tmp/devices.before"
spawn manager socat -u "UNIX-RECV:$tmp/notify" -
wait_for 5 test -S "$tmp/notify"
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0

# What a manager hears
export NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=1000000
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --keep
unset NOTIFY_SOCKET WATCHDOG_USEC
check "the manager hears it" told READY=1
check "with what runs" told "STATUS=1 VNI, tc"
check "and signs of life" told WATCHDOG=1
: >"$tmp/manager.log"
kill -HUP "$(vtepd_pid h1)"
check "a reload begins" told RELOADING=1
check "says when" told MONOTONIC_USEC=
check "and ends" told READY=1
kill -STOP "$(vtepd_pid h1)"
check "it hangs" wait_for 5 stopped "$(vtepd_pid h1)"
check "what it said before is heard" drained
: >"$tmp/manager.log"
check "one that hangs gives no sign of life" never 2 grep -aq WATCHDOG "$tmp/manager.log"
kill -CONT "$(vtepd_pid h1)"
check "until it goes on" told WATCHDOG=1

# A restart: SIGTERM, and a successor
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "they talk" ping_all vm1 172.16.30.52
macs >"$tmp/macs"
: >"$tmp/manager.log"
talk stopped 300
check "h1: stops with --keep" vtepd_stop h1
check "the manager hears that too" told STOPPING=1
check "vtepctl says that it is stopped" grep -q 'daemon: not running' <(on h1 vtepctl show)
check "no frame is lost" heard stopped
talk restarted 800
for _ in 1 2 3; do
	vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --keep && vtepd_stop h1 || not_ok "three restarts"
done
check "none by three restarts" heard restarted
check "no entry either" diff "$tmp/macs" <(macs)

# The end
check "what was left is removed, whatever it is" down
check "devices are as before" diff "$tmp/devices.before" <(devices)
check_equal "no pin is left of h1" 1 "$(find /sys/fs/bpf/vtepd -mindepth 2 -maxdepth 2 | wc -l)"
check_fail "nobody forwards now" ping_all vm1 172.16.30.52
check "once more: nothing is left to remove" down --vni 1
check "which is said" grep -q "nothing is left of a vtepd" "$tmp/down"
printf '%s\n' '[VNI]' 'VNI = 1' 'Bridge = br0' >"$tmp/wg0.conf"
check "h1: ready by a file" vtepd_start h1 --config "$tmp/wg0.conf" --keep
vtepd_stop h1
echo nonsense >>"$tmp/wg0.conf"
check_fail "which is spoilt" on h1 vtepd --config "$tmp/wg0.conf" --check
check "what was left is removed all the same" down --config "$tmp/wg0.conf"
check "with a warning" grep -q 'segments are removed without it' "$tmp/down"
check "devices are as before" diff "$tmp/devices.before" <(devices)
check "h1: ready once more" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --keep
vtepd_stop h1
check "the same, named" down --vni 1 --bridge br0
check "devices are as before" diff "$tmp/devices.before" <(devices)
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check_fail "nothing is removed below one that runs" down --vni 1
check "h1: without --keep it removes all itself" vtepd_stop h1
check "devices are as before" diff "$tmp/devices.before" <(devices)
check "h2: stops" vtepd_stop h2
finish

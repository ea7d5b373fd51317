#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units of tools/systemd under systemd itself, which runs as process 1 of a namespace of its own, in the network
# of h1: start, reload, restart, crash, hang and stop while guests talk; and by udev, with a device that comes.
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

manager=/usr/lib/systemd/systemd
[ -x $manager ] && command -v systemctl >/dev/null || skip_all "no systemd here"
[ -e /sys/fs/cgroup/cgroup.procs ] || skip_all "no cgroup2 on /sys/fs/cgroup"

# What the units stand on, and nothing of this machine.
units() {
	local target

	mkdir -p "$tmp/units" "$tmp/etc"
	for target in basic sysinit shutdown multi-user network-pre; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$tmp/units/$target.target"
	done
	cp -r "$top"/tools/systemd/*.service "$tmp/units/"
	sed -i "s|@SBINDIR@|$top/build|; s|/etc/default|$tmp/etc|" "$tmp/units/"*.service
	for target in vtepd@ vtepd-down@; do
		mkdir "$tmp/units/$target.service.d"
		cp "$top/tools/systemd/hardened.conf" "$tmp/units/$target.service.d/"
	done
	sed -i 's/^WatchdogSec=.*/WatchdogSec=6/' "$tmp/units/vtepd@.service"
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' 'Type=notify' 'ExecStart=@/usr/bin/udevadm systemd-udevd' \
		>"$tmp/units/udevd.service"
	mkdir "$tmp/units/sys-subsystem-net-devices-wg0.device.wants"	# as by systemctl enable
	ln -s "$tmp/units/vtepd@.service" "$tmp/units/sys-subsystem-net-devices-wg0.device.wants/vtepd@wg0.service"
	echo 'OPTIONS=--vni 1 --bridge br0' >"$tmp/etc/vtepd@wg0"
}

# systemd_run: process 1 of namespaces of its own, but for the network, which is h1's
systemd_run() {
	mkdir -p /sys/fs/cgroup/vtepd-test
	SYSTEMD_UNIT_PATH=$tmp/units container=vtepd-test spawn systemd \
		nsenter --net="/run/netns/${netns[h1]}" bash -c '
		echo 0 >/sys/fs/cgroup/vtepd-test/cgroup.procs
		exec unshare --pid --fork --kill-child --mount --cgroup --mount-proc bash -c "
			mkdir '$tmp/bpf' && mount --bind /sys/fs/bpf '$tmp/bpf' && mount -t sysfs sysfs /sys &&
				mount --move '$tmp/bpf' /sys/fs/bpf && mount -t cgroup2 cgroup2 /sys/fs/cgroup
			mkdir -p /run/vtepd '$tmp/run' && mount --bind /run/vtepd '$tmp/run' &&
				mount -t tmpfs tmpfs /run && mkdir -p /run/lock /run/vtepd &&
				mount --move '$tmp/run' /run/vtepd
			exec '$manager' --system --unit=basic.target --log-target=console --log-level=info --show-status=no"'
	wait_for 20 ctl is-active basic.target
}

manager_process() { pgrep -P "$(pgrep -P "${process[systemd]}" -f '^unshare' || echo "${process[systemd]}")" | head -1; }
ctl() { nsenter -t "$(manager_process)" --all env SYSTEMD_UNIT_PATH="$tmp/units" systemctl "$@"; }

talk() { spawn_on vm1 "$1" ping -n -q -i 0.01 -c "$2" -W 5 172.16.30.52; }

heard() {
	wait_for 120 gone "${process[$1]}"
	wait "${process[$1]}"
	unset "process[$1]"
	cat "$tmp/$1.log"
	grep -q ' 0% packet loss' "$tmp/$1.log" && ! grep -q duplicates "$tmp/$1.log"
}

on_host() { pgrep -f -- '/vtepd --iface wg0 --keep'; }	# its process, as we number them
property() { ctl show -P "$1" "${2:-vtepd@wg0}"; }
is() { [ "$(property "$1")" = "$2" ]; }		# is PROPERTY VALUE
running() { is ActiveState active && on h1 vtepctl -j show | jq -e '.[0].running'; }
successor() { running && ! is MainPID "$1"; }	# successor PID: another process than this runs
capabilities() { # capabilities HEX: their names
	local names=([12]=net_admin [13]=net_raw [21]=sys_admin [38]=perfmon [39]=bpf) bit out=()

	for ((bit = 0; bit < 64; bit++)); do
		(((16#$1 >> bit & 1) == 0)) || out+=("${names[bit]-$bit}")
	done
	echo "${out[*]}"
}

devices() { ip -n "${netns[h1]}" -o link show | awk -F ': ' '{ print $2 }' | grep -v ^vethvm | sort; }
back() { devices | diff "$tmp/devices" -; }

hypervisors 2
units
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
systemd_run || { diag_file "$tmp/systemd.log"; skip_all "systemd does not start here"; }
devices >"$tmp/devices"
check "start" ctl start vtepd@wg0
check "it runs" running
check "its status" grep -q '1 VNI, tc' <(property StatusText)
grep -E '^(CapEff|Seccomp|NoNewPrivs):' "/proc/$(on_host)/status" >"$tmp/status"
check_equal "with these capabilities" "net_admin net_raw sys_admin perfmon bpf" \
	"$(capabilities "$(awk '/CapEff/ { print $2 }' "$tmp/status")")"
check "system calls are filtered" grep -q 'Seccomp:.*2' "$tmp/status"
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "guests talk" ping_all vm1 172.16.30.52
check_equal "GRO's thread is switched on, or off as before 6.6" "$(on h2 cat /sys/class/net/wg0/threaded)" \
	"$(on h1 cat /sys/class/net/wg0/threaded)"

talk restart 1000
pid=$(property MainPID)
check "reload" ctl reload vtepd@wg0
check "by the same process" is MainPID "$pid"
check "restart" ctl restart vtepd@wg0
check "which is another process" successor "$pid"
pid=$(property MainPID)
ctl kill -s KILL vtepd@wg0
check "a crash: systemd starts it again" wait_for 15 successor "$pid"
check "no frame is lost by all that" heard restart

talk hang 1500
pid=$(property MainPID)
kill -STOP "$(on_host)"
check "one that hangs is started again" wait_for 40 successor "$pid"
check "no frame is lost by that either" heard hang

check "stop" ctl stop vtepd@wg0
check "everything is removed" wait_for 10 back
check_fail "nobody forwards now" ping_all vm1 172.16.30.52
check "start again" ctl start vtepd@wg0
check "stop at once" ctl stop vtepd@wg0
check "start at once" ctl start vtepd@wg0
check "it runs" wait_for 10 running
check "stop" ctl stop vtepd@wg0
check "everything is removed" wait_for 10 back
# The same of a node out of one file, WireGuard and a rule of iptables included. Below /tmp it would be hidden.
rule() { on h1 iptables -S FORWARD | grep -c -- '-i wg0 -j ACCEPT'; }
rule_gone() { [ "$(rule)" = 0 ]; }
session() { on h1 wg show wg0 latest-handshakes | cut -f 2; }
if [ -d /out ]; then
	interface_lines='PostUp = iptables -A FORWARD -i %i -j ACCEPT
PostDown = iptables -D FORWARD -i %i -j ACCEPT'
	node_file h1 h2
	on h2 wg set wg0 peer "$(wg_key h1)" preshared-key <(echo "$psk")
	mkdir -p /etc/vtepd
	mv "$tmp/h1/wg0.conf" /etc/vtepd/wg0.conf
	rm "$tmp/etc/vtepd@wg0"
	ip -n "${netns[h1]}" link del wg0
	devices >"$tmp/devices"
	check "a node out of one file: start" ctl start vtepd@wg0
	guest_del vm1
	guest_veth h1 vm1 br0 172.16.30.51/24
	check "guests talk" ping_all vm1 172.16.30.52
	check_equal "PostUp has run" 1 "$(rule)"
	before=$(session)
	talk node 600
	check "restart" ctl restart vtepd@wg0
	check "no frame is lost" heard node
	check_equal "the session goes on" "$before" "$(session)"
	check_equal "PostUp has not run again" 1 "$(rule)"
	echo 'nonsense' >>/etc/vtepd/wg0.conf
	ctl reload vtepd@wg0
	check "a reload of a bad file leaves it running" running
	check "and talking" ping_all vm1 172.16.30.52
	sed -i '$d' /etc/vtepd/wg0.conf
	check "stop" ctl stop vtepd@wg0
	check "everything is removed, wg0 too" wait_for 10 back
	check "PostDown has run" wait_for 10 rule_gone	# by vtepd-down@, after the device has gone
	# And with a device that somebody else makes, by udev, which tells systemd of it.
	check "udevd" ctl start udevd
	check_fail "there is no device: it does not run" running
	ip -n "${netns[h1]}" link add wg0 type wireguard
	check "the device comes: it is started" wait_for 20 running
	ip -n "${netns[h1]}" link set "${guest_port[vm1]}" master br0
	check "guests talk" wait_for 10 ping_all vm1 172.16.30.52
	ip -n "${netns[h1]}" link del wg0
	check "the device goes: it is stopped" wait_for 20 is ActiveState inactive
	check "everything is removed" wait_for 20 back
	check "udevd ends" ctl stop udevd
	rm -r /etc/vtepd
fi
[ $tap_failed -eq 0 ] || diag_file "$tmp/systemd.log"
reap systemd KILL
check "h2: stops" vtepd_stop h2
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Devices that NetworkManager made, out of recipe S0 as one does it on RHEL: wg0 imported from wg-quick's file,
# vxlan1 in br0 by nmcli. vtepd serves them in place, and goes on while NetworkManager applies its profiles
# again and is restarted; and it leaves alone what vtepd makes.
#
#	vm1 -- br0 h1 vxlan1 ==== WireGuard ==== vx1 h2 br0 -- vm2
#	       (NetworkManager)

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

for program in NetworkManager nmcli dbus-daemon; do
	command -v $program >/dev/null || skip_all "no $program here"
done
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$tmp/bus

bus_start() {
	cat >"$tmp/bus.conf" <<-END
		<busconfig>
			<type>system</type>
			<listen>$DBUS_SYSTEM_BUS_ADDRESS</listen>
			<policy context="default">
				<allow user="*"/> <allow own="*"/>
				<allow send_destination="*"/> <allow eavesdrop="true"/>
			</policy>
		</busconfig>
	END
	spawn bus dbus-daemon --config-file="$tmp/bus.conf" --nofork --nopidfile
	wait_for 10 test -S "$tmp/bus"
}

# manager_start: of h1. On a /sys that can't be written NetworkManager does not wait for udev.
manager_start() {
	printf '%s\n' '[main]' 'plugins=keyfile' 'no-auto-default=*' 'dns=none' 'auth-polkit=false' 'dhcp=internal' \
		'[keyfile]' "path=$tmp/connections" 'unmanaged-devices=interface-name:eth0;interface-name:vethvm*' \
		>"$tmp/manager.conf"
	spawn_on h1 manager unshare --mount bash -c "mount -o remount,bind,ro /sys &&
		exec NetworkManager --no-daemon --config '$tmp/manager.conf' --config-dir '$tmp/conf.d' \
			--system-config-dir '$tmp/conf.d' --state-file '$tmp/manager.state' --pid-file '$tmp/manager.pid'"
	wait_for 20 manager_runs
}

nm() { on h1 nmcli "$@"; }
manager_runs() { nm -t -f RUNNING general | grep -qx running; }
state_of() { nm -g GENERAL.STATE device show "$1"; }			# state_of DEVICE: "100 (connected)"
is_external() { state_of "$1" | grep -q externally; }

by_nmcli() { # the recipe's lines
	mkdir -m 700 "$tmp/quick" "$tmp/conf.d" "$tmp/connections"
	node_file h1 h2
	sed '/^\[VNI\]/,/^$/d' "$tmp/h1/wg0.conf" >"$tmp/quick/wg0.conf"
	nm connection import type wireguard file "$tmp/quick/wg0.conf" &&
		nm connection add type bridge ifname br0 con-name br0 bridge.stp no ipv4.method manual \
			ipv4.addresses 172.16.30.1/24 ipv6.method disabled &&
		nm connection add type vxlan ifname vxlan1 con-name vxlan1 vxlan.id 1 vxlan.remote 172.16.0.2 \
			vxlan.destination-port 4789 master br0 slave-type bridge &&
		nm connection up wg0 && nm connection up br0 && nm connection up vxlan1
}

adopted() { on h1 vtepctl -j show | jq -r '.. | objects | select(.adopted) | .ifname'; }
fast() { # fast PACKETS: so many frames of vm1 have gone from port to tunnel since the last call
	local before=${sent-0}

	sent=$(on h1 vtepctl -j stats | jq '[.[] | select(.hook == "port-rx" and .reason == "encap") | .packets] | add // 0')
	[ $((sent - before)) -ge "$1" ]
}
devices() { # of h1, but for timers that run
	ip -n "${netns[h1]}" -d -j link show |
		jq '[.[] | {ifname, mtu, master, kind: .linkinfo.info_kind, vxlan: (if .linkinfo.info_kind == "vxlan" then .linkinfo.info_data else null end)}]'
}
no_device() { ! ip -n "${netns[h1]}" link show dev "$1"; }	# no_device DEVICE
talk() { # talk WHAT
	check "$1: guests talk" wait_for 10 ping_all vm1 172.16.30.52
	check "$1: by the fast path" fast 2
	check "$1: so do host and guest" ping_all h1 172.16.30.52
}

bare_hypervisors 2
node_file h2 h1
check "h2: ready" node_start h2
bus_start
attempt manager_start || { diag_file "$tmp/manager.log"; skip_all "NetworkManager does not start here"; }
check "by nmcli" by_nmcli
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "the kernel's vxlan alone: guests talk" wait_for 10 ping_all vm1 172.16.30.52
devices >"$tmp/before"

check "vtepd: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --remote 172.16.0.2
check_equal "vtepd: adopts" vxlan1 "$(adopted)"
talk "adopted"
nm connection modify br0 +ipv4.addresses 172.16.31.1/24
check "a profile is applied again" nm device reapply br0
talk "a profile is applied again"
check "another is activated again" nm connection up wg0
talk "another is activated again"
reap manager
check "NetworkManager: started again" manager_start
has_vxlan1() { state_of vxlan1 | grep -q '^100'; }
check "NetworkManager: has its devices again" wait_for 10 has_vxlan1
talk "NetworkManager started again"
check "vtepd: stops" vtepd_stop h1
check "the devices are as NetworkManager made them" diff "$tmp/before" <(devices)
check "the kernel's vxlan alone again: guests talk" wait_for 10 ping_all vm1 172.16.30.52
guest_del vm1
check "nmcli: all away" nm connection delete vxlan1 br0 wg0
check "nmcli: wg0 has gone" wait_for 10 no_device wg0

# The other way round: vtepd's own devices beside a NetworkManager.
sent=0
check "one file: ready" node_start h1
guest_veth h1 vm1 br0 172.16.30.51/24
ip -n "${netns[h1]}" address add 172.16.30.1/24 dev br0
talk "one file"
for dev in wg0 br0 vx1; do
	check "one file: NetworkManager leaves $dev alone" wait_for 10 is_external $dev
done
reap manager
check "NetworkManager: started again" manager_start
talk "one file, NetworkManager started again"
check "one file: stops" vtepd_stop h1
check_equal "nothing is left" "" "$(ip -n "${netns[h1]}" -o link show | grep -E ' (wg0|br0|vx1)[:@]')"
[ $tap_failed -eq 0 ] || diag_file "$tmp/manager.log"
reap manager
reap bus
check "h2: stops" vtepd_stop h2
finish

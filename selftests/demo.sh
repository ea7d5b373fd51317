#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` shows: two hypervisors with WireGuard between them, a vtepd on each, guests, traffic, and what
# an operator sees. Runs in a guest, or here where the kernel has WireGuard; in namespaces of its own either way.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/net/lib.sh"

title() { printf '\n== %s\n' "$1"; }

# shown H COMMAND...: as typed, and what it prints
shown() {
	local name=$1

	shift
	printf '\n%s# %s\n' "$name" "$*"
	on "$name" "$@"
}

title "two hypervisors, WireGuard between them, no VXLAN yet"
hypervisors 2
shown h1 wg show wg0 allowed-ips

title "vtepd on both"
printf '\nh1# vtepd --iface wg0 --vni 1 --bridge br0\n'
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
printf '\nh2# vtepd --iface wg0 --vni 1 --bridge br0\n'
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0

title "a guest over a tap on each bridge"
guest_tap h1 vm1 br0 172.16.30.51/24
guest_tap h2 vm2 br0 172.16.30.52/24
shown vm1 ping -n -c 3 -i 0.2 172.16.30.52
check "guest to guest" ping_all vm1 172.16.30.52
check "bulk TCP, guest to guest" bulk_tcp vm1 vm2 172.16.30.52 3
echo "$bulk_report"

for h in h1 h2; do
	title "$h"
	shown $h vtepctl show
	shown $h vtepctl fdb show
	shown $h vtepctl flood show
	shown $h vtepctl stats
done

title "stopped: nothing is left"
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
shown h1 ip -brief link
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A node out of one file: vtepd makes wg0, its peers, addresses, routes and the segment, and at its
# end nothing of them is left.
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

# same_as_wg H: what wg(8) would make of the file, its syncconf has nothing to do for
same_as_wg() {
	sed '/^Address\|^\[VNI\]\|^VNI\|^Bridge/d' "$tmp/$1/wg0.conf" >"$tmp/stripped"
	on "$1" wg showconf wg0 >"$tmp/showconf.before"
	on "$1" wg syncconf wg0 "$tmp/stripped" && on "$1" wg showconf wg0 >"$tmp/showconf.after"
	diff "$tmp/showconf.before" "$tmp/showconf.after"
}

secrets() { # secrets TEXT-FILE...: no key in them
	! grep -F -e "$(cat "$tmp/h1.key")" -e "$psk" -e "$(tail -c +2 "$tmp/h1.key" | head -c 30)" "$@"
}

# in_output WHAT COMMAND...
in_output() {
	local what=$1

	shift
	"$@" | grep -q "$what"
}

bare_hypervisors 2
for h in h1 h2; do
	node_state $h >"$tmp/state.$h"
done
interface_lines="FwMark = 0x1023" peer_lines="PersistentKeepalive = 25
AllowedIPs = 10.99.0.0/16, fd99::/64" node_file h1 h2
node_file h2 h1
look() { on h1 vtepd --config "$tmp/h1/wg0.conf" --check >"$tmp/check.log" 2>&1; }
check "a look at what the file asks for" look
check "and says what would be made" in_output 'wg0: would make it' cat "$tmp/check.log"
check "and changes nothing" diff "$tmp/state.h1" <(node_state h1)
check "h1: ready" node_start h1
check "h2: ready" node_start h2
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "they talk through the tunnel" ping_all vm1 172.16.30.52
check "the hosts, too" ping_all h1 172.16.0.2
check "h1: wg showconf and syncconf agree with the file" same_as_wg h1
check_equal "h1: mark, keepalive and prefixes" "0x1023 25 172.16.0.2/32 10.99.0.0/16 fd99::/64" \
	"$(wg_show h1 fwmark) $(wg_show h1 persistent-keepalive | cut -f2) $(wg_show h1 allowed-ips | cut -f2)"
check_equal "h1: port" 51820 "$(wg_show h1 listen-port)"
check_equal "h1: preshared key is set" 1 "$(on h1 wg show wg0 preshared-keys | grep -cF "$psk")"
check_equal "h1: MTU" 1420 "$(ip -n "${netns[h1]}" -j link show wg0 | jq '.[0].mtu')"
check "h1: IPv6 link-local address" grep -q 'inet6 fe80' <(ip -n "${netns[h1]}" address show dev wg0)
check "h1: the way to VTEPs is guarded" grep -q 'unreachable 172.16.0.0/16.*metric' \
	<(ip -n "${netns[h1]}" route show)

# Down and up again by hand: while it is down, VTEPs are reached nowhere else.
ip -n "${netns[h1]}" route add default via 10.19.3.5
ip -n "${netns[h1]}" link set wg0 down
check_fail "h1: wg0 down: no other way to the VTEP" ip -n "${netns[h1]}" route get 172.16.0.2
ip -n "${netns[h1]}" link set wg0 up
check "h1: up again: link-local address" wait_for 5 in_output 'inet6 fe80' ip -n "${netns[h1]}" address show dev wg0
check "h1: up again: they talk" wait_for 5 ping_all vm1 172.16.30.52
ip -n "${netns[h1]}" route del default

# Secrets.
tr '\0' '\n' <"/proc/$(vtepd_pid h1)/cmdline" >"$tmp/leak.cmdline"
tr '\0' '\n' <"/proc/$(vtepd_pid h1)/environ" >"$tmp/leak.environ"
spawn_on h1 leak.monitor vtepctl -j monitor
for what in show "fdb show" "flood show" peer "vni show" stats mtu "path 172.16.30.52" \
	"conf show $tmp/h1/wg0.conf" "conf check $tmp/h1/wg0.conf" "conf diff $tmp/h1/wg0.conf"; do
	# shellcheck disable=SC2086 # several words
	on h1 vtepctl -j -d $what >"$tmp/leak.${what%% /*}" 2>&1
done
check "all of them have said something" test -s "$tmp/leak.peer" -a -s "$tmp/leak.conf show" -a -s "$tmp/leak.conf check"
cat /proc/[0-9]*/cmdline | tr '\0' '\n' >"$tmp/leak.processes"
reap leak.monitor
mv "$tmp/leak.monitor.log" "$tmp/leak.monitor"
check "no key in arguments, environment, log and JSON" secrets "$tmp"/leak.* "$tmp/vtepd-h1.log"
check_fail "(a key would be found)" secrets "$tmp/h1/wg0.conf"
memory() { # memory PID: what is in its writable memory, in hex; what repeats, as zeroes do, once
	local range from to

	grep ' rw' "/proc/$1/maps" | while read -r range _; do
		from=$((16#${range%-*})) to=$((16#${range#*-}))
		dd if="/proc/$1/mem" bs=1M iflag=skip_bytes,count_bytes skip=$from count=$((to - from)) status=none 2>/dev/null
	done | od -An -tx1 | tr -d ' \n*'
}
in_memory() { od -An -v -tx1 | tr -d ' \n' | grep -oFf - "$tmp/memory" | wc -l; }	# how often standard input is
memory "$(vtepd_pid h1)" >"$tmp/memory"
for key in "$(cat "$tmp/h1.key")" "$psk"; do
	check_equal "a key is in vtepd's memory no more" 0 "$(base64 -d <<<"$key" | in_memory)"
	check_equal "nor is its text" 0 "$(head -c 43 <<<"$key" | in_memory)"
done
check_fail "(a public one is)" test "$(wg_key h2 | base64 -d | in_memory)" -eq 0
rm "$tmp/memory"

# Killed: everything goes on; the next one knows what is whose.
vtepd_stop h1 KILL
check "killed: they talk" ping_all vm1 172.16.30.52
check "h1: started again" node_start h1
check "started again: they talk" ping_all vm1 172.16.30.52
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
guest_del vm1
guest_del vm2
check "h1: nothing is left" diff "$tmp/state.h1" <(node_state h1)
check "h2: nothing is left" diff "$tmp/state.h2" <(node_state h2)

# IPv6 below and inside; the VTEPs are IPv4 all the same.
for h in h1 h2; do
	ip -n "${netns[$h]}" address add "fd03::${h#h}/64" dev eth0 nodad
done
interface_lines="Address = fd16::1/64" peer_lines="AllowedIPs = fd16::2/128" node_file h1 h2
interface_lines="Address = fd16::2/64" peer_lines="AllowedIPs = fd16::1/128" node_file h2 h1
sed -i 's/^Endpoint.*/Endpoint = [fd03::2]:51820/' "$tmp/h1/wg0.conf"
sed -i 's/^Endpoint.*/Endpoint = [fd03::1]:51820/' "$tmp/h2/wg0.conf"
check "h1: ready over IPv6" node_start h1
check "h2: ready over IPv6" node_start h2
check "h1 to h2: IPv6 inside IPv6" on h1 ping -c 3 -i 0.2 fd16::2
check "h1 to h2: IPv4 inside IPv6" ping_all h1 172.16.0.2
check_equal "h1: IPv6 endpoint" "[fd03::2]:51820" "$(wg_show h1 endpoints | cut -f2)"
check "h1: wg agrees" same_as_wg h1
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
finish

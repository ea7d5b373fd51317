#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vtepctl monitor says what happens, once each: MACs that come, move, age and are deleted, peers, segments.
#
#	vm1, vm3 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count() { [ "$(jq -s "[.[] | select($1)] | length" "$tmp/monitor.log")" = "${2-1}" ]; }	# count FILTER [N]
event() { wait_for "${3-5}" count "$1" "${2-1}" || { tail -n 5 "$tmp/monitor.log"; return 1; }; }	# event FILTER [N [SECONDS]]
at_h2() { on h1 vtepctl -j fdb get "$1" | jq -e '.[0].dst == "172.16.0.2"'; }	# at_h2 MAC
mac() { echo ".mac == \"${guest_mac[$1]}\" and .event == \"$2\""; }	# mac GUEST EVENT
start() { vtepd_start h1 --iface wg0 --ageing 20 --keep "$@"; }

hypervisors 2
check "h1: ready" start --vni 1 --bridge br0
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
ip -n "${netns[h1]}" link set br0 type bridge ageing_time 2000
spawn_on h1 monitor vtepctl -j monitor
spawn_on h1 lines vtepctl -t monitor fdb
for label in monitor lines; do	# what stands has been read, it waits for what comes
	check "$label: waits" wait_for 5 asleep "${process[$label]}" poll
done

check "they talk" ping_all vm1 172.16.30.52
check "vm2 is new, behind its peer" event "$(mac vm2 new) and .dst == \"172.16.0.2\" and .peer == \"$(wg_key h2)\""
check "vm1 is new, at its port" event "$(mac vm1 new) and .ifname == \"vethvm1\" and .type == \"local\""
check "as lines, with the time" wait_for 5 grep -qE "^\[20..-..-..T..:..:..\....\] new      ${guest_mac[vm2]} vni 1 dst 172.16.0.2 peer " "$tmp/lines.log"
check "an object says when and where" jq -se 'all(.[]; .time > 1000000000 and .interface == "wg0")' "$tmp/monitor.log"
check "talk is no event" ping_all vm1 172.16.30.52
check "once each" count "$(mac vm2 new)"

# vm2's address comes to h1, and goes back
guest_veth h1 vm3 br0 172.16.30.53/24
ip -n "${netns[vm3]}" link set eth0 address "${guest_mac[vm2]}"
check "a guest with vm2's address talks" ping_all vm3 172.16.30.51
check "it has moved here" event "$(mac vm2 moved) and .ifname == \"vethvm3\" and .from.dst == \"172.16.0.2\""
guest_del vm3
check "vm2 talks" ping_all vm2 172.16.30.51
check "and is back" event ".mac == \"${guest_mac[vm2]}\" and .dst == \"172.16.0.2\"" 2
# Two homes at once: vtepd must not take the notification of its own removal of the kernel's entry for an operator's
guest_veth h1 vm3 br0 -
twice=ffffffffffff$(echo "${guest_mac[vm2]}" | tr -d :)88b5$(printf '00%.0s' {1..46})
on vm3 frame eth0 "$twice"
on vm2 frame eth0 "$twice"
check "it comes here and goes at once" wait_for 5 at_h2 "${guest_mac[vm2]}"
guest_del vm3
check "and is still known when the other has gone" at_h2 "${guest_mac[vm2]}"

# What an operator does
check "fdb add" on h1 vtepctl fdb add 52:54:00:99:99:99 dst 172.16.0.2
check "is an event" event '.mac == "52:54:00:99:99:99" and .event == "new" and .type == "static"'
check "fdb del" on h1 vtepctl fdb del 52:54:00:99:99:99
check "is one" event '.mac == "52:54:00:99:99:99" and .event == "deleted"'
check "flood add" on h1 vtepctl flood add 172.16.0.77
check "is one" event '.mac == "00:00:00:00:00:00" and .dst == "172.16.0.77" and .event == "new" and .type == "flood"'
check "flood del" on h1 vtepctl flood del 172.16.0.77
check "is one" event '.mac == "00:00:00:00:00:00" and .dst == "172.16.0.77" and .event == "deleted"'

# Silence
check "vm2 ages out" event "$(mac vm2 aged-out)" 1 40
check "vm1 too" event "$(mac vm1 aged-out)" 1 40

# Peers
on h1 wg set wg0 peer "$(wg_key h2)" remove
check "a peer is gone" event '.object == "peer" and .event == "gone"'
wireguard_peer h1 h2
check "and new" event '.object == "peer" and .event == "new" and .up == false'
check "h1 to h2" ping_all h1 172.16.0.2
check "and up" event '.object == "peer" and .event == "up"' 
if [ -d /out ]; then		# a guest, whose clock is nobody else's
	date -s "@$(($(date +%s) + 200))" >/dev/null
	check "down, when its session is over" event '.object == "peer" and .event == "down"'
	date -s "@$(($(date +%s) - 200))" >/dev/null
fi

# Segments, and the end
check "vni show" jq -e 'length == 1 and (.[0] | .vni == 1 and .ifname == "vx1" and .master == "br0" and .overlay_mtu == 1370)' \
	<(on h1 vtepctl -j vni show)
check_fail "of one that is not there" on h1 vtepctl vni show vni 7
vtepd_stop h1
check "a segment more" start --vni 1 --bridge br0 --vni 7 --bridge br7
check "is an event" event '.object == "vni" and .event == "new" and .vni == 7 and .ifname == "vx7"'
check_equal "vni show: two" 2 "$(on h1 vtepctl -o vni show | wc -l)"
vtepd_stop h1
check "h1: everything is removed" on h1 vtepd --iface wg0 --vni 1 --bridge br0 --vni 7 --bridge br7 --down
check "the monitor ends" wait_for 5 gone "${process[monitor]}"
status=0
wait "${process[monitor]}" || status=$?
unset "process[monitor]"
check_equal "with exit code 4" 4 $status
check "and says why" grep -q 'the instance of wg0 is gone' "$tmp/monitor.log"
check "h2: stops" vtepd_stop h2
finish

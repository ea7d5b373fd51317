#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A vtepd that dies, starts again and stops while guests talk:
#
#	vm1 -- br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0 -- vm2
#
# The frames' walk does not change: programs and maps are pinned, the process only reconciles.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# talk LABEL COUNT: pings from vm1 to vm2, 100 a second, in the background
talk() { spawn_on vm1 "$1" ping -n -q -i 0.01 -c "$2" -W 5 172.16.30.52; }

# heard LABEL: all of them were answered, once each
heard() {
	wait_for 120 gone "${process[$1]}"
	wait "${process[$1]}"
	unset "process[$1]"
	cat "$tmp/$1.log"
	grep -q ' 0% packet loss' "$tmp/$1.log" && ! grep -q duplicates "$tmp/$1.log"
}

objects() { # objects: programs, maps and links of the whole machine, and the pins
	echo "$(bpftool -j prog list | jq length) programs," \
		"$(bpftool -j map list | jq length) maps," \
		"$(bpftool -j link list | jq length) links, $(find /sys/fs/bpf -type f | wc -l) pins"
}

macs() { # macs H: what BPF knows, without ages
	on "$1" vtepctl -j fdb show | jq '[.[] | {mac, vni, ifname, dst, type}] | sort_by(.mac, .dst)'
}

devices() { # devices H: names and settings, no counters
	ip -n "${netns[$1]}" -d -j link show | jq '[.[] | del(.ifindex, .link_index, .linkinfo.info_data.gc_timer,
		.linkinfo.info_data.hello_timer, .linkinfo.info_data.tcn_timer,
		.linkinfo.info_data.topology_change_timer, .linkinfo.info_slave_data)]'
}

hypervisors 2
objects >"$tmp/objects.before"
devices h1 >"$tmp/devices.before"
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
guest_veth h1 vm1 br0 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "they talk" ping_all vm1 172.16.30.52
objects >"$tmp/objects.running"
macs h1 >"$tmp/macs"

talk killed 300
check "h1: killed" vtepd_stop h1 KILL
check "no entry is lost with it" diff "$tmp/macs" <(macs h1)
check "vtepctl says that it is dead" grep -q 'daemon: not running' <(on h1 vtepctl show)
check "no frame is lost with it" heard killed

talk restarted 600
check "h1: started again" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "no entry is lost by the take-over" diff "$tmp/macs" <(macs h1)
for _ in 1 2 3 4 5; do
	vtepd_stop h1 KILL && vtepd_start h1 --iface wg0 --vni 1 --bridge br0 || not_ok "five rounds"
done
check "no frame is lost by five more rounds" heard restarted
check "programs, maps, links and pins are as many as before" diff "$tmp/objects.running" <(objects)

# What changed while it was dead: a port more, a port less, a static MAC, a flood entry.
vtepd_stop h1 KILL
guest_veth h1 vm3 br0 172.16.30.53/24
bridge -n "${netns[h1]}" fdb add 52:54:00:99:99:99 dev vx1 dst 172.16.0.2 self permanent
bridge -n "${netns[h1]}" fdb append 00:00:00:00:00:00 dev vx1 dst 172.16.0.77 self permanent
check "h1: started after changes" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "a port that came meanwhile works" ping_all vm3 172.16.30.52
check "a static MAC that came meanwhile is there" \
	jq -e 'any(.[]; .mac == "52:54:00:99:99:99" and .type == "static")' <(on h1 vtepctl -j fdb show)
check "a flood entry that came meanwhile is there" \
	jq -e 'any(.[]; .dst == "172.16.0.77")' <(on h1 vtepctl -j flood show)
vtepd_stop h1 KILL
guest_del vm3
bridge -n "${netns[h1]}" fdb del 52:54:00:99:99:99 dev vx1 dst 172.16.0.2 self
bridge -n "${netns[h1]}" fdb del 00:00:00:00:00:00 dev vx1 dst 172.16.0.77 self
check "h1: started after they went" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "nothing of them is left" diff "$tmp/macs" <(macs h1)
check "they still talk" ping_all vm1 172.16.30.52

# Hot-plug: a port's MACs go with it, and its program and slot leak nothing.
for i in $(seq 10); do
	guest_veth h1 "hot$i" br0 "172.16.30.$((100 + i))/24"
	ping_all "hot$i" 172.16.30.52 >/dev/null || not_ok "hot-plugged guest $i"
	guest_del "hot$i"
done
check "ten guests came and went" wait_for 5 diff "$tmp/macs" <(macs h1)
check "and left no object" wait_for 5 diff "$tmp/objects.running" <(objects)

check "h1: stops" vtepd_stop h1
check_fail "nobody forwards now" ping_all vm1 172.16.30.52
check "h1: devices are as before" diff "$tmp/devices.before" <(devices h1 | jq 'map(select(.ifname != "vethvm1"))')
check "h2: stops" vtepd_stop h2
check "no program, map, link or pin is left" diff "$tmp/objects.before" <(objects)
check_equal "h1: no qdisc is left" "" "$(tc -n "${netns[h1]}" qdisc show | grep clsact)"
finish

# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon: how long it takes to start, what it works and holds. Sourced by scale.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154

# bench_start [VNIS:PEERS...]
bench_start() {
	local size

	[ $# -gt 0 ] || set -- 1:1 100:1 256:1 1:1000
	for size; do
		start_one "${size%:*}" "${size#*:}"
		setup_clear
	done
}

start_one() { # start_one VNIS PEERS
	local i begin line arguments=() pid

	hypervisors 2
	[ "$2" -eq 1 ] || start_peers "$2"
	for ((i = 1; i <= $1; i++)); do
		arguments+=(--vni "$i")
	done
	begin=${EPOCHREALTIME/[.,]/}
	spawn_on h1 vtepd-h1 vtepd --iface wg0 "${arguments[@]}" --accel "$(start_accel)"
	pid=${process[vtepd-h1]}
	wait_for 250 grep -qw ready "$tmp/vtepd-h1.log" || {
		not_ok "$setup: starts with $1 segments and $2 peers" "$(tail -n 5 "$tmp/vtepd-h1.log")"
		return
	}
	line=$((${EPOCHREALTIME/[.,]/} - begin))
	ok "$setup: starts with $1 segments and $2 peers"
	figure "start-$1-vni-$2-peer" daemon ms "$((line / 1000))" \
		cpu_ms "$(awk '{ printf "%.1f", $1 / 1e6 }' "/proc/$pid/schedstat")" \
		rss_kb "$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")" \
		anon_kb "$(awk '/RssAnon/ { print $2 }' "/proc/$pid/status")" \
		maps_kb "$(maps_kb "$pid")"
}

start_accel() { if [ "$setup" = vtepd-off ]; then echo off; else echo auto; fi; }

# start_peers N: that many peers with an address each; their keys are nobody's
start_peers() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		for (i = 0; i < n; i++) {
			key = ""
			for (j = 0; j < 42; j++)
				key = key substr(set, 1 + int(rand() * 64), 1)
			printf "[Peer]\nPublicKey = %sA=\nAllowedIPs = 172.16.%d.%d/32\n", \
				key, 1 + i / 250, 1 + i % 250
		}
	}' >"$tmp/peers"
	on h1 wg addconf wg0 "$tmp/peers"
}

maps_kb() { # maps_kb PID: kernel memory of the maps it holds
	cat "/proc/$1"/fdinfo/* 2>/dev/null |
		awk '$1 == "memlock:" { bytes = $2 } $1 == "map_id:" && !seen[$2]++ { sum += bytes }
			END { printf "%d", sum / 1024 }'
}

at_rest() { # at_rest PID: it does nothing for a while
	local before

	before=$(cat "/proc/$1/schedstat")
	sleep 0.3
	[ "$before" = "$(cat "/proc/$1/schedstat")" ]
}

# bench_ports [N]: the daemon's work to take up a bridge port
bench_ports() {
	local n=${1:-50} i pid before after links

	hypervisors 2
	check "$setup: vtepd" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 --accel "$(start_accel)"
	pid=$(vtepd_pid h1)
	for ((i = 0; i < n; i++)); do
		ip -n "${netns[h1]}" link add "p$i" up type veth peer name "q$i"
		ip -n "${netns[h1]}" link set "q$i" up
	done
	wait_for 20 at_rest "$pid" || not_ok "$setup: vtepd comes to rest"
	links=$(bpftool -j link show | jq length)
	before=$(awk '{ print $1 }' "/proc/$pid/schedstat")
	for ((i = 0; i < n; i++)); do
		ip -n "${netns[h1]}" link set "p$i" master br0
	done
	check "$setup: $n ports are taken up" wait_for 30 ports_taken $((links + n))
	after=$(awk '{ print $1 }' "/proc/$pid/schedstat")
	figure "port" daemon instructions/port $(((after - before) / n))
}

ports_taken() { # ports_taken N: that many attachments, of whatever kind
	[ $(($(bpftool -j link show | jq length) +
		$(on h1 bpftool -j net show | jq '[.[].tc[]? | select(.name | contains("port_rx"))] | length'))) -ge "$1" ]
}

# SPDX-License-Identifier: GPL-2.0-only
#
# Traffic, counters and captures. Sourced by lib.sh.
# shellcheck shell=bash

#--- traffic

# ping_all FROM ADDRESS [PING OPTIONS...]: every request must be answered
ping_all() {
	local from=$1 to=$2

	shift 2
	on "$from" ping -n -q -c 3 -i 0.2 -W 3 "$@" "$to" >"$tmp/ping" 2>&1
	cat "$tmp/ping"
	grep -q ' 0% packet loss' "$tmp/ping"
}

# ping_none FROM ADDRESS [PING OPTIONS...]: fails if anything answers. Give every use of it
# a positive control.
ping_none() {
	local from=$1 to=$2

	shift 2
	on "$from" ping -n -q -c 3 -i 0.2 -W 1 "$@" "$to" >"$tmp/ping" 2>&1
	cat "$tmp/ping"
	grep -q ' 0 received' "$tmp/ping"
}

listens() { # listens NAME t|u PORT
	[ -n "$(on "$1" ss -Hln"$2" "sport = :$3")" ]
}

compare_begin() {
	rm -f "$tmp/received"
	head -c "$1" /dev/urandom >"$tmp/sent"
}

# tcp_compare FROM TO ADDRESS BYTES (IPv6 in brackets): what TO receives is what FROM sent
tcp_compare() {
	compare_begin "$4"
	spawn_on "$2" compare socat -u TCP6-LISTEN:5000,reuseaddr,ipv6only=0 \
		"CREATE:$tmp/received"
	wait_for 5 listens "$2" t 5000 || return 1
	on "$1" timeout 60 socat -u STDIN "TCP:$3:5000" <"$tmp/sent" || return 1
	compare_end
	cmp "$tmp/sent" "$tmp/received"
}

# udp_compare FROM TO ADDRESS BYTES [DATAGRAM]: the same by datagrams, which two CPUs may
# put into another order
udp_compare() {
	compare_begin "$4"
	spawn_on "$2" compare socat -u -b 65536 UDP-RECV:5000,rcvbuf=1000000 \
		"CREATE:$tmp/received"
	wait_for 5 listens "$2" u 5000 || return 1
	on "$1" socat -u -b "${5:-1000}" STDIN "UDP:$3:5000" <"$tmp/sent" || return 1
	compare_end
	cmp <(datagrams "${5:-1000}" "$tmp/sent") <(datagrams "${5:-1000}" "$tmp/received")
}

compare_end() {
	wait_for 10 same_size "$tmp/sent" "$tmp/received"
	reap compare || :
}

datagrams() { od -An -v -tx1 -w"$1" "$2" | sort; } # datagrams SIZE FILE: one a line

same_size() { [ "$(stat -c %s "$1")" = "$(stat -c %s "$2")" ]; }

# bulk_tcp FROM TO ADDRESS SECONDS [IPERF3 OPTIONS...]: sets bulk_mbps (what arrived),
# bulk_retransmitted, bulk_sack_reorder, bulk_out_of_order, and bulk_report with all four
bulk_tcp() {
	local from=$1 to=$2 address=$3 seconds=$4
	local -a before after

	shift 4
	bulk_mbps=0 bulk_retransmitted=0 bulk_sack_reorder=0 bulk_out_of_order=0
	bulk_report="no result"
	read -r -a before < <(tcp_counters "$from" "$to")
	spawn_on "$to" iperf3-server iperf3 -s -1
	wait_for 5 listens "$to" t 5201 || return 1
	on "$from" timeout $((seconds * 10 + 30)) iperf3 -c "$address" -t "$seconds" -J "$@" \
		>"$tmp/iperf3.json" || { cat "$tmp/iperf3.json"; reap iperf3-server; return 1; }
	reap iperf3-server || :
	read -r -a after < <(tcp_counters "$from" "$to")
	bulk_mbps=$(jq '.end.sum_received.bits_per_second / 1e6 | floor' "$tmp/iperf3.json")
	bulk_retransmitted=$((after[0] - before[0]))
	bulk_sack_reorder=$((after[1] - before[1]))
	bulk_out_of_order=$((after[2] - before[2]))
	bulk_report="$bulk_mbps Mb/s, retransmitted $bulk_retransmitted,"
	bulk_report+=" SACK reorder $bulk_sack_reorder, out of order $bulk_out_of_order"
	[ "$bulk_mbps" -gt 0 ]
}

#--- counters

# link_count NAME DEV PATH: e.g. link_count h1 wg0 tx.packets
link_count() {
	ip -n "${netns[$1]}" -s -j link show dev "$2" | jq ".[0].stats64.$3"
}

# link_counts NAME DEV: every counter, one line, to compare
link_counts() {
	ip -n "${netns[$1]}" -s -j link show dev "$2" | jq -c '.[0].stats64'
}

nstat_count() { # nstat_count NAME COUNTER: since the namespace was made
	on "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# tcp_counters SENDER RECEIVER: retransmitted, SACK reorder, out of order
tcp_counters() {
	echo "$(nstat_count "$1" TcpRetransSegs) $(nstat_count "$1" TcpExtTCPSACKReorder)" \
		"$(nstat_count "$2" TcpExtTCPOFOQueue)"
}

#--- captures

# capture_start NAME DEV FILE [FILTER...]: returns once packets are seen
capture_start() {
	local name=$1 dev=$2 file=$3

	shift 3
	spawn_on "$name" "capture-${file##*/}" \
		tcpdump -n -U --immediate-mode -s 65535 -B 32768 -Z root -i "$dev" -w "$file" "$@"
	wait_for 10 says "$tmp/capture-${file##*/}.log" "listening on"
}

# capture_stop FILE: returns once every packet that passed the filter is in it
capture_stop() {
	local label=capture-${1##*/}

	wait_for 10 capture_drained "$label" || diag "${1##*/}: packets lost"
	reap "$label" INT
}

capture_drained() { # capture_drained LABEL: tcpdump answers SIGUSR1 with its counters
	local log=$tmp/$1.log before line

	before=$(grep -c 'received by filter' "$log")
	kill -USR1 "${process[$1]}" || return 1
	until [ "$(grep -c 'received by filter' "$log")" -gt "$before" ]; do
		alive "$1" || return 1
		nap 0.05
	done
	line=$(grep -o '[0-9]* packets\? captured, [0-9]* packets\? received' "$log" | tail -n 1)
	[ -n "$line" ] && [ "${line%% *}" = "$(cut -d' ' -f4 <<<"$line")" ]
}

# capture_count FILE [FILTER...]: how many packets
capture_count() {
	local file=$1

	shift
	tcpdump -n -Z root --count -r "$file" "$@" 2>/dev/null | cut -d' ' -f1
}

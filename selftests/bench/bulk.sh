# SPDX-License-Identifier: GPL-2.0-only
#
# Bulk TCP, alone and with requests and responses of one byte beside it: Mb/s of a CPU with a
# billion instructions a second, and the counters that tell of reordering and loss. Sourced by
# guest.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154

bench_bulk() { # bench_bulk [MBYTE [STREAMS...]]
	local bytes=$((${1:-12} * 1000000)) n

	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- 1 8
	for n; do
		bulk_one "bulk4-$n" veth vm1 vm2 4 "$bytes" "$n"
		bulk_one "bulk4-$n" tap vm3 vm4 4 "$bytes" "$n"
		bulk_one "bulk4-$n-back" veth vm2 vm1 4 "$bytes" "$n"
		bulk_one "bulk4-$n-back" tap vm4 vm3 4 "$bytes" "$n"
		[ "$n" -eq 1 ] || continue
		bulk_one "bulk6-$n" veth vm1 vm2 6 "$bytes" "$n"
		bulk_one "bulk6-$n" tap vm3 vm4 6 "$bytes" "$n"
	done
}

bench_mixed() { # bench_mixed [MBYTE]
	local bytes=$((${1:-12} * 1000000))

	bulk_one mixed4 veth vm1 vm2 4 "$bytes" 1 mixed
	bulk_one mixed4 tap vm3 vm4 4 "$bytes" 1 mixed
}

bulk_one() { # bulk_one WORKLOAD PATH FROM TO FAMILY BYTES STREAMS [mixed]
	local before after talk

	before=$(bulk_counters "$3" "$4")
	measure "$1" "$2" - "$3" "$4" "$(guest_ip "$4" "$5")" "${8-bulk}" "$6" "$7"
	after=$(bulk_counters "$3" "$4")
	read -r value talk <<<"$value"
	[ "$value" = null ] || value=$(awk -v ns="$value" 'BEGIN { printf "%.1f", 8000 / ns }')
	# shellcheck disable=SC2046 # a name and a number each
	figure "$1" "$2" 'Mb/s' "$value" $(paste -d' ' <(echo "$before") <(echo "$after") |
		awk '{ print $1, $4 - $2 }')
	[ "${8-bulk}" = bulk ] || figure "$1-rr" "$2" 'instructions/round trip' "${talk:-null}"
}

# A name and a number a line. By few programs, since each start of one costs more than a
# thousand packets.
bulk_counters() { # bulk_counters FROM TO
	local h

	{
		echo "@ from"
		bulk_cat "$1" /proc/net/netstat /proc/net/snmp
		echo "@ to"
		bulk_cat "$2" /proc/net/netstat
		for h in h1 h2; do
			echo "@ drops"
			bulk_cat "$h" /proc/net/dev
			[ ! "${process[vtepd-$h]-}" ] || on "$h" vtepctl -j stats drops
		done
	} | awk '
		$1 == "@" { part = $2; next }
		$1 ~ /^(Tcp|TcpExt):$/ && $2 !~ /^[0-9-]/ { for (i = 2; i <= NF; i++) name[i] = $i; next }
		$1 ~ /^(Tcp|TcpExt):$/ { for (i = 2; i <= NF; i++) value[part, name[i]] = $i }
		part == "drops" && $1 ~ /:$/ { dropped += $5 + $13 }
		part == "drops" {
			while (match($0, /"packets": *[0-9]+/)) {
				dropped += substr($0, RSTART + 10, RLENGTH - 10)
				$0 = substr($0, RSTART + RLENGTH)
			}
		}
		END {
			print "retransmitted " value["from", "RetransSegs"] + 0
			print "sack_reorder " value["from", "TCPSACKReorder"] + 0
			print "out_of_order " value["to", "TCPOFOQueue"] + 0
			print "dropped " dropped + 0
		}'
}

bulk_cat() { nsenter --net="/run/netns/${netns[$1]}" cat "${@:2}"; } # bulk_cat NAME FILE...

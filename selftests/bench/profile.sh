# SPDX-License-Identifier: GPL-2.0-only
#
# Where the instructions go. Sourced by guest.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154

# bench_programs [COUNT]: instructions per run of each BPF program, by the kernel's own
# accounting (which adds two readings of the clock to each run)
bench_programs() {
	local count=${1:-5000} case words

	sysctl -qw kernel.bpf_stats_enabled=1
	for case in "udp4 veth vm1 vm2" "udp4 tap vm3 vm4"; do
		read -r -a words <<<"$case"
		program_runs >"$tmp/runs"
		flow udp "${netns[${words[2]}]}" "${netns[${words[3]}]}" "$(guest_ip "${words[3]}")" \
			"$count" >/dev/null
		program_runs | program_deltas "$tmp/runs" $((count / 2)) | while read -r name runs each; do
			figure "program:$name" "${words[1]}" instructions/run "$each" runs "$runs"
		done
	done
	sysctl -qw kernel.bpf_stats_enabled=0
}

program_runs() { # id name run_cnt run_time
	bpftool -j prog show |
		jq -r '.[] | select(.run_cnt) | "\(.id) \(.name) \(.run_cnt) \(.run_time_ns)"'
}

program_deltas() { # program_deltas BEFORE LEAST: name, runs and instructions per run
	awk 'FILENAME != "-" { runs[$1] = $3; ns[$1] = $4; next }
		$3 > runs[$1] { n[$2] += $3 - runs[$1]; sum[$2] += $4 - ns[$1] }
		END { for (p in n) if (n[p] > least) printf "%s %d %.1f\n", p, n[p], sum[p] / n[p] }
	' least="$2" "$1" -
}

# bench_profile [MODE [COUNT [veth|tap]]]: instructions per packet, round trip or (bulk) 1500
# bytes of each kernel function, by sampling, in a file of its own
bench_profile() {
	local mode=${1:-udp} count=${2:-20000} path=${3:-veth} from=vm1 to=vm2 each
	local file=$out/profile-$setup-$mode-$path
	local -a work

	[ "$path" = veth ] || { from=vm3; to=vm4; }
	work=(flow "$mode" "${netns[$from]}" "${netns[$to]}" "$(guest_ip "$to")" "$count")

	sysctl -qw net.core.bpf_jit_kallsyms=1 kernel.kptr_restrict=0
	each=$("${work[@]}")
	[ "$mode" != bulk ] || each=$(awk -v each="$each" 'BEGIN { print each * 1500 }')
	profile "${work[@]}" >"$tmp/samples" 2>"$tmp/why" ||
		not_ok "$setup: profile" "$(cat "$tmp/why")"
	awk -v each="$each" '$2 == "all" { all = $1 } { printf "%.0f %s\n", $1 / all * each, $2 }' \
		"$tmp/samples" >"$file"
	check "$setup: where the instructions of $mode go" test -s "$file"
}

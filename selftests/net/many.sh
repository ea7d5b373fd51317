#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A thousand peers with ten prefixes each: how much time vtepd takes for them, and for one that
# changes.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

PEERS=1000

many() { # many: [Peer] sections
	awk -v n=$PEERS 'BEGIN {
		for (i = 1; i <= n; i++) {
			key = sprintf("%042d", i)
			gsub("0", "B", key)
			printf "\n[Peer]\nPublicKey = %sA=\nEndpoint = 10.19.%d.%d:51820\n", key, 4 + i / 250, i % 250 + 1
			printf "AllowedIPs = 10.1.%d.%d/32", i / 250, i % 250 + 1
			for (k = 2; k <= 10; k++)
				printf ", 10.%d.%d.%d/32", k, i / 250, i % 250 + 1
			printf "\nVTEP = 10.1.%d.%d\n", i / 250, i % 250 + 1
		}
	}'
}
cpu_ms() { awk '{ printf "%d", $1 / 1000000 }' "/proc/$(vtepd_pid h1)/schedstat"; }

hypervisors 2
ip -n "${netns[h1]}" link del wg0
node_file h1 h2
many >>"$tmp/h1/wg0.conf"
check "h1: ready" node_start h1 --verbose
took=$(cpu_ms)
check_equal "all peers are there" $((PEERS + 1)) "$(on h1 wg show wg0 peers | wc -l)"
check_equal "with all prefixes" $((PEERS * 10 + 1)) "$(on h1 wg show wg0 allowed-ips | tr -s '\t' ' ' | cut -d' ' -f2- | wc -w)"
check_equal "and their routes" $((PEERS * 10)) "$(ip -n "${netns[h1]}" -4 route show dev wg0 proto 118 | wc -l)"
diag "$took ms of CPU for the start; $(vtepd_log h1 | grep -o '[0-9]* peers changed by [0-9]* messages')"
if grep -q VM_ICOUNT /proc/cmdline; then
	check "in less than 2 s" test "$took" -lt 2000
else
	check "in less than 20 s, where time is the machine's and not the guest's" test "$took" -lt 20000
fi
sed -i 's/10\.5\.2\.7\/32/10.55.2.7\/32/' "$tmp/h1/wg0.conf"
before=$(cpu_ms)
check "h1: one prefix of one peer changes" node_reload h1
diag "$(($(cpu_ms) - before)) ms of CPU for the reload"
check "one peer by one message" in_log h1 'wg0: 1 peers changed by 1 messages'
check_equal "and one route" 1 "$(ip -n "${netns[h1]}" -4 route show 10.55.2.7 dev wg0 | wc -l)"
# The kernel takes its time for a thousand peers.
kill "$(vtepd_pid h1)"
check "h1: stops" wait_for 120 gone "$(vtepd_pid h1)"
check_equal "no route is left" "" "$(ip -n "${netns[h1]}" route show proto 118)"
finish

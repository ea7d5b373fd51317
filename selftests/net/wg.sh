#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What vtepd reads of a WireGuard device is what `wg show DEV dump` prints: keys, ports, AllowedIPs, handshakes, bytes,
# also when the peers are so many that the kernel splits them over several messages.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Without what is secret: private and preshared keys.
by_wg() {
	on h1 wg show wg0 dump |
		awk -F'\t' -v OFS='\t' 'NR == 1 { print $2, $3, $4; next } { print $1, $3, $4, $5, $6, $7, $8 }'
}

same() { # same DESC
	by_wg >"$tmp/wg"
	on h1 wgdump wg0 >"$tmp/ours" 2>&1
	check "$1" diff "$tmp/wg" "$tmp/ours"
}

# peers N: with ten AllowedIPs each
peers() {
	local i k allowed

	for i in $(seq "$1"); do
		allowed=10.1.$i.1/32
		for k in $(seq 9); do
			allowed+=,10.$((k + 1)).$i.0/24
		done
		echo "[Peer]"
		echo "PublicKey = $(printf '%042dA=' "$i" | tr 0 B)"
		echo "AllowedIPs = $allowed"
	done >"$tmp/peers.conf"
	on h1 wg addconf wg0 "$tmp/peers.conf"
}

# A peer changes that was read already while the rest is read, slowly: then it is read once more.
interrupted() {
	spawn_on h1 wgdump strace -o "$tmp/strace" -v -e trace=recvfrom -e inject=recvfrom:delay_exit=1000000 wgdump wg0
	check "a dump is under way" wait_for 10 grep -q NLM_F_MULTI "$tmp/strace"
	on h1 wg set wg0 peer "$(wg_key h2)" allowed-ips 172.16.0.2/32,10.200.0.0/16
	check "it comes to its end" wait_for 60 gone "${process[wgdump]}"
	check "but was interrupted" grep -q NLM_F_DUMP_INTR "$tmp/strace"
	check "what was read is how it is now" diff <(by_wg | cut -f 1-3) <(cut -f 1-3 "$tmp/wgdump.log")
}

hypervisors 2
same "no handshake yet"
check "h1 to h2" ping_all h1 172.16.0.2
same "after a handshake"
on h1 wg set wg0 peer "$(wg_key h2)" persistent-keepalive 25 allowed-ips 172.16.0.2/32,fd00::2/128,10.0.0.0/8
same "keepalive, IPv6 and a wide prefix"
peers 200
check_equal "200 peers more" 201 "$(by_wg | tail -n +2 | wc -l)"
same "peers over several messages"
if command -v strace >/dev/null; then
	interrupted
else
	skip "an interrupted dump" "no strace"
fi
on h1 wg set wg0 fwmark 0x1023
check_fail "a difference is seen" diff "$tmp/ours" <(by_wg)
finish

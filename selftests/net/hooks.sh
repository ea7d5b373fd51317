#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# PreUp, PostUp, PreDown and PostDown are run as by wg-quick: in order, by bash, with %i put in. DNS goes to
# resolvconf, openresolv's, as by wg-quick, and does not stay.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/recipe.sh
. "$lib/recipe.sh"

hypervisors 2
ip -n "${netns[h1]}" link del wg0
to=">>$tmp/hooks"
interface_lines="PreUp = echo pre-up $to; ip -o link show %i 2>/dev/null | wc -l $to
PostUp = echo post-up %i $to; ip -o route show dev %i | grep -c 10.4 $to; env >$tmp/environ
PostUp = [[ %i == wg0 ]] && echo bash $to
PreDown = echo pre-down $to; ip -o link show vx1 | wc -l $to
PostDown = echo post-down $to; ip -o link show %i 2>/dev/null | wc -l $to
PostDown = exit 7
PostDown = echo last $to"
peer_lines="AllowedIPs = 10.4.0.0/16" node_file h1 h2
check "h1: started" node_start h1
check_equal "hooks at the start" "pre-up,0,post-up wg0,1,bash" "$(paste -sd, "$tmp/hooks")"
check_fail "no key in their environment" grep -qF -e "$(cat "$tmp/h1.key")" -e "$psk" "$tmp/environ"
check "(it has one)" grep -q PATH "$tmp/environ"
vtepd_stop h1 KILL
check "h1: killed and started again" node_start h1
check_equal "runs none again" 5 "$(wc -l <"$tmp/hooks")"
check "h1: stops" vtepd_stop h1
check_equal "hooks at the end; one that fails stops none" "pre-down,1,post-down,0,last" \
	"$(tail -n +6 "$tmp/hooks" | paste -sd,)"
check "and is told" grep -q 'PostDown, 2 of 3, ended with status 7' <(vtepd_log h1)

# Name servers. h1's resolvconf has a configuration of its own, which leads below $tmp.
resolv_conf() { grep -v '^#' "$tmp/resolv.conf" | sort; }
dns() { # dns LINES: h1's file with them
	interface_lines=$1 node_file h1 h2
	sed '/^\[VNI\]/,/^$/d' "$tmp/h1/wg0.conf" >"$tmp/quick/wg0.conf"
}
if command -v resolvconf >/dev/null && [ -e /etc/resolvconf.conf ]; then
	mkdir -p "$tmp/quick" "$(etc_of h1)"
	printf '%s\n' "resolv_conf=$tmp/resolv.conf" "state_dir=$tmp/run" >"$(etc_of h1)/resolvconf.conf"
	echo "nameserver 192.0.2.53" | on h1 resolvconf -a eth0
	resolv_conf >"$tmp/resolv.before"
	dns "DNS = 10.0.0.53, fd00::53, example.org
DNS = lan"
	attempt on h1 wg-quick up "$tmp/quick/wg0.conf" || not_ok "wg-quick" "$(cat "$tmp/attempt")"
	resolv_conf >"$tmp/resolv.quick"
	attempt on h1 wg-quick down "$tmp/quick/wg0.conf"
	check "(wg-quick's name servers are gone again)" diff "$tmp/resolv.before" <(resolv_conf)
	check "(they are others than before)" grep -q 'nameserver fd00::53' "$tmp/resolv.quick"
	check "name servers: ready" node_start h1
	check "name servers: as by wg-quick" diff "$tmp/resolv.quick" <(resolv_conf)
	vtepd_stop h1 KILL
	check "name servers: killed, and started again" node_start h1
	check "name servers: stay" diff "$tmp/resolv.quick" <(resolv_conf)
	dns "DNS = 10.0.0.54"
	check "name servers: another in the file: reload" node_reload h1
	check_equal "name servers: the other one" "nameserver 10.0.0.54" "$(resolv_conf)"
	dns ""
	check "name servers: none in the file: reload" node_reload h1
	check "name servers: as before" diff "$tmp/resolv.before" <(resolv_conf)
	dns "DNS = 10.0.0.53"
	check "name servers: again: reload" node_reload h1
	check "name servers: stops" vtepd_stop h1
	check "name servers: none is left" diff "$tmp/resolv.before" <(resolv_conf)
else
	skip "name servers" "no openresolv"
fi
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# PreUp, PostUp, PreDown and PostDown are run as by wg-quick: in order, by bash, with %i put in.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

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
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bash completion of vtepctl and vtepd against a live instance, called as bash calls it.
#
#	h1 wg0 === WireGuard === wg0 h2, br1 and br7 on h1; h1 calls h2 "site b"

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# complete_on_h1 LINE: what TAB offers at its end, a word a line
complete_on_h1() {
	on h1 bash --norc -c '
		compopt() { :; }
		. "$1/tools/completion/${2%% *}"
		COMP_LINE=$2 COMP_POINT=${#2}
		eval "COMP_WORDS=($2)"
		case $2 in *" ") COMP_WORDS+=("") ;; esac
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"_${2%% *}"
		printf "%s\n" "${COMPREPLY[@]}"' - "$top" "$1"
}

offers() { # offers LINE WORD...: these and no others
	local line=$1

	shift
	diff <(printf '%s\n' "$@" | sort) <(complete_on_h1 "$line" | sort)
}

among() { complete_on_h1 "$1" | tee "$tmp/offered" | grep -qxF -- "$2" || { cat "$tmp/offered"; return 1; }; }	# among LINE WORD

hypervisors 2
printf '%s\n' '[VNI]' 'VNI = 1' 'Bridge = br1' '[VNI]' 'VNI = 7' 'Bridge = br7' \
	'[Peer]' "PublicKey = $(wg_key h2)" 'Name = site b' >"$tmp/wg0.conf"
check "h1: ready" vtepd_start h1 --config "$tmp/wg0.conf"
check "a MAC" on h1 vtepctl fdb add 52:54:00:9a:1c:01 dst 172.16.0.2 vni 7
check "and it is in the table" wait_for 5 on h1 vtepctl fdb get 52:54:00:9a:1c:01

check "objects" offers "vtepctl " show fdb flood peer vni stats mtu path neigh monitor conf key help
check "by how they begin" offers "vtepctl f" fdb flood
check "verbs" offers "vtepctl fdb " show get add replace del flush help
check "of an object with one, or its argument" offers "vtepctl peer s" show 'site\ b'
check "options" among "vtepctl --" --oneline
check "all of them" offers "vtepctl --ti" --timestamp
check "colours" offers "vtepctl --color=" always auto never
check "words of a verb" offers "vtepctl fdb show " vni local remote static held dst peer dev
check "VNIs" offers "vtepctl fdb show vni " 1 7
check "VTEPs" offers "vtepctl fdb show dst " 172.16.0.2
check "peers, escaped" offers "vtepctl fdb show peer " 'site\ b'
check "peers of peer show" offers "vtepctl peer show " 'site\ b'
check "MACs" among "vtepctl fdb get " 52:54:00:9a:1c:01
check "what is behind their last colon" offers "vtepctl fdb get 52:54:00:9a:1c" 1c:01
check "MACs or words" among "vtepctl path " 52:54:00:9a:1c:01
check "words of path" among "vtepctl path 52:54:00:9a:1c:01 " size
check "VTEPs after dst" among "vtepctl fdb add 52:54:00:00:00:02 dst " 172.16.0.2
check "VTEPs of flood" among "vtepctl flood del " 172.16.0.2
check "devices" among "vtepctl fdb show dev " br7
check "interfaces" offers "vtepctl show " wg0
check "instances" offers "vtepctl -i " wg0
check "namespaces" among "vtepctl -n " "${netns[h1]}"
check "in another namespace nothing is live" offers "vtepctl -n ${netns[h2]} fdb show vni " ""
check "in ours from outside" among "vtepctl -n ${netns[h1]} fdb show vni " 7
check "files" among "vtepctl conf check $tmp/" "$tmp/wg0.conf"
check "events" offers "vtepctl monitor " all fdb peer vni help
check "vtepd: options" among "vtepd --" --fdb-max
check "vtepd: WireGuard devices" among "vtepd --iface " wg0
check "vtepd: bridges" offers "vtepd --iface wg0 --vni 1 --bridge " br1 br7
check "vtepd: vxlan devices" offers "vtepd --iface wg0 --vni 1 --adopt " vx1 vx7
check "vtepd: policies" offers "vtepd --oversize " drop fragment
check "vtepd: modes" offers "vtepd --accel t" tcx tc
check "h1: stops" vtepd_stop h1
check "without an instance objects are still there" among "vtepctl f" fdb
check "and nothing else" offers "vtepctl fdb show vni " ""
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The configuration as its users meet it: keys beside wg(8)'s, what is wrong in a file and changes nothing, where a
# file is looked for, a file against what runs, and no secret in anything that is printed.
#
#	h1 wg0 === WireGuard === wg0 h2, made by hand; the files name the segments

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$tmp/wg0.conf

# put TEXT...: the lines of the file, as root alone reads it
put() {
	rm -f "$conf"
	(umask 077 && printf '%s\n' "$@" >"$conf")
}

run() { # run CODE COMMAND...: on h1; the exit code, what is said in $tmp/said
	local want=$1 got=0

	shift
	on h1 timeout 20 "$@" >"$tmp/printed" 2>"$tmp/said" || got=$?
	cat "$tmp/printed" "$tmp/said"
	[ $got -eq "$want" ]
}

said() { grep -qF -- "$1" "$tmp/said"; }
printed() { grep -qF -- "$1" "$tmp/printed"; }
state() { ip -n "${netns[h1]}" address show; on h1 wg show wg0; }

# refused DESC LINE ERROR HINT: vtepd says this of the file, and nothing has changed
refused() {
	state >"$tmp/before"
	check "$1: exit code 1" run 1 vtepd --config "$conf" --vni 1
	check "$1: '$conf:$2: $3'" said "vtepd: $conf:$2: $3"
	check "$1: '$4'" said "hint: $4"
	state >"$tmp/after"
	check "$1: nothing changed" diff "$tmp/before" "$tmp/after"
}

same_key() { # same_key FILE: both tools derive the same public key
	local ours theirs

	ours=$(vtepctl key pub "$1") && theirs=$(wg pubkey <"$1") && echo "$ours $theirs" && [ "$ours" = "$theirs" ]
}

to_file() { vtepctl key "$1" >"$tmp/key.$1.$2"; }		# to_file gen|psk LABEL
gen_named() { vtepctl key gen "$tmp/key.named"; }

keys() {
	local i

	check "key gen into a file that others may read is refused" sh -c 'umask 022; ! vtepctl key gen >"$1" && [ ! -s "$1" ]' - "$tmp/key.open"
	umask 077
	check "key gen with umask 077" to_file gen closed
	check "key psk" to_file psk closed
	umask 022
	for i in 1 2 3 4 5; do
		wg genkey >"$tmp/key.wg.$i"
		check "a key of wg genkey: the same public key" same_key "$tmp/key.wg.$i"
	done
	check "a key of vtepctl key gen: the same" same_key "$tmp/key.gen.closed"
	check "key gen FILE" sh -c 'vtepctl key gen "$1" >"$1.pub"' - "$tmp/key.named"
	check_equal "whose mode is 0600, whatever the umask" 600 "$(stat -c %a "$tmp/key.named")"
	check_equal "and whose public key is printed" "$(wg pubkey <"$tmp/key.named")" "$(cat "$tmp/key.named.pub")"
	check_fail "a file is never written over" gen_named
	check "wg takes our private key" on h1 wg set wg0 private-key "$tmp/key.named"
	check "and our preshared key" on h1 wg set wg0 peer "$(wg_key h2)" preshared-key "$tmp/key.psk.closed"
	check_equal "as it is" "$(cat "$tmp/key.psk.closed")" "$(on h1 wg show wg0 preshared-keys | cut -f2)"
	check_equal "two keys are two" 2 "$({ vtepctl key gen | cat; vtepctl key gen | cat; } | sort -u | wc -l)"
	check_fail "key pub of nonsense" sh -c 'echo nonsense | vtepctl key pub'
	check_fail "key pub of two keys" sh -c 'cat "$1" "$1" | vtepctl key pub' - "$tmp/key.named"
	check "key pub of a pipe" sh -c '[ "$(vtepctl key pub <"$1")" = "$(cat "$2")" ]' - "$tmp/key.named" "$tmp/key.named.pub"
	on h1 wg set wg0 private-key "$tmp/h1.key" peer "$(wg_key h2)" preshared-key /dev/null
}

errors() {
	put '[Interface]' 'MTU = 1420' '[Peer]' "PublicKey = $(wg_key h2)" 'AllowedIP = 172.16.0.2/32'
	refused "mistyped key" 5 '[Peer] AllowedIP: no such key' 'AllowedIPs'
	put '[Interface]' 'MTU = 1420' 'mtu = 1420'
	refused "duplicate key" 3 "[Interface] MTU: given twice, first at $conf:2" 'man'
	put '[Interface]' 'MTU = 14200000'
	refused "out of range" 2 "[Interface] MTU: '14200000' is not a number from 576 to 65535" 'man'
	put '[Interface]' "PrivateKey = $(cut -c 2- "$tmp/h1.key")"
	refused "half a key" 2 '[Interface] PrivateKey: not 32 bytes in base64 (its value is not shown)' 'vtepctl key gen'
	put '[Interface]' "PrivateKey $(cat "$tmp/h1.key")"
	refused "key without its '='" 2 '[Interface] not a line `KEY = VALUE`' 'PrivateKey = VALUE'
	put '[Peer]' "PublicKey = $(wg_key h2)" 'AllowedIPs = 172.16.0.2' 'VTEP = 10.9.9.9'
	refused "contradiction" 1 '[Peer] VTEP: no AllowedIPs cover 10.9.9.9' 'AllowedIPs = 10.9.9.9/32'
	put '[Interface]' 'PostUp = touch /tmp/pwned'
	chmod 660 "$conf"
	refused "commands that others may write" 2 "commands run only from a file that is root's alone" 'chown root'
	chmod 666 "$conf"
	check "a file that anybody may write: exit code 1" run 1 vtepd --config "$conf" --vni 1
	check "is said" said "$conf: anybody may write it"
	check "no file: exit code 1" run 1 vtepd --config "$tmp/none.conf" --vni 1
	check "is said" said "$tmp/none.conf: No such file"
	put '[Interface]' 'MTU = 1420'
	check "no segment: exit code 1" run 1 vtepd --config "$conf"
	check "is said" said "no segment: it has no [VNI], and --vni is missing"
}

segments() {
	local name=${netns[h1]}

	put '[VNI]' 'VNI = 7' 'Device = seven' 'Bridge = br7' '[VNI]' 'VNI = 9' \
		'# node2' '[Peer]' "PublicKey = $(wg_key h2)" 'VTEP = 172.16.0.2'
	check "a start by a file" vtepd_start h1 --config "$conf" --vni 9 --bridge br9 --vni 11
	check "Device and Bridge have their names" ip -n "$name" link show dev seven master br7
	check "--bridge wins over the file" ip -n "$name" link show dev vx9 master br9
	check "--vni adds one" ip -n "$name" link show dev vx11 master br-vx11
	vtepd_start h2 --iface wg0 --vni 7 || diag "h2 does not start"
	ip -n "$name" address add 10.7.0.1/24 dev br7
	ip -n "${netns[h2]}" address add 10.7.0.2/24 dev br-vx7
	check "ping through it" ping_all h1 10.7.0.2
	check "conf diff: what the command line added" run 0 vtepctl conf diff "$conf"
	check_equal "is all that differs" '  [VNI] # 11 - VNI = 11' "$(tr '\n' ' ' <"$tmp/printed" | sed 's/ $//')"
	check "and stops" vtepd_stop h1
	vtepd_stop h2
}

# Searched for in /etc/vtepd first; in /etc/wireguard only the names are read while a device stands.
searched() {
	local etc=/etc/netns/${netns[h1]}

	mkdir -p "$etc/vtepd" "$etc/wireguard" /etc/vtepd /etc/wireguard
	printf '[VNI]\nVNI = 21\n' >"$etc/vtepd/wg0.conf"
	printf '[Interface]\nNonsense = 1\n' >"$etc/wireguard/wg0.conf"
	check "--iface finds /etc/vtepd" run 0 vtepd --iface wg0 --check
	check "is said" said 'vni 21'
	check "vtepctl conf show wg0" run 0 vtepctl conf show wg0
	check_equal "is the same file" '[VNI] VNI = 21' "$(tr '\n' ' ' <"$tmp/printed" | sed 's/ $//')"
	rm "$etc/vtepd/wg0.conf"
	check "a device that others made needs no file" run 0 vtepd --iface wg0 --vni 1 --check
	check "neither a device nor a file: exit code 3" run 3 vtepd --iface wg7 --vni 1 --check
	check_fail "that of another is not read" said Nonsense
	mv "$etc/wireguard/wg0.conf" "$etc/wireguard/wg7.conf"
	check "no device, but a file: it is read" run 1 vtepd --iface wg7 --vni 1 --check
	check "and is wrong" said "/etc/wireguard/wg7.conf:2: [Interface] Nonsense: no such key"
	rm -r "$etc"
	rmdir /etc/netns /etc/vtepd /etc/wireguard 2>/dev/null
}

compared() {
	local key

	key=$(cat "$tmp/h1.key")
	put '[Interface]' "PrivateKey = $key" 'ListenPort = 51820' 'Address = 172.16.0.1/16' 'MTU = 1420' \
		'[Peer] # node2' "PublicKey = $(wg_key h2)" "PresharedKey = $(cat "$tmp/key.psk.closed")" \
		"Endpoint = $(underlay_ip h2):51820" 'AllowedIPs = 172.16.0.2/32'
	check "conf diff of what runs" run 0 vtepctl conf diff "$conf"
	check_equal "is nothing" "" "$(cat "$tmp/printed")"
	on h1 wg set wg0 fwmark 0x1023 peer "$(wg_key h2)" allowed-ips 172.16.0.2/32,10.0.0.0/8 persistent-keepalive 25
	on h1 wg set wg0 peer "$(wg pubkey <"$tmp/key.named")" allowed-ips 10.5.0.0/16
	sed -i 's/1420/1380/' "$conf"
	check "conf diff of what was changed" run 0 vtepctl conf diff "$conf"
	for line in '- FwMark = 0x1023' '- MTU = 1420' '+ MTU = 1380' '  [Peer] # node2' '- AllowedIPs = 10.0.0.0/8' \
		'- PersistentKeepalive = 25' "- PublicKey = $(wg pubkey <"$tmp/key.named")" '- AllowedIPs = 10.5.0.0/16'; do
		check "has '${line:0:32}'" printed "$line"
	done
	check_equal "and no more" 7 "$(grep -c '^[-+]' "$tmp/printed")"
	check "the same in JSON" sh -c 'vtepctl -n "$1" -j conf diff "$2" >"$3"' - "${netns[h1]}" "$conf" "$tmp/json"
	check "has them" jq -e 'length == 7 and any(.[]; .key == "MTU" and .value == "1380" and .running == false)' "$tmp/json"
	ip -n "${netns[h1]}" link del wg0
	check "a device that is not there: exit code 3" run 3 vtepctl conf diff "$conf"
}

shown() {
	check "conf show" run 0 vtepctl conf show "$conf"
	cp "$tmp/printed" "$tmp/shown"
	check "has (hidden) for both secrets" sh -c '[ "$(grep -c "(hidden)" "$1")" -eq 2 ]' - "$tmp/shown"
	check "of what it showed" sh -c 'vtepctl conf show - <"$1" >"$2"' - "$tmp/shown" "$tmp/again"
	check "is the same" diff "$tmp/shown" "$tmp/again"
	check_fail "vtepd does not start by it" vtepd --config "$tmp/shown" --iface wg0 --vni 1
	check "conf check" run 0 vtepctl conf check "$conf"
	check "conf check of a mistake: exit code 1" sh -c 'printf "[Peer]\nPublickey = x\n" >"$1"; vtepctl -j conf check "$1" >"$2"; [ $? -eq 1 ]' - \
		"$tmp/bad.conf" "$tmp/json"
	check "its JSON" jq -e '.[0] | .level == "error" and .line == 2 and (.text | startswith("[Peer] PublicKey"))' "$tmp/json"
}

# Everything that was printed to a file or a log since the start, but for the keys' own files.
no_secret() {
	local file secret

	for file in "$tmp"/h1.key "$tmp"/key.*; do
		secret=$(head -c 43 "$file")
		case $file in *.pub) continue ;; esac
		[ "${#secret}" -eq 43 ] || continue
		! grep -lrF --exclude='*.key' --exclude='key.*' --exclude=wg0.conf -e "$secret" "$tmp" || return 1
	done
}

hypervisors 2
keys
errors
segments
searched
compared
shown
run 0 vtepctl -j -p conf show "$conf" >"$tmp/all" || :
run 0 vtepctl -j conf check "$conf" >>"$tmp/all" || :
run 0 vtepd -d --check --config "$conf" --vni 1 >>"$tmp/all" || :
check "no secret in anything that was printed" no_secret
cp "$tmp/h1.key" "$tmp/leak"
check_fail "a leak would be found" no_secret
finish

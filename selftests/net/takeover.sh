#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A wg0 that wg-quick has made is taken over with its sessions and stays when vtepd ends; and a
# start that fails, at whatever stage, leaves nothing.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

whole() {
	on h1 wg showconf wg0
	node_state h1
}
steal() { # steal: 10.5.0.0/16 stands with a peer that stays
	on h1 wg set wg0 peer "$(wg_key h2)" allowed-ips 172.16.0.2/32,10.5.0.0/16 peer "$other" \
		allowed-ips 10.6.0.0/16 endpoint 10.19.3.60:1
}

bare_hypervisors 2
node_state h1 >"$tmp/state"
node_file h1 h2
node_file h2 h1
interface_lines="PostUp = echo up >>$tmp/hooks; ip address add 10.7.7.7/32 dev %i
PostDown = echo down >>$tmp/hooks" node_file h1 h2
sed '/^\[VNI\]/,/^$/d' "$tmp/h1/wg0.conf" >"$tmp/stock"
cat "$tmp/stock" >"$tmp/h1/wg0.conf"
check "h2: ready" node_start h2
check "h1: wg-quick" on h1 wg-quick up "$tmp/h1/wg0.conf"
check "h1 to h2" ping_all h1 172.16.0.2
whole >"$tmp/whole"
handshake=$(on h1 wg show wg0 latest-handshakes)
check "h1: a look" on h1 vtepd --config "$tmp/h1/wg0.conf" --vni 1 --check
check "h1: the stock file, taken over" node_start h1 --vni 1
guest_veth h1 vm1 br-vx1 172.16.30.51/24
guest_veth h2 vm2 br0 172.16.30.52/24
check "vm1 to vm2" ping_all vm1 172.16.30.52
check_equal "the session is the same" "$handshake" "$(on h1 wg show wg0 latest-handshakes)"
check_equal "PostUp was run by wg-quick alone" up "$(cat "$tmp/hooks")"
vtepd_stop h1 KILL
check "h1: killed and started again" node_start h1 --vni 1
check "h1: stops" vtepd_stop h1
guest_del vm1
check "wg0 is as wg-quick left it" diff "$tmp/whole" <(whole)
check_equal "no hook was run" up "$(cat "$tmp/hooks")"

# A start that fails at its last stage, of a file in which everything is another: it is as it was, keys and all.
sorted() { whole | sort; }
other=$(wg genkey | wg pubkey)
cp "$tmp/h1.key" "$tmp/h1.key.before"
on h1 wg set wg0 peer "$other" preshared-key <(wg genpsk) allowed-ips 10.6.0.0/16,fd06::/64 endpoint 10.19.3.60:1 \
	persistent-keepalive 7
sorted >"$tmp/whole"
wg genkey >"$tmp/h1.key"
interface_lines="MTU = 1300
FwMark = 77
Address = 10.9.9.9/24" peer_lines="AllowedIPs = 10.6.0.0/24, 10.9.0.0/16
PersistentKeepalive = 9" node_file h1 h2
sed -i 's/^ListenPort.*/ListenPort = 51999/' "$tmp/h1/wg0.conf"
spawn_on h1 busy socat -u UDP-LISTEN:4789 /dev/null
wait_for 5 listens h1 u 4789
check_fail "a file of which all is another, and VXLAN's port is taken: no start" node_start h1 -d
check "it was configured (or this proves nothing)" grep -q 'wg0: 2 peers changed by' <(vtepd_log h1)
unset 'process[vtepd-h1]'
reap busy
check "wg0 is as it was, with all its keys" diff "$tmp/whole" <(sorted)
mv "$tmp/h1.key.before" "$tmp/h1.key"
rm -f "$tmp/hooks"

# What stands otherwise than the file says.
steal
peer_lines="AllowedIPs = 10.5.0.0/16" node_file h1 h2
printf '\n[Peer]\nPublicKey = %s\nAllowedIPs = 10.5.0.0/16\nVNIs = 9\n' "$other" >>"$tmp/h1/wg0.conf"
printf '\n[VNI]\nVNI = 9\n' >>"$tmp/h1/wg0.conf"
check "h1: started with a file that says otherwise" node_start h1
check "a prefix that two peers name is said" grep -q '10.5.0.0/16 goes from peer h2.*to peer' <(vtepd_log h1)
check "one that moves, too" grep -q '10.5.0.0/16 has moved from peer h2' <(vtepd_log h1)
check_equal "the later peer has it" 10.5.0.0/16 "$(on h1 wg show wg0 allowed-ips | awk -v k="$other" '$1 == k { print $2 }')"
check "h1: stops" vtepd_stop h1
check "wg0 stays" ip -n "${netns[h1]}" link show wg0
ip -n "${netns[h1]}" link del wg0
check "h1: nothing else is left" diff "$tmp/state" <(node_state h1)

# Starts that fail, from the first stage to the last.
fails() { # fails WHAT WORDS: with $interface_lines
	node_file h1 h2
	check_fail "$1: no start" node_start h1
	check "$1: said" grep -q "$2" <(vtepd_log h1)
	check "$1: with a hint" grep -q '^hint: \|hint: ' <(vtepd_log h1)
	check "$1: nothing is left" diff "$tmp/state" <(node_state h1)
	unset 'process[vtepd-h1]'
}
interface_lines="PreUp = exit 3" fails "PreUp" "PreUp, 1 of 1, ended with status 3"
interface_lines="PostUp = true
PostUp = false
PostDown = echo undone >>$tmp/hooks" fails "second PostUp" "PostUp, 2 of 2, ended with status 1"
check_equal "and PostDown was run" undone "$(tail -n 1 "$tmp/hooks")"
spawn_on h1 busy socat -u UDP-LISTEN:51820 /dev/null
wait_for 5 listens h1 u 51820
fails "WireGuard's port is taken" "Address already in use"
reap busy
spawn_on h1 busy socat -u UDP-LISTEN:4789 /dev/null
wait_for 5 listens h1 u 4789
fails "VXLAN's port is taken" "cannot bring up vx1\|Address already in use"
reap busy
ip -n "${netns[h1]}" link add wg0 type dummy
check_fail "wg0 is another kind of device: no start" node_start h1
check "said" grep -q 'stands already and is not a WireGuard device' <(vtepd_log h1)
ip -n "${netns[h1]}" link del wg0
node_file h1 h2
check "and now it starts" node_start h1
check "h1: stops" vtepd_stop h1
check "h1: nothing is left" diff "$tmp/state" <(node_state h1)
check "h2: stops" vtepd_stop h2
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# SIGHUP: what has changed in the file is changed in the kernel, and nothing else.
#
#	h1 (its file changes) ==== h2, h3

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

session() { # session PEER WHAT: of h1's
	on h1 wg show wg0 "$2" | awk -v key="$(wg_key "$1")" '$1 == key { $1 = ""; print }'
}
flooded() { # flooded VNI: to whom h1 floods
	on h1 vtepctl -j flood show | jq -r --argjson vni "$1" '[.[] | select(.vni == $vni) | .dst] | sort | join(" ")'
}
whole() {
	on h1 wg showconf wg0
	node_state h1
}
bridge_address() {
	ip -n "${netns[h1]}" -j address show dev br0 | jq -r '[.[0].addr_info[] | "\(.local)/\(.prefixlen)"] | join(" ")'
}

# went_on BEFORE NOW: two counters each. Guests may ask for each other's address meanwhile; a peer
# that was removed and added begins at 0.
went_on() {
	local -a before now

	read -r -a before <<<"$1"
	read -r -a now <<<"$2"
	echo "$1 -> $2"
	[ "${before[0]}" -gt 0 ] && [ "${now[0]}" -ge "${before[0]}" ] && [ "${now[1]}" -ge "${before[1]}" ]
}

bare_hypervisors 3
interface_lines="PostUp = echo up >>$tmp/hooks" node_file h1 h2 h3
node_file h2 h1 h3
node_file h3 h1 h2
check "h1: ready" node_start h1 --verbose
check "h2: ready" node_start h2
check "h3: ready" node_start h3
for i in 1 2 3; do
	guest_veth "h$i" "vm$i" br0 "172.16.30.5$i/24"
done
check "vm1 to vm2" ping_all vm1 172.16.30.52
check "vm1 to vm3" ping_all vm1 172.16.30.53
check_equal "flooded to both" "172.16.0.2 172.16.0.3" "$(flooded 1)"

handshake=$(session h3 latest-handshakes)
keepalive_before=$(session h3 persistent-keepalive)
node_file h1
{
	peer_lines="AllowedIPs = 10.99.0.0/16
PersistentKeepalive = 25" node_peer h2
	node_peer h3
} >>"$tmp/h1/wg0.conf"
transfer=$(session h3 transfer)
check "h1: reloads one peer's change" node_reload h1
check_equal "one peer, one message" 1 "$(vtepd_log h1 | grep -c 'wg0: 1 peers changed by 1 messages')"
check_equal "h2 has it" " 172.16.0.2/32 10.99.0.0/16" "$(session h2 allowed-ips)"
check_equal "h2's keepalive" " 25" "$(session h2 persistent-keepalive)"
check "its route stands" grep -q dev.wg0 <(ip -n "${netns[h1]}" route show 10.99.0.0/16)
check_equal "h3's session is the same" "$handshake" "$(session h3 latest-handshakes)"
check "h3's counters went on" went_on "$transfer" "$(session h3 transfer)"
check_equal "h3's keepalive" "$keepalive_before" "$(session h3 persistent-keepalive)"
check_equal "PostUp was run once" up "$(cat "$tmp/hooks")"
check "vm1 to vm2 as before" ping_all vm1 172.16.30.52

cp "$tmp/h1/wg0.conf" "$tmp/good"
whole >"$tmp/whole.before"
for wrong in "AllowedIP = 10.0.0.0/8" "[Peer]" "Endpoint = nowhere" "Address = 1.2.3.4/33"; do
	cp "$tmp/good" "$tmp/h1/wg0.conf"
	echo "$wrong" >>"$tmp/h1/wg0.conf"
	check "h1: refuses to reload: $wrong" node_reload h1
	check "and says so" grep -q 'not reloaded: nothing is changed' <(vtepd_log h1 | tail -n 5)
done
check "nothing was changed" diff "$tmp/whole.before" <(whole)
cp "$tmp/good" "$tmp/h1/wg0.conf"
check "h1: the same file again" node_reload h1
check "changes nothing" diff "$tmp/whole.before" <(whole)

# A peer less, and back.
vni_lines="Address = 172.16.30.1/24" node_file h1 h2
check "h1: a peer less, a bridge address more" node_reload h1
check_equal "its key is gone" "" "$(session h3 allowed-ips)"
check_equal "it is not flooded to" 172.16.0.2 "$(flooded 1)"
check_fail "vm1 to vm3" ping_all vm1 172.16.30.53
check_equal "the bridge's address" 172.16.30.1/24 "$(bridge_address)"
check "h1 itself to vm2" ping_all h1 172.16.30.52
check_equal "and h2's route went" "" "$(ip -n "${netns[h1]}" route show 10.99.0.0/16)"

# h3 comes back, in a VNI of its own.
node_file h1 h2
{
	peer_lines="VNIs = 2" node_peer h3
	printf '\n[VNI]\nVNI = 2\nBridge = br2\nAgeing = 77\n'
} >>"$tmp/h1/wg0.conf"
node_file h3 h1 h2
printf '\n[VNI]\nVNI = 2\nBridge = br2\n' >>"$tmp/h3/wg0.conf"
check "h1: a peer more, a VNI more" node_reload h1
check "h3: a VNI more" node_reload h3
guest_veth h1 vm12 br2 172.16.31.51/24
guest_veth h3 vm32 br2 172.16.31.53/24
check "they talk in VNI 2" ping_all vm12 172.16.31.53
check_equal "VNI 1 is flooded to h2 alone" 172.16.0.2 "$(flooded 1)"
check_fail "vm1 to vm3, which is not in VNI 1 for h1" ping_all vm1 172.16.30.53
check_equal "the bridge's address went" "" "$(bridge_address)"
check_equal "VNI 2 ages by itself" 77 "$(ip -n "${netns[h1]}" -d -j link show vx2 | jq '.[0].linkinfo.info_data.ageing')"
node_file h1 h2 h3
check "h1: a VNI less" node_reload h1
check_fail "its devices are gone" ip -n "${netns[h1]}" link show vx2
check_fail "its bridge, too" ip -n "${netns[h1]}" link show br2
check "vm1 to vm3 again" wait_for 10 ping_all vm1 172.16.30.53
for h in h1 h2 h3; do
	check "$h: stops" vtepd_stop $h
done
check_equal "h1: no device is left" "" "$(ip -n "${netns[h1]}" -o link show | grep -v 'lo:\|eth0@\|vethvm')"
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# [VNI]: Device, Ports, Address, Learning, Flood, Ageing; and VTEP and VNIs of a [Peer].
#
#	vm1, lan0 -- br0 h1 ==== h2 br0 -- vm2
#	                    ==== h3 br0 -- vm3

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

flooded() { on h1 vtepctl -j flood show | jq -r '[.[].dst] | sort | join(" ")'; }
master() { # master DEV: of h1's
	ip -n "${netns[h1]}" -j link show dev "$1" | jq -r '.[0].master // "-"'
}
is_master() { [ "$(master "$1")" = "$2" ]; }
remote_macs() { on h1 vtepctl -j fdb show | jq '[.[] | select(.dst and .type == "dynamic")] | length'; }

bare_hypervisors 3
ip -n "${netns[h1]}" link add br0 up type bridge
ip -n "${netns[h1]}" link add lan1 type dummy
state() { node_state h1 | grep -v 'br0: <\|lan1: <\|ff00::'; }	# a bridge that has lost its last port has no carrier
state >"$tmp/state"
vni_lines="Device = overlay1
Address = 172.16.30.1/24, fd30::1/64
Ports = lan0, lan1
Learning = no
Flood = 172.16.0.2
Ageing = 99" node_file h1
# Wide AllowedIPs: the VTEPs are known by what is written.
{
	node_peer h2 | sed 's/^AllowedIPs.*/AllowedIPs = 172.16.0.0\/24\nVTEP = 172.16.0.2/'
	node_peer h3 | sed 's/^AllowedIPs.*/AllowedIPs = 172.16.0.3\/32, 10.3.0.0\/16\nVTEP = 172.16.0.3/'
} >>"$tmp/h1/wg0.conf"
node_file h2 h1 h3
node_file h3 h1 h2
for h in h1 h2 h3; do
	check "$h: ready" node_start $h
	guest_veth $h "vm${h#h}" br0 "172.16.30.5${h#h}/24"
done
check_equal "the vxlan device's name" overlay1 "$(ip -n "${netns[h1]}" -j -d link show type vxlan | jq -r '.[0].ifname')"
check_equal "its ageing" 99 "$(ip -n "${netns[h1]}" -j -d link show overlay1 | jq '.[0].linkinfo.info_data.ageing')"
check_equal "the bridge's addresses" "172.16.30.1 fd30::1" \
	"$(ip -n "${netns[h1]}" -j address show dev br0 | jq -r '[.[0].addr_info[].local] | join(" ")')"
check_equal "a port that was there" br0 "$(master lan1)"
ip -n "${netns[h1]}" link add lan0 type dummy
check "a port that comes later" wait_for 5 is_master lan0 br0
check_equal "flooded to the one that is named" 172.16.0.2 "$(flooded)"
check "vm1 to vm2: by flooding, nothing is learned" ping_all vm1 172.16.30.52
check_equal "no remote MAC is known" 0 "$(remote_macs)"
check "h1 itself to vm2" ping_all h1 172.16.30.52
check_fail "vm1 to vm3: not flooded to" ping_all vm1 172.16.30.53
bridge -n "${netns[h1]}" fdb add "${guest_mac[vm3]}" dev overlay1 dst 172.16.0.3 self permanent
ip -n "${netns[vm1]}" neigh replace 172.16.30.53 lladdr "${guest_mac[vm3]}" dev eth0
check "vm1 to vm3, whose MAC is configured" wait_for 5 ping_all vm1 172.16.30.53

vtepd_stop h1 KILL
check "h1: killed and started again" node_start h1
sed -i '/^Learning/d; /^Flood/d; s/^Ports.*/Ports = lan0/; s/^Ageing.*/Ageing = 77/' "$tmp/h1/wg0.conf"
check "h1: reloads" node_reload h1
check_equal "a port that is named no more is let go" - "$(master lan1)"
check_equal "the other stays" br0 "$(master lan0)"
check_equal "flooded to all" "172.16.0.2 172.16.0.3" "$(flooded)"
check_equal "ageing" 77 "$(ip -n "${netns[h1]}" -j -d link show overlay1 | jq '.[0].linkinfo.info_data.ageing')"
check "vm1 to vm2" ping_all vm1 172.16.30.52
check "is learned now" test "$(remote_macs)" -gt 0
# vtepctl vni add, del: a file of its own, and a reload.
served() { [ "$(on h1 vtepctl -j vni show | jq -c '[.[].vni]')" = "$1" ]; }
own=$tmp/h1/wg0.conf.d/vni-16777215.conf
log() { on h1 vtepctl "$@" >"$tmp/out" 2>&1; }
check "vni add" log vni add vni 16777215 bridge br7
check "it is served" served '[1,16777215]'
check "in its bridge" grep -q br7 <(ip -n "${netns[h1]}" -br link show type bridge)
check "by a file of its own" grep -q '^Bridge = br7$' "$own"
check_fail "not twice" log vni add 16777215
check "and why" grep -q '16777215 is served already' "$tmp/out"
check_fail "no bridge of such a name" log vni add 9 bridge 'a/b'
check_fail "none without a number" log vni add
check "and what is missing" grep -q 'the VNI is missing' "$tmp/out"
check_fail "one in a bridge that is another's is not followed" log vni add 9 bridge br0
check "told" grep -q 'does not follow' "$tmp/out"
check_equal "and nothing is left of it" "$own" "$(find "$tmp/h1/wg0.conf.d" -type f)"
check "vni del" log vni del vni 16777215
check "it is served no more" served '[1]'
check "its file and directory are gone" test ! -e "$tmp/h1/wg0.conf.d"
check_fail "not twice, either" log vni del vni 16777215
check_fail "one that the node's file defines stays" log vni del 1
check "and where that is" grep -Eq 'take it out of .*wg0.conf:[0-9]+' "$tmp/out"
check "vm1 to vm2 all the while" ping_all vm1 172.16.30.52

check "h1: stops" vtepd_stop h1
check_equal "the port is let go" - "$(master lan0)"
ip -n "${netns[h1]}" link del lan0
guest_del vm1
check "h1: nothing is left" diff "$tmp/state" <(state)
for h in h2 h3; do
	check "$h: stops" vtepd_stop $h
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Guests that think their network carries 1500 bytes, over a tunnel that carries 1420: nothing is
# lost in silence, and nothing is changed inside the guests.
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             br0 h1 vx1 ==== WireGuard ==== vx1 h2 br0
#	vm3 (tap) ---+                                    +-- vm4 (tap)
#
# Too large with DF: port -> vx1 -> kernel vxlan, which answers -> vx1 ingress -> bridge -> port. Without DF: encap as
# any, the underlay fragments. SYNs: MSS written down to what fits.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count() { # count H HOOK REASON: packets
	on "$1" vtepctl -j stats | jq "[.[] | select(.hook == \"$2\" and .reason == \"$3\") | .packets] | add // 0"
}

mtus_are() { # mtus_are "VX1 BR0"
	[ "$(ip -n "${netns[h1]}" -j link show | jq -r '[.[] | select(.ifname == ("br0", "vx1")) | .mtu] | join(" ")')" = "$1" ]
}

# told FROM TO SIZE WHAT H [MTU]: a packet that must not be fragmented is too large: its sender is told so
told() {
	local before mtu=${6:-1370}

	before=$(count "$5" vx-tx too-big)
	on "$1" ip route flush cache
	on "$1" ip -6 route flush cache
	on "$1" ping -n -c 2 -i 0.2 -W 2 -M 'do' -s "$3" "$2" >"$tmp/ping" 2>&1
	check "$4: its sender is told" grep -Eq "mtu ?=? ?$mtu" "$tmp/ping"
	check "$4: and keeps to it" grep -q "mtu $mtu" <(on "$1" ip route get "$2")
	check "$4: counted" test "$(count "$5" vx-tx too-big)" -gt "$before"
}

# probed FROM ADDRESS SIZE [MTU]: a datagram with DF from a program that looks for the path's MTU itself, as QUIC does
probed() {
	on "$1" ip route flush cache
	on "$1" ip -6 route flush cache
	on "$1" probe pmtu "$2" 4433 "$3" >"$tmp/probe"
	cat "$tmp/probe"
	jq -e --argjson mtu "${4:-1370}" '.error == 90 and .told == $mtu and .mtu == $mtu' "$tmp/probe"	# EMSGSIZE
}

mss_of() { # mss_of FROM TO ADDRESS: what a connection's sender may put into a segment
	spawn_on "$2" mss socat -u TCP6-LISTEN:5001,reuseaddr,ipv6only=0 CREATE:/dev/null
	wait_for 5 listens "$2" t 5001 || return 1
	spawn_on "$1" mss-from socat -u EXEC:'sleep 2' "TCP:$3:5001"
	wait_for 5 connected "$1"
	on "$1" ss -Htin 'dport = :5001' | grep -o ' mss:[0-9]*' | cut -d: -f2
	reap mss-from >/dev/null
	reap mss >/dev/null
}

tunnel_larger() { [ "$(budget '.state != "ok" and .vni == null')" = "eth0 1500 1440, wg0 1480 1430" ]; }

connected() { [ -n "$(on "$1" ss -Htn state established 'dport = :5001')" ]; }

ip_of() { echo "172.16.30.5${1#vm}"; }
ip6_of() { echo "fd00:30::5${1#vm}"; }

guests_of() { # guests_of H VETH TAP: guests of 1500 bytes
	guest_veth "$1" "$2" br0 "$(ip_of "$2")/24" 1500
	guest_tap "$1" "$3" br0 "$(ip_of "$3")/24" 1500
	ip -n "${netns[$2]}" address add "$(ip6_of "$2")/64" dev eth0 nodad
	ip -n "${netns[$3]}" address add "$(ip6_of "$3")/64" dev eth0 nodad
}

pair() { # pair FROM TO H: all of it from one guest to another
	local name="$1 to $2"

	check "$name: ping" ping_all "$1" "$(ip_of "$2")"
	check "$name: ping over IPv6" ping_all "$1" "$(ip6_of "$2")"
	check "$name: 1500 bytes that may be fragmented arrive" ping_all "$1" "$(ip_of "$2")" -s 1472 -M dont
	check "$name: 3200 bytes in fragments" ping_all "$1" "$(ip_of "$2")" -s 3200 -M dont
	told "$1" "$(ip_of "$2")" 1472 "$name: 1500 bytes with DF" "$3"
	told "$1" "$(ip6_of "$2")" 1452 "$name: 1500 bytes of IPv6" "$3"
	on "$1" ping -n -q -c 1 -W 1 -s 3200 "$(ip6_of "$2")" >/dev/null	# its answer is too large at first
	check "$name: then 3200 bytes of IPv6 in fragments" ping_all "$1" "$(ip6_of "$2")" -s 3200
	check_equal "$name: MSS over IPv4" 1318 "$(mss_of "$1" "$2" "$(ip_of "$2")")"
	check_equal "$name: MSS over IPv6" 1298 "$(mss_of "$1" "$2" "[$(ip6_of "$2")]")"
	check "$name: TCP" tcp_compare "$1" "$2" "$(ip_of "$2")" 1000000
	check "$name: TCP over IPv6" tcp_compare "$1" "$2" "[$(ip6_of "$2")]" 1000000
	on "$1" sysctl -qw net.ipv4.ip_no_pmtu_disc=1
	on "$1" ip route flush cache
	check "$name: datagrams of 1472 without DF" udp_compare "$1" "$2" "$(ip_of "$2")" 100000 1472
	on "$1" sysctl -qw net.ipv4.ip_no_pmtu_disc=0
}

hypervisors 2
check "h1: ready" vtepd_start h1 --iface wg0 --vni 1 --bridge br0
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
guests_of h1 vm1 vm3
guests_of h2 vm2 vm4
pair vm1 vm2 h1
pair vm3 vm4 h1
pair vm4 vm1 h2
check "10 MB over TCP, IPv4" tcp_compare vm1 vm2 "$(ip_of vm2)" 10000000
check "10 MB over TCP, IPv6" tcp_compare vm3 vm4 "[$(ip6_of vm4)]" 10000000
check "a probe of 1500 bytes of IPv4: its program is told" probed vm1 "$(ip_of vm2)" 1500
check "a probe of 1500 bytes of IPv6: its program is told" probed vm3 "$(ip6_of vm2)" 1500
check "and of 1371" probed vm3 "$(ip_of vm4)" 1371
check_fail "not of 1370" probed vm3 "$(ip_of vm4)" 1370

# vtepctl mtu: who is above the budget.
budget() { on h1 vtepctl -j mtu | jq -r "[.[] | select($1) | \"\(.ifname) \(.mtu) \(.carries // 0)\"] | join(\", \")"; }
check_equal "mtu: underlay and tunnel" "eth0 1500 1440, wg0 1420 1370" "$(budget '.layer == ("underlay", "tunnel")')"
check_equal "mtu: overlay" "br0 1370 0, vx1 1370 0" "$(budget '.layer == "overlay"')"
check_equal "mtu: the guests' ports are larger" "vethvm1 1500 0, ${guest_port[vm3]} 1500 0" \
	"$(budget '.layer == "port" and (.state | test("^larger"))')"
on h1 vtepctl mtu >"$tmp/mtu" 2>&1
check "mtu: and what to do is told" grep -q '^hint:.* MTU 1370' "$tmp/mtu"
diag_file "$tmp/mtu"

# vtepctl path: what would become of a frame; what it says of bytes is what leaves.
path_is() { # path_is FILTER ARGUMENTS...
	local filter=$1

	shift
	on h1 vtepctl -j path "$@" >"$tmp/path" && jq -e "$filter" "$tmp/path" >/dev/null || { cat "$tmp/path"; return 1; }
}
longest() { tcpdump -n -v -Z root -r "$1" 2>/dev/null | grep -o ', length [0-9]*)' | tr -dc '0-9\n' | sort -n | tail -1; }
check "path: fits" path_is '.place == "vtep" and .fate == "sent" and .fate_df == "sent" and (.paths | length == 1) and
	(.paths[0] | .dst == "172.16.0.2" and .allowed_ips == "172.16.0.2/32" and .endpoint == "10.19.3.5:51820" and .up and
	 .ifname == "eth0" and .via == null and .src == "10.19.3.4" and .mtu == 1500 and .packets == 1 and .lost == null)' \
	"${guest_mac[vm2]}" size 1370
for size in 100 1350 1370; do
	capture_start h1 eth0 "$tmp/path.pcap" src 10.19.3.4 and udp port 51820
	check "path: $size bytes leave" ping_all vm1 172.16.30.52 -s $((size - 28)) -M 'do'
	capture_stop "$tmp/path.pcap"
	check_equal "path: so many bytes on the wire" "$(on h1 vtepctl -j path "${guest_mac[vm2]}" size $size | jq '.paths[0].bytes')" \
		"$(longest "$tmp/path.pcap")"
done
check "path: does not fit" path_is '.fate == "carried" and .fate_df == "answered" and .paths[0].packets == 2' \
	"${guest_mac[vm2]}" size 1500
check "path: unknown" path_is '.place == "unknown" and .fate_df == "answered" and .paths[0].dst == "172.16.0.2"' \
	06:00:00:00:00:99 size 1500
check "path: broadcast" path_is '.place == "group" and .fate_df == "carried"' ff:ff:ff:ff:ff:ff size 1500
check "path: at a port" path_is '.place == "port" and .ifname == "vethvm1" and .fate == "local"' "${guest_mac[vm1]}" size 1500
on h1 vtepctl path "${guest_mac[vm2]}" size 1500 >"$tmp/path" 2>&1
check "path: in words" grep -q 'exceeds overlay MTU 1370 by 130' "$tmp/path"
diag_file "$tmp/path"
ip -n "${netns[h1]}" address add 172.16.30.41/24 dev br0
check "path: this host reaches vm2" ping_all h1 172.16.30.52
check "path: by its IP address" path_is ".ip == \"172.16.30.52\" and .mac == \"${guest_mac[vm2]}\" and .place == \"vtep\"" 172.16.30.52
ip -n "${netns[h1]}" address del 172.16.30.41/24 dev br0

ip -n "${netns[h1]}" link set wg0 mtu 1480
check "path: a tunnel that does not fit: fragments of the underlay" wait_for 5 path_is \
	'.overlay_mtu == 1430 and .fate == "sent" and .paths[0].packets == 2' "${guest_mac[vm2]}" size 1430
check "mtu: a tunnel that does not fit" wait_for 5 tunnel_larger
ip -n "${netns[h1]}" link set wg0 mtu 1420
check "mtu: the overlay is back" wait_for 5 mtus_are "1370 1370"

# What is flooded: the bridge would drop it in silence at vx1.
for vm in vm1 vm2 vm3 vm4; do
	on $vm sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
done
before=$(count h1 vx-tx flooded)
on vm1 ping -n -q -b -c 3 -i 0.2 -W 2 -s 1450 -M dont 172.16.30.255 >"$tmp/ping" 2>&1
diag "$(grep transmitted "$tmp/ping")"
check "broadcasts of 1478 bytes are flooded" test "$(count h1 vx-tx flooded)" -ge $((before + 3))
check "and answered by all others: 3 requests, 9 answers" grep -Eq '3 received, \+[56] duplicates|9 received' "$tmp/ping"

# The other side as people make it, whose SYNs nobody has held down.
check "h2: stops" vtepd_stop h2
recipe_up h2 1 172.16.0.1
ip -n "${netns[h2]}" link set vethvm2 master br0
ip -n "${netns[h2]}" link set "${guest_port[vm4]}" master br0
check_equal "from the recipe's side: MSS over IPv4" 1318 "$(mss_of vm2 vm1 172.16.30.51)"
check "from the recipe's side: TCP" tcp_compare vm2 vm1 172.16.30.51 1000000
check "to the recipe's side: TCP" tcp_compare vm1 vm2 172.16.30.52 1000000

# A device of another's, adopted: the tunnel's MTU changes under traffic, the device is left alone.
check "h2: adopts" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
theirs=$(ip -n "${netns[h2]}" -j link show vx1 | jq '.[0].mtu')
spawn_on vm2 flow ping -n -q -i 0.02 -c 150 -W 3 172.16.30.51
ip -n "${netns[h2]}" link set wg0 mtu 1300
check "h2: says what no longer fits, and what mends it" wait_for 5 grep -q "link set dev vx1 mtu 1250" "$tmp/vtepd-h2.log"
told vm2 172.16.30.51 1400 "adopted" h2 1250
check_equal "h2: the device keeps its MTU" "$theirs" "$(ip -n "${netns[h2]}" -j link show vx1 | jq '.[0].mtu')"
reaped() { gone "${process[flow]}"; }
check "meanwhile" wait_for 30 reaped
check "no ping was lost" grep -q ' 0% packet loss' "$tmp/flow.log"
ip -n "${netns[h2]}" link set wg0 mtu 1420

# The tunnel's MTU changes: what vtepd made follows.
ip -n "${netns[h1]}" link set wg0 mtu 1300
check "vx1 and br0 follow wg0's MTU" wait_for 5 mtus_are "1250 1250"
told vm1 172.16.30.52 1400 "after that" h1 1250
check_equal "vtepctl show tells" "1300 1250" "$(on h1 vtepctl -j show | jq -r '.[0] | "\(.mtu) \(.overlay_mtu)"')"
check "h1: stops" vtepd_stop h1
finish

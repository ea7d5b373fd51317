#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Ethernet in WireGuard's place (--insecure): vtepd on both ends, then the kernel's vxlan as the other end, which
# is the oracle of the wire format in both directions. Needs no WireGuard.
#
#	vm1 (veth) --+                                   +-- vm2 (veth)
#	             br0 h1 vx1 ... eth0 --- eth0 ... vx1 h2 br0
#	vm3 (tap) ---+              eth1 --- eth1        +-- vm4 (tap)
#
# Unicast: port ingress -> encap -> next hop's MAC -> eth0; eth0 ingress -> decap -> port. What is to be flooded leaves
# by the kernel's vxlan. eth1 is a network that vtepd was not told of.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

vtep_ip() { underlay_ip "$1"; }			# for recipe_up, too

# Where vtepd sees it, its bpffs is seen: it has one of its own on a machine that hides /proc/1/root.
ctl() { # ctl H ARGUMENTS...: vtepctl
	local pid

	pid=$(vtepd_pid "$1")
	shift
	nsenter -t "$pid" -m -n vtepctl "$@"
}

count() { # count H HOOK REASON: packets
	ctl "$1" -j stats | jq "[.[] | select(.hook == \"$2\" and .reason == \"$3\") | .packets] | add // 0"
}

counted() { [ "$(count "$1" "$2" "$3")" -ge "$4" ]; }	# counted H HOOK REASON AT-LEAST

grown() { # grown DESC BEFORE AFTER BY: at least by so many
	if [ $(($3 - $2)) -ge "$4" ]; then ok "$1"; else not_ok "$1" "from $2 to $3"; fi
}

bulk() { # bulk DESC FROM TO ADDRESS
	check "bulk TCP, $1" bulk_tcp "$2" "$3" "$4" 1
	diag "$bulk_report"
}

start() { # start H [ARGUMENTS]: with the other as its only VTEP
	local h=$1 other=h$((3 - ${1#h}))

	shift
	vtepd_start "$h" --iface eth0 --insecure --vni 1 --bridge br0 --remote "$(vtep_ip "$other")" "$@"
}

state() { # state H: devices, addresses and filters
	ip -n "${netns[$1]}" -d address show | sed -E 's/[a-z_]+_timer +[0-9.]+//g; s/promiscuity [0-9]+//'
	tc -n "${netns[$1]}" qdisc show
}

# refused DESC PATTERN HINT ARGUMENTS...: exit code 1, one line, one hint, nothing changed
refused() {
	local desc=$1 pattern=$2 hint=$3 status=0

	shift 3
	state h1 >"$tmp/before"
	on h1 timeout 20 vtepd "$@" >"$tmp/said" 2>&1 || status=$?
	check_equal "$desc: exit code" 1 "$status"
	check "$desc: says '$pattern'" grep -q -- "vtepd: .*$pattern" "$tmp/said"
	check "$desc: hints '$hint'" grep -q -- "hint: .*$hint" "$tmp/said"
	check "$desc: nothing changed" diff "$tmp/before" <(state h1)
}

refusals() {
	refused "without --insecure" 'eth0: not a WireGuard device' '--insecure' --iface eth0 --vni 1
	refused "loopback" 'lo: not a WireGuard device' '--insecure' --iface lo --insecure --vni 1
	ip -n "${netns[h1]}" link add br9 type bridge
	ip -n "${netns[h1]}" link add port9 type veth peer name peer9
	ip -n "${netns[h1]}" link set port9 master br9
	ip -n "${netns[h1]}" link add vx9 type vxlan id 9 dstport 4790
	refused "bridge" 'br9: a bridge' '--iface NIC' --iface br9 --insecure --vni 1
	refused "bridge port" 'port9: a bridge port' '--iface NIC' --iface port9 --insecure --vni 1
	refused "vxlan device" 'vx9: a vxlan device' '--iface NIC' --iface vx9 --insecure --vni 1
	refused "device without address" 'peer9 has no IPv4 address' '--local' --iface peer9 --insecure --vni 1
	for i in br9 port9 vx9; do
		ip -n "${netns[h1]}" link del "$i"
	done
}

said() { # what it says of itself
	check "h1: says at its start that nothing is encrypted" grep -q 'eth0: Ethernet, NOT ENCRYPTED' "$tmp/vtepd-h1.log"
	check "h1: vtepctl show says it" grep -qx '  underlay: eth0 (Ethernet, NOT ENCRYPTED)' <(ctl h1 show)
	check_equal "h1: and its JSON" '["ethernet",false]' "$(ctl h1 -j show | jq -c '.[0] | [.underlay, .encrypted]')"
	check_equal "h1: MTU of the overlay" 1450 "$(ctl h1 -j show | jq '.[0].overlay_mtu')"
}

traffic() { # traffic DESC: every kind of it between vm1/vm3 at h1 and vm2/vm4 at h2
	for i in 1 2 3 4; do
		on vm$i ip neigh flush dev eth0		# it may have asked while nobody was there to answer
	done
	check "$1: ping, veth to veth" ping_all vm1 172.16.30.52
	check "$1: ping, tap to tap" ping_all vm3 172.16.30.54
	check "$1: ping, tap to veth, 1400 bytes" ping_all vm3 172.16.30.52 -s 1400
	check "$1: ping of the largest frame" ping_all vm2 172.16.30.53 -s 1422 -M 'do'
	check "$1: IPv6" ping_all vm1 fd00::54
	if [ "$vlans" ]; then
		check "$1: tagged" ping_all vm1 172.16.40.52
	else
		skip "$1: tagged" "no VLAN devices in this kernel"
	fi
	check "$1: the host itself" ping_all h1 172.16.30.2 -I br0
	on vm1 ip neigh flush dev eth0
	check "$1: ARP anew" ping_all vm1 172.16.30.54
	check "$1: 60 kB over TCP, tap to tap" tcp_compare vm3 vm4 172.16.30.54 60000
	check "$1: 60 kB over TCP, the other way" tcp_compare vm2 vm1 172.16.30.51 60000
	check "$1: 57 kB over UDP in fragments, veth to tap" udp_compare vm1 vm4 172.16.30.54 57600 3200
	bulk "$1, veth to veth" vm1 vm2 172.16.30.52
	bulk "$1, tap to tap, the other way" vm4 vm3 172.16.30.53
}

host_addresses() { # host_addresses H: br0 may be new
	ip -n "${netns[$1]}" address replace "172.16.30.${1#h}/24" dev br0
}

vlans=y

tagged() { # tagged VM ADDRESS: its VLAN 7, 4 bytes smaller
	ip -n "${netns[$1]}" link add link eth0 name eth0.7 type vlan id 7 2>/dev/null || { vlans='' && return; }
	ip -n "${netns[$1]}" link set eth0.7 mtu 1446 up
	ip -n "${netns[$1]}" address add "$2" dev eth0.7
}

plug() { # plug H VM: again, when br0 is new
	ip -n "${netns[$1]}" link set "${guest_port[$2]}" master br0
}

for h in h1 h2; do
	netns_add $h
	on $h sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
ip link add vxprobe netns "${netns[h1]}" type vxlan id 1 dstport 4791 2>/dev/null || skip_all "no vxlan in kernel $(uname -r)"
ip -n "${netns[h1]}" link del vxprobe
underlay_pair
ip link add eth1 netns "${netns[h1]}" type veth peer name eth1 netns "${netns[h2]}"
for h in h1 h2; do
	underlay_address $h
	ip -n "${netns[$h]}" address add "10.20.0.${h#h}/24" dev eth1
	ip -n "${netns[$h]}" link set eth1 up
done
refusals

state h1 >"$tmp/start"
check "h1: ready" start h1
check "h2: ready" start h2
diag_file "$tmp/vtepd-h1.log"
[ $tap_failed -eq 0 ] || finish
said
guest_veth h1 vm1 br0 172.16.30.51/24 1450
guest_veth h2 vm2 br0 172.16.30.52/24 1450
guest_tap h1 vm3 br0 172.16.30.53/24 1450
guest_tap h2 vm4 br0 172.16.30.54/24 1450
for i in 1 2 3 4; do
	ip -n "${netns[vm$i]}" address add "fd00::5$i/64" dev eth0
	tagged vm$i 172.16.40.5$i/24
done
host_addresses h1
host_addresses h2
traffic "vtepd to vtepd"

encap=$(count h1 port-rx encap) delivered=$(count h1 wg-rx delivered) bridged=$(count h1 wg-rx bridged)
check "ten more pings" ping_all vm1 172.16.30.52 -c 10 -i 0.05
grown "each request was encapsulated at the port" "$encap" "$(count h1 port-rx encap)" 10
grown "each reply was delivered to the port" "$delivered" "$(count h1 wg-rx delivered)" 10
check_equal "none went through the bridge" "$bridged" "$(count h1 wg-rx bridged)"
check "what is flooded is the kernel's" counted h1 vx-tx bum 1

# A guest whose MTU is the underlay's own. Ethernet can't fragment: the drop has a name, and who forbids it is told.
ip -n "${netns[vm1]}" link set eth0 mtu 1500
ip -n "${netns[h1]}" link set "${guest_port[vm1]}" mtu 1500
check "frames of 1500 bytes don't arrive" ping_none vm1 172.16.30.52 -s 1472 -M dont
check "and are counted" counted h1 port-rx not-fragmented 3
check_fail "nor those that must not be fragmented" ping_all vm1 172.16.30.52 -s 1472 -M 'do'
check "whose sender is told" counted h1 port-rx too-big 1
check "and knows it" grep -q 'mtu 1450' <(on vm1 ip route get 172.16.30.52)
check "smaller ones do" ping_all vm1 172.16.30.52 -s 1422 -M 'do'
ip -n "${netns[vm1]}" link set eth0 mtu 1450

# A killed daemon changes nothing; on a machine that hides its bpffs the pins are its own and go with it.
if [ -d /proc/1/root/sys/fs/bpf ]; then
	check "h1: killed" vtepd_stop h1 KILL
	check "frames go on" ping_all vm1 172.16.30.52
	check "h1: takes over" start h1
	check "ping after it" ping_all vm1 172.16.30.52
else
	skip "h1: killed and started again" "no way to the host's bpffs"
fi
vtepd_stop h1
check "h1: ready, --accel off" start h1 --accel off
for i in 1 3; do
	plug h1 vm$i
done
check "ping by the kernel's vxlan alone" ping_all vm1 172.16.30.52

# The VTEP behind a router, here the other's own address: another next hop.
ip -n "${netns[h2]}" address add 10.99.0.2/32 dev lo
ip -n "${netns[h1]}" route add 10.99.0.2 via "$(underlay_ip h2)"
vtepd_stop h1
vtepd_stop h2
check "h1: ready again, the VTEP behind a router" vtepd_start h1 --iface eth0 --insecure --vni 1 --bridge br0 --remote 10.99.0.2
check "h2: ready again" vtepd_start h2 --iface eth0 --insecure --vni 1 --bridge br0 --remote "$(vtep_ip h1)" --local 10.99.0.2
for i in 1 2 3 4; do
	plug h$((2 - i % 2)) vm$i
done
check "ping by the router" ping_all vm1 172.16.30.52
encap=$(count h1 port-rx encap)
check "again" ping_all vm1 172.16.30.52
grown "encapsulated" "$encap" "$(count h1 port-rx encap)" 3
ip -n "${netns[h1]}" route replace 10.99.0.2 via 10.19.3.60
check "the route leads elsewhere: nobody answers" wait_for 5 ping_none vm1 172.16.30.52 -c 1
ip -n "${netns[h1]}" route replace 10.99.0.2 via "$(underlay_ip h2)"
check "and back: vtepd follows" wait_for 5 ping_all vm1 172.16.30.52 -c 1
ip -n "${netns[h1]}" route replace 10.99.0.2 via 10.20.0.2 dev eth1
on vm1 ip neigh flush dev eth0
check "by another device: nothing is flooded there" ping_none vm1 172.16.30.52
check "and is counted" counted h1 vx-tx no-tunnel 1
ip -n "${netns[h1]}" route del 10.99.0.2
vtepd_stop h1
vtepd_stop h2

# The kernel's vxlan at the other end.
for checksum in noudpcsum udpcsum; do
	recipe_options=("$checksum")
	recipe_up h2 1 "$(vtep_ip h1)"
	ip -n "${netns[h2]}" link set vx1 mtu 1450
	check "h1: ready, the other end is the kernel's with $checksum" start h1
	for i in 1 2 3 4; do
		plug h$((2 - i % 2)) vm$i
	done
	host_addresses h1
	host_addresses h2
	traffic "vtepd to kernel, $checksum"
	if [ $checksum = noudpcsum ]; then
		check "h1 decapsulated it" counted h1 wg-rx delivered 10
		check_equal "h1: nothing to verify" 0 "$(count h1 wg-rx unverified)"
	else
		check "h1: checksums were left to the kernel to verify" counted h1 wg-rx unverified 10
	fi
	[ $checksum = udpcsum ] || { vtepd_stop h1; recipe_down h2 1; }
done

# VXLAN for our address that comes by another device is refused, although its sender is a VTEP of ours.
unproved=$(count h1 vx-rx unproved) mac1=${guest_mac[vm1]}
on vm2 ip neigh replace 172.16.30.51 lladdr "$mac1" dev eth0
ip -n "${netns[h2]}" route add "$(vtep_ip h1)/32" via 10.20.0.1 dev eth1
on vm2 ping -n -q -c 3 -i 0.2 -W 1 172.16.30.51 >/dev/null
grown "by another device: refused" "$unproved" "$(count h1 vx-rx unproved)" 3
ip -n "${netns[h2]}" route del "$(vtep_ip h1)/32" via 10.20.0.1 dev eth1
check "by eth0: taken" ping_all vm2 172.16.30.51

# A sender that is no VTEP of ours.
unknown=$(count h1 wg-rx vtep-unknown)
ip -n "${netns[h2]}" address add 10.19.3.33/26 dev eth0
ip -n "${netns[h2]}" link set vx1 type vxlan local 10.19.3.33
on vm2 ping -n -q -c 3 -i 0.2 -W 1 172.16.30.51 >/dev/null
grown "from an address that is no VTEP: refused" "$unknown" "$(count h1 wg-rx vtep-unknown)" 3

check "h1: stops" vtepd_stop h1
ip -n "${netns[h1]}" link del vethvm1 2>/dev/null
reap tapcopy-vm3 || :
check "h1 is as it was" diff "$tmp/start" <(state h1)

# Must-fail twin: without --remote there is no VTEP, and it is said.
recipe_down h2 1
check "h1: ready without VTEPs" vtepd_start h1 --iface eth0 --insecure --vni 1 --bridge br0
check "h1: says that it has none" grep -q 'vni 1: no VTEP is known' "$tmp/vtepd-h1.log"
check "h2: ready" start h2
host_addresses h1
host_addresses h2
check "nobody answers" ping_none h1 172.16.30.2 -I br0
bridge -n "${netns[h1]}" fdb append 00:00:00:00:00:00 dev vx1 dst "$(vtep_ip h2)" self permanent
check "until the flood list has it" wait_for 5 ping_all h1 172.16.30.2 -I br0 -c 1
check "h1: stops" vtepd_stop h1
check "h2: stops" vtepd_stop h2
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vtepctl against an instance that fixture.c made: no WireGuard, no daemon.
#
#	wg0 (a veth here)	vx1 in br1: vnet2, vnet10	vx7 in br7: vnet7
#
# What is read comes from the fixture's maps; what is written is looked for in the kernel's
# FDBs and in the maps. VTEPCTL: another build of it.

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

vtepctl=$(command -v "${VTEPCTL:-vtepctl}") || skip_all "vtepctl is not built"
command -v jq >/dev/null || skip_all "needs jq"
[ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || skip_all "no bpffs on /sys/fs/bpf"

# The machine's mount namespace is kept, unlike with `ip netns exec`.
in_ns() { nsenter --net="/run/netns/${netns[node]}" "$@"; }

devices() {
	local vni port

	netns_add node
	in_ns ip link add wg0 type veth peer name wg0p || skip_all "no veth"
	in_ns ip link add wg.1 type veth peer name wg.1p
	for vni in 1 7; do
		in_ns ip link add "br$vni" type bridge || skip_all "no bridge"
		in_ns ip link add "vx$vni" type vxlan id "$vni" dstport 4789 \
			local 172.16.0.1 nolearning || skip_all "no vxlan"
		in_ns ip link set "vx$vni" master "br$vni" up
		in_ns ip link set "br$vni" up
	done
	for port in vnet2:br1 vnet10:br1 vnet7:br7; do
		in_ns ip link add "${port%:*}" type veth peer name "p${port%:*}"
		in_ns ip link set "p${port%:*}" up
		in_ns ip link set "${port%:*}" master "${port#*:}" up
	done
	# Before it forwards, a port takes no learned entry.
	wait_for 5 forwarding || diag "ports do not forward"
}

forwarding() { [ "$(in_ns bridge link | grep -c 'state forwarding')" -eq 5 ]; }
make_instance() { in_ns fixture "$@" || diag "fixture $* failed"; }
v() { in_ns "$vtepctl" "$@" >"$tmp/out" 2>"$tmp/err"; }

rc() { # rc CODE ARGUMENTS...: exit code; a message if and only if it is not 0
	local want=$1 got=0

	shift
	v "$@" || got=$?
	cat "$tmp/out" "$tmp/err"
	[ $got -eq "$want" ] && { [ $got -eq 0 ] || [ -s "$tmp/err" ]; }
}

refused() { # refused CODE TEXT ARGUMENTS...: exit code, message and hint
	local code=$1 text=$2

	shift 2
	rc "$code" "$@" && said "vtepctl: " && said "$text" && said "hint: "
}

json() { # json FILTER ARGUMENTS...: true of the command's JSON
	local filter=$1

	shift
	v -j "$@" && jq -e "$filter" "$tmp/out" >/dev/null || { cat "$tmp/out" "$tmp/err"; return 1; }
}

said() { grep -qF -- "$1" "$tmp/err"; }
printed() { grep -q -- "$1" "$tmp/out"; }
# kernel FILTER: where bridges know VLANs, an entry stands once more for VLAN 1
kernel() { in_ns bridge -j fdb show | jq -e "[.[] | select(.vlan == null)] | $1"; }
no_kernel() { ! kernel "$1"; }
plain() { ! grep -q "$(printf '\033')" "$tmp/out"; }
outside() { "$vtepctl" -n "${netns[node]}" -j show | jq -e '.[0].interface == "wg0"'; }
learned() { # learned MAC DST: as vtepd mirrors it into the kernel
	in_ns bridge fdb add "$1" dev vx1 dst "$2" self dynamic
	in_ns bridge fdb add "$1" dev vx1 master dynamic
}

devices

# No instance, wrong usage
check no_instance refused 4 "no vtepd instance in this network namespace" show
check no_instance_hint said "vtepd --iface wg0 --vni 1"
check no_instance_named refused 4 "no vtepd instance for wg7" -i wg7 fdb
check bad_iface_name refused 1 "is not an interface name" -i ../x show
check help rc 0 help
check help_examples [ "$(head -3 "$tmp/out" | grep -c '^  vtepctl ')" = 3 ]
check help_option rc 0 --help
check help_object rc 0 fdb help
check version rc 0 -V
check unknown_object rc 1 frob
check unknown_option rc 1 --frob
check unknown_verb refused 1 "'frob' is not known here" fdb frob
check bad_vni refused 1 "vni '16777216'" fdb show vni 16777216
check bad_vni_text refused 1 "vni '1x'" fdb show vni 1x
check bad_vni_sign refused 1 "vni '-1'" fdb show vni -- -1
check vni_missing refused 1 "missing after 'vni'" fdb show vni
check bad_mac refused 1 "is not a MAC address" fdb get 52:54:00
check mac_missing refused 1 "MAC address is missing" fdb get
check dst_missing refused 1 "VTEP's address is missing" fdb add 52:54:00:00:00:99 vni 1
check bad_dst refused 1 "is not an IP address" fdb add 52:54:00:00:00:99 dst 172.16.0 vni 1
check twice refused 1 "one too many" fdb show vni 1 vni 7
check bad_color refused 1 "always, auto or never" -c=blue show
check no_netns refused 3 "cannot enter the network namespace" -n vtepctl-no-such show

# Pins that are not ours
make_instance wg0 abi 9
check other_abi refused 2 "their ABI is 9" show
make_instance wg0 remove
make_instance wg0 damaged
check damaged refused 2 "not what vtepd makes" fdb
make_instance wg0 remove
check removed rc 4 show

# path: without a WireGuard device behind it, so nothing gets there
make_instance wg0
in_ns ip neigh replace 172.16.30.7 lladdr 52:54:00:77:00:07 dev br1
in_ns ip neigh replace fd00::9 lladdr 52:54:00:9a:1c:01 dev br1
check path_port json '.place == "port" and .ifname == "vnet10" and .vni == 1 and .fate == "local" and .age == 3' \
	path 52:54:00:77:00:07
check path_ip json '.ip == "172.16.30.7" and .mac == "52:54:00:77:00:07" and .place == "port"' path 172.16.30.7
check path_ip6 json '.ip == "fd00::9" and .place == "vtep" and .paths[0].dst == "172.16.0.2"' path fd00::9
check path_unknown_ip refused 3 "no MAC address is known here for 172.16.30.8" path 172.16.30.8
check path_vtep json '.place == "vtep" and .static and .fate == "lost" and
	(.paths | length == 1 and .[0].dst == "172.16.0.2" and .[0].vxlan_bytes == 50 and .[0].lost)' path de:ad:be:ef:00:01
check path_aged json '.place == "unknown"' path 52:54:00:77:00:09 vni 1
check path_several refused 1 "which one" path 52:54:00:9a:1c:01
check path_vni json '.place == "port" and .vni == 7 and .ifname == "vnet7"' path 52:54:00:9a:1c:01 vni 7
check path_flooded json '.place == "unknown" and .age == null and ([.paths[].dst] == ["172.16.0.2", "172.16.0.10"])' \
	path 06:00:00:00:00:01 vni 1
check path_group json '.place == "group" and .fate == "lost"' path ff:ff:ff:ff:ff:ff vni 7
check path_stays json '.place == "stays" and .paths == []' path 01:80:c2:00:00:0e vni 1
check path_host json '.place == "host"' path 02:00:00:00:00:01 vni 1
check path_port_size json '.fate == "dropped" and .size == 1600' path 52:54:00:77:00:07 size 1600
check path_text rc 0 path de:ad:be:ef:00:01 size 1400
check path_text_dst printed 'dst 172.16.0.2'
check path_text_lost printed 'lost: '
check path_oneline rc 0 -o path 52:54:00:77:00:07
check path_oneline_tab printed "$(printf '^1\tbridge br1\t')"
check path_nothing refused 1 "a MAC or an IP address is wanted" path
check path_both refused 1 "a MAC or an IP address is wanted" path 52:54:00:77:00:07 172.16.30.7
check path_bad_size refused 1 "size '1'" path 52:54:00:77:00:07 size 1
make_instance wg0 remove

# show
make_instance wg0
check show_text rc 0
check show_default printed '^interface: wg0$'
check show_macs printed '  macs: 3 local, 4 remote, 2 of them static (limit 65536)'
check show_json json '.[0] | .interface == "wg0" and .local == "172.16.0.1" and .port == 4789 and
	.acceleration == "tcx" and .running == false and .learned == 8 and (.vnis | length) == 2' show
check show_vni json '.[0].vnis[0] | .vni == 1 and .ifname == "vx1" and .master == "br1" and
	.ageing == 300 and .local_macs == 3 and .remote_macs == 4 and .static_macs == 2 and
	.flood == 2 and .learning' show wg0
check show_other rc 4 show wg7
check netns_option outside

# fdb show
check fdb_table rc 0 fdb show
check fdb_header printed '^VNI MAC               WHERE       PEER TYPE      AGE'
check fdb_flood_last [ "$(grep -n ' flood' "$tmp/out" | cut -d: -f1 | head -1)" = 9 ]
check fdb_prefix rc 0 f s
check fdb_json json 'length == 12' fdb
check fdb_vni json 'length == 3 and all(.vni == 7)' fdb show vni 7
check fdb_vni_none refused 3 "wg0 has no vni 8" fdb show vni 8
check fdb_local json 'length == 4 and all(.dst == null)' fdb show local
check fdb_remote json 'length == 5 and all(.ifname | startswith("vx"))' fdb show remote
check fdb_static json 'length == 2 and all(.type == "static" and .age == null)' fdb show static
check fdb_dst json 'length == 4 and all(.dst == "172.16.0.2")' fdb show dst 172.16.0.2
check fdb_dev json 'length == 2 and all(.ifname == "vnet2")' fdb show dev vnet2
check fdb_dev_none refused 3 "no port, bridge or vxlan device" fdb show dev lo
check fdb_aged_hidden json 'all(.mac != "52:54:00:77:00:09")' fdb show
check fdb_aged_details json 'any(.mac == "52:54:00:77:00:09" and .aged)' -d fdb show
check fdb_own_details json 'any(.type == "host" and .ifname == "br1")' -d fdb show
check fdb_keys json '.[0] | .mac == "52:54:00:9a:1c:02" and .ifname == "vx1" and .vni == 1 and
	.dst == "172.16.0.10" and .type == "dynamic" and .state == "" and .flags == ["self"] and
	.used >= 250 and .used < 300 and .age == .used and .updated >= 200000' fdb get 52:54:00:9a:1c:02
check fdb_oneline rc 0 -o fdb show vni 7
check fdb_oneline_tabs [ "$(awk -F '\t' 'NF == 6' "$tmp/out" | wc -l)" = 3 ]
check fdb_color rc 0 -c fdb show
check fdb_color_late printed "$(printf '\033\\[33mdynamic')"
check fdb_plain rc 0 fdb show
check fdb_no_color plain
check fdb_get_both json 'length == 2' fdb get 52:54:00:9a:1c:01
check fdb_get_none refused 3 "no fdb entry for 52:54:00:99:99:99" fdb get 52:54:00:99:99:99

# peers of a device that is no WireGuard here
check peer_none refused 2 "the kernel tells no peers of wg0" peer show
check monitor_peer_none refused 2 "the kernel tells no peers of wg0" monitor peer
check fdb_peer_none refused 3 "wg0 has no peer 'node2'" fdb show peer node2
check fdb_name json 'all(has("name"))' fdb show

# fdb add, replace, del
mac=52:54:00:00:00:99
check add_which_vni refused 1 "several VNIs" fdb add $mac dst 172.16.0.2
check add_multicast refused 1 "multicast" fdb add 01:00:5e:00:00:01 dst 172.16.0.2 vni 1
check add_zero refused 1 "flood" fdb add 00:00:00:00:00:00 dst 172.16.0.2 vni 1
check add_own refused 1 "own VTEP" fdb add $mac dst 172.16.0.1 vni 1
check add_bad_dst refused 1 "not a unicast" fdb add $mac dst 239.1.1.1 vni 1
check add_other_family refused 1 "own is an IPv4 address" fdb add $mac dst fd00::2 vni 1
check add rc 0 fdb add $mac dst 172.16.0.2 vni 1
check add_note said "note: vtepd is not running; takes effect when it starts"
check add_self kernel "any(.[]; .mac == \"$mac\" and .ifname == \"vx1\" and
	.dst == \"172.16.0.2\" and .state == \"permanent\" and .flags == [\"self\"])"
check add_master kernel "any(.[]; .mac == \"$mac\" and .ifname == \"vx1\" and .master == \"br1\" and
	.state == \"static\")"
check add_again refused 2 "configured to be at 172.16.0.2" fdb add $mac dst 172.16.0.3 vni 1
learned 52:54:00:00:00:98 172.16.0.3
check add_over_learned rc 0 fdb add 52:54:00:00:00:98 dst 172.16.0.2 vni 1
check add_over_learned_self kernel 'any(.[]; .mac == "52:54:00:00:00:98" and .state == "permanent" and
	.dst == "172.16.0.2")'
check replace rc 0 fdb replace $mac dst 172.16.0.3 vni 1
check replace_self kernel "[.[] | select(.mac == \"$mac\") | .dst // empty] == [\"172.16.0.3\"]"
check del_elsewhere refused 3 "at that VTEP" fdb del $mac dst 172.16.0.2 vni 1
check del rc 0 fdb del $mac vni 1
check del_gone no_kernel "any(.[]; .mac == \"$mac\")"
check del_again refused 3 "no fdb entry" fdb del $mac vni 1
check del_own refused 2 "own address" fdb del 02:00:00:00:00:01 vni 1
learned 52:54:00:9a:1c:03 172.16.0.2
check del_learned rc 0 fdb del 52:54:00:9a:1c:03 vni 1
check del_learned_quiet [ ! -s "$tmp/err" ]
check del_learned_mirror no_kernel 'any(.[]; .mac == "52:54:00:9a:1c:03")'
check del_learned_bpf rc 3 fdb get 52:54:00:9a:1c:03
check del_learned_gauge json '.[0].learned == 7' show

# flood
check flood_json json 'length == 3 and all(.mac == "00:00:00:00:00:00" and .type == "flood")' flood
check flood_vni json '[.[].dst] == ["172.16.0.2", "172.16.0.10"]' flood show vni 1
check flood_add rc 0 flood add 172.16.0.9 vni 7
check flood_add_second rc 0 flood add dst 172.16.0.10 vni 7
check flood_kernel kernel '[.[] | select(.mac == "00:00:00:00:00:00" and .ifname == "vx7") |
	.dst] | sort == ["172.16.0.10", "172.16.0.9"]'
check flood_again refused 2 "it is in it" flood add 172.16.0.9 vni 7
check flood_del rc 0 flood del 172.16.0.9 vni 7
check flood_left kernel '[.[] | select(.mac == "00:00:00:00:00:00") | .dst] == ["172.16.0.10"]'
check flood_del_again refused 3 "not in the flood list" flood del 172.16.0.9 vni 7
check flood_addr_missing refused 1 "is missing" flood add vni 7

# stats
cpus=$(cat /sys/devices/system/cpu/possible)
cpus=$((${cpus#*-} + 1))
check stats_json json "any(.vni == 1 and .hook == \"port-rx\" and .reason == \"encap\" and
	.kind == \"send\" and .packets == 24105 * $cpus and .bytes == 2410500 * $cpus)" stats
check stats_no_vni json 'any(.vni == null and .reason == "not-ours")' stats
check stats_vni json 'length == 1 and .[0].reason == "vtep-unknown"' stats vni 7
check stats_drops json 'length == 2 and all(.kind == "drop")' stats drops
check stats_details json 'length > 300' -d stats
check stats_text rc 0 stats drops vni 1
check stats_line printed '^  1 port-rx src-static drop'

# flush: learned ones only, and their mirrors
learned 52:54:00:9a:1c:01 172.16.0.2
learned 52:54:00:9a:1c:02 172.16.0.10
in_ns bridge fdb add 52:54:00:77:00:08 dev vnet2 master dynamic
check flush_dst json '.flushed == 1' fdb flush dst 172.16.0.2
check flush_dst_mirror no_kernel 'any(.[]; .mac == "52:54:00:9a:1c:01")'
check flush_dst_others kernel '[.[] | select(.mac == "52:54:00:9a:1c:02")] | length == 2'
check flush_dev json '.flushed == 2' fdb flush dev vnet2
check flush_dev_mirror no_kernel 'any(.[]; .mac == "52:54:00:77:00:08")'
check flush_vni json '.flushed == 2' fdb flush vni 1
check flush_vni_mirror no_kernel 'any(.[]; .mac == "52:54:00:9a:1c:02")'
check flush_statics json 'length == 2' fdb show static
check flush_configured kernel 'any(.[]; .mac == "52:54:00:00:00:98")'
check flush_rest rc 0 fdb flush
check flush_says printed '^2 learned entries flushed$'
check flush_gauge json '.[0].learned == 0' show

# The daemon runs; many entries; a second instance; --accel off
spawn run nsenter --net="/run/netns/${netns[node]}" fixture wg0 run
wait_for 5 grep -q ready "$tmp/run.log"
check running json '.[0].running' show
check running_quiet rc 0 flood add 172.16.0.9 vni 7
check running_no_note [ ! -s "$tmp/err" ]
reap run
check killed json '.[0].running == false' show
make_instance wg0 many 60000
check many json 'length == 60005' fdb
check many_flush json '.flushed == 60000' fdb flush
make_instance wg.1 one
check several refused 1 "several vtepd instances" fdb
check several_show json '[.[].interface] | sort == ["wg.1", "wg0"]' show
check several_named json 'length > 0' -i wg.1 fdb
check several_dev json 'length > 0' fdb show dev wg.1
make_instance wg0 remove
check one_vni rc 0 flood add 172.16.0.77
make_instance wg.1 remove
make_instance wg0 off
learned 52:54:00:0f:f0:01 172.16.0.2
check off json '.[0].acceleration == "off"' show
check off_fdb json 'length == 1 and (.[0] | .type == "dynamic" and .dst == "172.16.0.2" and
	.age == null)' fdb get 52:54:00:0f:f0:01
make_instance wg0 remove
check clean [ -z "$(pins | grep -vxF "$pins_before")" ]
finish

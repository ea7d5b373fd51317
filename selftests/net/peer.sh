#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an operator sees of the peers: names out of the configuration, handshakes and bytes as wg(8) tells them, VNIs
# and MACs behind each. And that one that is gone is left out until it is back.
#
#	vm1 -- br1 h1 wg0 === wg0 h2 br1 -- vm2		h1 calls h2 "site b" and h3 nothing; a third peer never answers
#	       br7 h1     === wg0 h3 br7 -- vm3

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$tmp/wg0.conf
silent=c2lsZW50c2lsZW50c2lsZW50c2lsZW50c2lsZW50c2k=

json() { # json FILTER ARGUMENTS...: true of what vtepctl prints on h1
	local filter=$1

	shift
	on h1 vtepctl -j "$@" >"$tmp/json" && jq -e --arg h2 "$(wg_key h2)" --arg h3 "$(wg_key h3)" \
		--arg silent "$silent" "$filter" "$tmp/json" || { cat "$tmp/json"; return 1; }
}

rc() { # rc CODE TEXT ARGUMENTS...: exit code, and what is said
	local want=$1 text=$2 got=0

	shift 2
	on h1 vtepctl "$@" >"$tmp/rc" 2>&1 || got=$?
	cat "$tmp/rc"
	[ $got -eq "$want" ] && grep -qF -- "$text" "$tmp/rc"
}

bytes() { on h1 wg show wg0 transfer | awk -v key="$(wg_key h2)" '$1 == key { print $2, $3 }'; }
bytes_shown() { on h1 vtepctl -o peer show "site b" | awk -F '\t' '{ print $5, $6 }'; }

same_bytes() { bytes && [ "$(bytes)" = "$(bytes_shown)" ]; }	# once nobody talks in between

# h3's cable: what it means is looked at while other things are
plug() { ip -n "${netns[underlay]}" link set h3 "$1"; }
in_log() { vtepd_log h1 | grep -q "$1"; }
dead() { vtepd_log h1 | grep -c "peer $1.*: dead, nothing heard for 20 s"; }
seconds_left() { echo $((cut + 26 - EPOCHSECONDS > 1 ? cut + 26 - EPOCHSECONDS : 1)); }
flood_is() { [ "$(on h1 vtepctl -j flood show vni "$1" | jq -r '[.[].dst] | sort | join(" ")')" = "${*:2}" ]; }
kernel_fdb() { bridge -n "${netns[h1]}" fdb show dev vx7 | grep -q "^$1.* dst 172.16.0.3"; }
kernel_forgot() { ! bridge -n "${netns[h1]}" fdb show dev vx7 | grep "^$1"; }

hypervisors 3
on h1 wg set wg0 peer $silent allowed-ips 172.16.0.99/32
(umask 077 && cat >"$conf") <<END
[Interface]
PeerTimeout = 20

[VNI]
VNI = 1
Bridge = br1

[VNI]
VNI = 7
Bridge = br7

[Peer]
PublicKey = $(wg_key h2)
Name = site b
VNIs = 1

[Peer]
PublicKey = $(wg_key h3)
END
check "h1: ready" vtepd_start h1 --config "$conf"
check "h2: ready" vtepd_start h2 --iface wg0 --vni 1 --bridge br1
check "h3: ready" vtepd_start h3 --iface wg0 --vni 7 --bridge br7
guest_veth h1 vm1 br1 172.16.30.51/24
guest_veth h2 vm2 br1 172.16.30.52/24
guest_veth h1 vm4 br7 172.16.31.51/24
guest_veth h3 vm3 br7 172.16.31.53/24
check "vm1 to vm2" ping_all vm1 172.16.30.52
check "vm4 to vm3" ping_all vm4 172.16.31.53

check "three peers, by key" json 'map(.peer) | sort == ([$h2, $h3, $silent] | sort)' peer show
check "one by its name" json 'length == 1 and .[0].peer == $h2' peer show "site b"
check "one by how its key begins" json 'length == 1 and .[0].peer == $silent' peer show c2lsZW50
check "its name, VTEP, endpoint" json '.[0] | .name == "site b" and .vteps == ["172.16.0.2"] and
	.endpoint == "10.19.3.5:51820" and .interface == "wg0"' peer show "site b"
check "its handshake" json '.[0] | .up and .age < 60 and .latest_handshake > 1000000000' peer show "site b"
check "one without a name" json '.[] | select(.peer == $h3) | .name == null and .up' peer
check "one that never answered" json '.[] | select(.peer == $silent) | .up == false and .age == null and
	.latest_handshake == null and .endpoint == null' peer
check "MACs behind it" json '.[] | select(.peer == $h3) | .macs >= 1' peer
check "bytes as wg tells them" wait_for 10 same_bytes
check "its segments, by VNIs =" json '.[0].vnis == [1]' peer show "site b"
check "the table" rc 0 "site b" peer show
check "which says never" grep -q 'never' "$tmp/rc"
check "nobody of that name" rc 3 "wg0 has no peer 'nobody'" peer show nobody
check "two names" rc 1 "is one too many" peer show a b

bridge -n "${netns[h1]}" fdb add 52:54:00:99:99:99 dev vx7 dst 172.16.0.3 self static
check "h3: a MAC learned, one configured" wait_for 5 json 'map(.type) | index("dynamic") and index("static")' \
	fdb show vni 7 dst 172.16.0.3
check_equal "nobody that ever spoke is dead" "0 0" "$(dead "site b") $(dead "$(wg_key h3 | head -c 8)")"
capture_start h1 wg0 "$tmp/asked.pcap" udp port 9
plug down
cut=$EPOCHSECONDS
check "fdb: the name" json 'any(.[]; .name == "site b" and .peer == $h2 and .dst == "172.16.0.2")' fdb show
check "fdb: the table says it" rc 0 "site b" fdb show
check "fdb: of one peer" json 'length > 0 and all(.[]; .dst == "172.16.0.2")' fdb show peer "site b"
check "fdb: of one without entries" json 'map(select(.type != "flood")) | length == 0' fdb show peer $silent
check "flood: the name" json 'any(.[]; .name == "site b")' flood show
check "show: the name" rc 0 "peer: site b" show
check "show: and the key below it" grep -q "public key: $(wg_key h2)" "$tmp/rc"
check_equal "-o: the key, in full" "$(wg_key h2)" "$(on h1 vtepctl -o fdb show remote vni 1 | cut -f 4 | sort -u)"

check "h3, cut off: dead" wait_for "$(seconds_left)" in_log "peer $(wg_key h3 | head -c 8).*: dead, nothing heard for 20 s"
check "what was learned behind it is forgotten" json 'map(.type) == ["static"]' fdb show vni 7 dst 172.16.0.3
check "by the kernel, too" wait_for 1 kernel_forgot "${guest_mac[vm3]}"
check "what is configured stays there" kernel_fdb 52:54:00:99:99:99
check "the flood list is without it" wait_for 1 flood_is 7
check "the kernel's keeps its entry" kernel_fdb 00:00:00:00:00:00
check "it is a member" json '.[] | select(.peer == $h3) | .vnis == [1, 7]' peer
check_equal "h2, which has nothing to say, is not dead" 0 "$(dead "site b")"
capture_stop "$tmp/asked.pcap"
check "because it was asked, and has answered" [ "$(capture_count "$tmp/asked.pcap" dst 172.16.0.2)" -ge 1 ]
check "it gets what is flooded" flood_is 1 172.16.0.2
check "its MACs are known" json 'map(.type) | index("dynamic")' fdb show vni 1 dst 172.16.0.2
check_equal "one that never answered is dead, and that is said once" 1 "$(dead "${silent:0:8}")"
plug up
ip -n "${netns[vm4]}" neigh flush all
check "h3 is back: found by a broadcast" wait_for 15 ping_all vm4 172.16.31.53
check "which is said" in_log "peer $(wg_key h3 | head -c 8).*: back"
check "it is in the flood list" flood_is 7 172.16.0.3

# Names are found without a daemon, and where nobody told of a file.
vtepd_stop h1 KILL
check "a killed vtepd: still" json '.[0].name == "site b"' peer show "site b"
rm "$conf"
check "no file: keys, and no error" json 'length == 3 and all(.[]; .name == null)' peer show
mkdir -p /etc/wireguard "/etc/netns/${netns[h1]}/wireguard"
printf '%s\n' '[Interface]' "PrivateKey = $(cat "$tmp/h1.key")" '[Peer] # old name' "PublicKey = $(wg_key h2)" \
	>"/etc/netns/${netns[h1]}/wireguard/wg0.conf"
check "a comment in wg-quick's file" json '.[] | select(.peer == $h2) | .name == "old name"' peer show
check_fail "no private key is printed" grep -qF "$(cat "$tmp/h1.key")" "$tmp/json" "$tmp/rc"
rm -r "/etc/netns/${netns[h1]}"
check "h1: takes over" vtepd_start h1 --iface wg0 --vni 1 --bridge br1 --vni 7 --bridge br7
for h in h1 h2 h3; do
	check "$h: stops" vtepd_stop $h
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an operator sees of the peers: names out of the configuration, handshakes and bytes as wg(8) tells them, VNIs
# and MACs behind each.
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

hypervisors 3
on h1 wg set wg0 peer $silent allowed-ips 172.16.0.99/32
(umask 077 && cat >"$conf") <<END
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

check "fdb: the name" json 'any(.[]; .name == "site b" and .peer == $h2 and .dst == "172.16.0.2")' fdb show
check "fdb: the table says it" rc 0 "site b" fdb show
check "fdb: of one peer" json 'length > 0 and all(.[]; .dst == "172.16.0.2")' fdb show peer "site b"
check "fdb: of one without entries" json 'map(select(.type != "flood")) | length == 0' fdb show peer $silent
check "flood: the name" json 'any(.[]; .name == "site b")' flood show
check "show: the name" rc 0 "peer: site b" show
check "show: and the key below it" grep -q "public key: $(wg_key h2)" "$tmp/rc"
check_equal "-o: the key, in full" "$(wg_key h2)" "$(on h1 vtepctl -o fdb show remote vni 1 | cut -f 4 | sort -u)"

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

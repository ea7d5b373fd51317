# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the datapath share: a kernel peer to vtepd's instances, frames made by
# hand, exact counts of what arrived and what the programs say they did. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154 # lib.sh has the rest

#--- the kernel's vxlan, with what the recipe leaves to defaults

# kernel_vxlan H VNI PORT REMOTE…: vxVNI in br0, outer UDP checksum 0 as ours
kernel_vxlan() {
	local ns=${netns[$1]} dev=vx$2 remote

	ip -n "$ns" link add "$dev" type vxlan id "$2" dstport "$3" local "$(vtep_ip "$1")" \
		noudpcsum
	ip -n "$ns" link set "$dev" master br0 up
	shift 3
	for remote; do
		bridge -n "$ns" fdb append 00:00:00:00:00:00 dev "$dev" dst "$remote"
	done
}

kernel_vxlan_down() { ip -n "${netns[$1]}" link del "vx$2"; } # kernel_vxlan_down H VNI

bridge_add() { # bridge_add H NAME: as people have it before they think of tunnels
	ip -n "${netns[$1]}" link add "$2" up type bridge
}

#--- state of an instance

# stat_count H HOOK REASON [VNI]: packets, 0 if none; of all VNIs unless one is named
stat_count() {
	on "$1" vtepctl -j stats | jq --arg hook "$2" --arg reason "$3" --argjson vni "${4:-null}" \
		'[.[] | select(.hook == $hook and .reason == $reason and
		  ($vni == null or .vni == $vni)) | .packets] | add // 0'
}

# stat_delta H HOOK REASON COMMAND...: how many more after it
stat_delta() {
	local h=$1 hook=$2 reason=$3 before

	shift 3
	before=$(stat_count "$h" "$hook" "$reason")
	attempt "$@" || diag "status $? of: $*" >&2
	echo $(($(stat_count "$h" "$hook" "$reason") - before))
}

# fdb_where H MAC [VNI]: its VTEP or port, "-" if unknown
fdb_where() {
	on "$1" vtepctl -j fdb get "$2" vni "${3:-1}" 2>/dev/null |
		jq -r '[.[] | select(.type != "flood")][0] | .dst // .ifname // empty' | grep . || echo -
}

fdb_type() { # fdb_type H MAC [VNI]
	on "$1" vtepctl -j fdb get "$2" vni "${3:-1}" 2>/dev/null |
		jq -r '.[0].type // empty' | grep . || echo -
}

is_at() { # is_at H MAC WHERE [VNI]: for wait_for and check
	local where

	where=$(fdb_where "$1" "$2" "${4:-1}")
	echo "$2 at $where"
	[ "$where" = "$3" ]
}

# kernel_dst H DEV MAC: every destination that the vxlan device's own FDB has for it
kernel_dst() {
	bridge -n "${netns[$1]}" -j fdb show dev "$2" |
		jq -r --arg mac "$3" '[.[] | select(.mac == $mac and .dst != null) | .dst] |
			unique | join(" ")'
}

# bridge_port H MAC: the port that the bridge has it on
bridge_port() {
	bridge -n "${netns[$1]}" -j fdb show br br0 |
		jq -r --arg mac "$2" '[.[] | select(.mac == $mac and .master == "br0") | .ifname] |
			unique | join(" ")'
}

#--- frames by hand

mac_hex() { echo "${1//:/}"; }

# frame_hex DST SRC TYPE [PAYLOAD]: addresses as they are written, the rest in hex; padded
# to 60 bytes
frame_hex() {
	local frame

	frame=$(mac_hex "$1")$(mac_hex "$2")$3${4-}
	while [ ${#frame} -lt 120 ]; do
		frame+=00
	done
	echo "$frame"
}

# repeat BYTE COUNT: hex
repeat() { printf "$1%.0s" $(seq "$2"); }

# ipv4_hex PROTOCOL SOURCE DESTINATION PAYLOAD: a packet, its checksum right
ipv4_hex() {
	local head sum=0 i length=$((20 + ${#4} / 2))

	head=$(printf '4500%04x00004000 40%02x0000' "$length" "$1" | tr -d ' ')
	# shellcheck disable=SC2086 # four numbers each
	head+=$(printf '%02x' ${2//./ } ${3//./ })
	for ((i = 0; i < 40; i += 4)); do
		sum=$((sum + 0x${head:i:4}))
	done
	sum=$((sum % 65536 + sum / 65536))
	sum=$((sum % 65536 + sum / 65536))
	printf '%s%04x%s%s' "${head:0:20}" $((65535 - sum)) "${head:24}" "$4"
}

# udp_hex SOURCE_PORT DESTINATION_PORT PAYLOAD: ports in 4 hex digits; no checksum
udp_hex() { printf '%s%s%04x0000%s' "$1" "$2" $((8 + ${#3} / 2)) "$3"; }

# send_frame GUEST HEX [COUNT [MICROSECONDS]]
send_frame() {
	local guest=$1

	shift
	on "$guest" frame eth0 "$@" >"$tmp/frame.log"
}

#--- what arrived

# For capture_start: tcpdump gives each packet of its buffer the room of the longest
headers=(-s 2000 -B 16384)	# many packets, GRO packets cut short
# shellcheck disable=SC2034 # for tests
whole=(-s 65535 -B 32768)	# a few hundred, none cut

# listen GUEST… -- FILTER…: on their eth0, into $tmp/arrived-GUEST.pcap
listen() {
	local -a guests=()
	local guest

	while [ "$1" != -- ]; do
		guests+=("$1")
		shift
	done
	shift
	for guest in "${guests[@]}"; do
		capture_start "$guest" eth0 "$tmp/arrived-$guest.pcap" "${headers[@]}" "$@"
	done
}

has_arrived() { # has_arrived GUEST COUNT: while listening
	[ "$(capture_count "$tmp/arrived-$1.pcap")" -ge "$2" ]
}

# arrived GUEST…: stops listening; a count for each, in one line
arrived() {
	local guest counts=()

	for guest; do
		capture_stop "$tmp/arrived-$guest.pcap" >&2
		counts+=("$(capture_count "$tmp/arrived-$guest.pcap")")
	done
	echo "${counts[*]}"
}

# capture_hex FILE [FILTER...]: each packet's bytes in hex, a line each
capture_hex() {
	local file=$1

	shift
	tcpdump -n -q -xx -Z root -r "$file" "$@" 2>/dev/null | awk '
		/^\t0x/ { sub(/^[^:]*: */, ""); gsub(/ /, ""); line = line $0; next }
		line != "" { print line; line = "" }
		END { if (line != "") print line }'
}

# Outer header of VXLAN on a WireGuard device, which has no Ethernet header of its own:
# offsets from the UDP header in a filter. Inner destination at 16, source at 22, EtherType
# at 28, IPv4 at 30.
vxlan_from() { # vxlan_from SOURCE_MAC: filter
	local mac

	mac=$(mac_hex "$1")
	echo "udp[22:4] = 0x${mac:0:8} and udp[26:2] = 0x${mac:8:4}"
}

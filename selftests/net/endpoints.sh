#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Endpoints by name: one that can't be resolved holds nobody up, one that becomes known is taken, and
# one that means another address is followed when its peer has gone silent.
#
#	h1 (names) ==== h2 (numeric), h3 (by name, moves), h4 (name comes later, of IPv6), nowhere

# shellcheck source=selftests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/net/nodes.sh
. "$lib/nodes.sh"

[ -e /run/netns ] && [ "$(hostname)" = vtep-vm ] || skip_all "sets the clock: only in a guest"

hosts() { # hosts LINES: of h1, whose `ip netns exec` puts this over /etc/hosts
	printf '%s\n' "127.0.0.1 localhost" "$@" >"/etc/netns/${netns[h1]}/hosts"
}
endpoint() { on h1 wg show wg0 endpoints | awk -v key="$(wg_key "$1")" '$1 == key { print $2 }'; }
is_endpoint() { [ "$(endpoint "$1")" = "$2" ]; }
milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
peer_by_name() { # peer_by_name PEER NAME
	node_peer "$1" | sed "s/^Endpoint.*/Endpoint = $2:51820/"
}

bare_hypervisors 4
for h in h1 h2 h3 h4; do
	[ $h = h1 ] || node_file $h h1
	[ $h = h1 ] || sed -i '/^Endpoint/d' "$tmp/$h/wg0.conf"
done
for h in h1 h4; do
	ip -n "${netns[$h]}" address add "fd03::${h#h}/64" dev eth0
done
mkdir -p "/etc/netns/${netns[h1]}"
touch /etc/hosts /etc/resolv.conf /etc/nsswitch.conf
echo "hosts: files dns" >/etc/nsswitch.conf
# A name server that never answers: a question takes 10 s.
spawn_on h1 silent socat -u UDP-RECV:53,bind=127.0.0.1 /dev/null
echo "nameserver 127.0.0.1" >"/etc/netns/${netns[h1]}/resolv.conf"
hosts "$(underlay_ip h3) h3.test"
node_file h1 h2
{
	peer_by_name h3 h3.test
	peer_by_name h4 h4.test
	printf '\n[Peer]\nPublicKey = %s\nAllowedIPs = 172.16.0.99/32\nEndpoint = nowhere.test:51820\n' "$(wg genkey | wg pubkey)"
} >>"$tmp/h1/wg0.conf"
for h in h2 h3 h4; do
	check "$h: ready" node_start $h
done
before=$(milliseconds)
check "h1: ready" node_start h1
after=$(milliseconds)
check "it has not waited for names ($((after - before)) ms)" test $((after - before)) -lt 8000
check "h1 to h2" ping_all h1 172.16.0.2
check "h1 to h3, found by its name" wait_for 5 ping_all h1 172.16.0.3
check "names without an answer are told" wait_for 30 in_log h1 'nowhere.test'
check_equal "and have no endpoint" "(none)" "$(endpoint h4)"

# From here on it need not be waited for as long.
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"/etc/netns/${netns[h1]}/resolv.conf"
hosts "$(underlay_ip h3) h3.test" "fd03::4 h4.test"
check "a name that comes to be known is taken" wait_for 60 is_endpoint h4 "[fd03::4]:51820"
check "h1 to h4" wait_for 10 ping_all h1 172.16.0.4

# h3 moves; h1 is told by the name alone.
ip -n "${netns[h3]}" address del 10.19.3.6/26 dev eth0
ip -n "${netns[h3]}" address add 10.19.3.16/26 dev eth0
hosts "10.19.3.16 h3.test" "fd03::4 h4.test"
check_fail "h3 has moved" on h1 ping -c 1 -W 1 172.16.0.3
check_equal "a peer that talked just now is left alone" "$(underlay_ip h3):51820" "$(endpoint h3)"
h2_handshake=$(on h1 wg show wg0 latest-handshakes | grep -F "$(wg_key h2)")
date -s "@$(($(date +%s) + 140))" >/dev/null
check "after 135 s the name is asked again" wait_for 60 is_endpoint h3 10.19.3.16:51820
check "h1 to h3" wait_for 10 ping_all h1 172.16.0.3
check_equal "h2's session has not been touched" "$h2_handshake" \
	"$(on h1 wg show wg0 latest-handshakes | grep -F "$(wg_key h2)")"
for h in h1 h2 h3 h4; do
	check "$h: stops" vtepd_stop $h
done
rm -r "/etc/netns/${netns[h1]}"
finish

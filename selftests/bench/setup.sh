# SPDX-License-Identifier: GPL-2.0-only
#
# The alternatives, each on two hypervisors with guests over veths and taps. Sourced by
# guest.sh. `setup_up NAME`; guests' addresses are those of `guest_ip`.
#
#	plain			guests routed over wg0, no VXLAN
#	plain+50		the same, small messages 50 bytes longer: the floor. What is encrypted
#				has VXLAN's size then. WireGuard's cost jumps with the size (ChaCha20
#				takes one block alone dearer than two at once), which is not our tax.
#	recipe			kernel vxlan in a bridge, flood entries
#	recipe-noudpcsum	without the outer UDP checksum
#	recipe-threaded		wg0's NAPI in a thread
#	recipe-batch		and that thread a batch one, as vtepd does it on one CPU
#	recipe+fw		with firewall rules, NAT and br_netfilter
#	vtepd, vtepd+fw		vtepd, vtepd on such a host
#	vtepd-off		vtepd --accel off
#	vtepd-recipe		vtepd on h1 alone; recipe-vtepd: on h2 alone
#	ovs			Open vSwitch with a VXLAN port, learning
# shellcheck shell=bash
# shellcheck disable=SC2154

guest_mtu=1370

# shellcheck disable=SC2034 # topology.sh reads recipe_options
setup_up() { # setup_up NAME
	hypervisors 2
	case $1 in
	plain+50)		export FLOW_PAD=50; plain_up h1 2 4; plain_up h2 1 3 ;;
	plain)			plain_up h1 2 4; plain_up h2 1 3 ;;
	recipe)			recipe_both ;;
	recipe-noudpcsum)	recipe_options=(noudpcsum); recipe_both ;;
	recipe-threaded)	recipe_both; threaded h1; threaded h2 ;;
	recipe-batch)		recipe_both; batch h1; batch h2 ;;
	recipe+fw)		recipe_both; firewall_up h1; firewall_up h2 ;;
	vtepd)			vtepd_up h1; vtepd_up h2 ;;
	vtepd+fw)		vtepd_up h1; vtepd_up h2; firewall_up h1; firewall_up h2 ;;
	vtepd-off)		vtepd_up h1 --accel off; vtepd_up h2 --accel off ;;
	vtepd-recipe)		vtepd_up h1; recipe_up h2 1 172.16.0.1; threaded h2 ;;
	recipe-vtepd)		recipe_up h1 1 172.16.0.2; threaded h1; vtepd_up h2 ;;
	ovs)			ovs_up h1 172.16.0.2; ovs_up h2 172.16.0.1 ;;
	*)			not_ok "no set-up $1"; finish ;;
	esac
	case $1 in
	plain* | ovs)		guest_bridge=- ;;
	esac
	guest_veth h1 vm1 "$guest_bridge" - "$guest_mtu"
	guest_veth h2 vm2 "$guest_bridge" - "$guest_mtu"
	guest_tap h1 vm3 "$guest_bridge" - "$guest_mtu"
	guest_tap h2 vm4 "$guest_bridge" - "$guest_mtu"
	polite tapcopy-vm3
	polite tapcopy-vm4
	for i in 1 2 3 4; do
		[ "$1" != ovs ] || ovs_vsctl "h$((2 - i % 2))" add-port br0 "${guest_port[vm$i]}"
		guest_address "vm$i" "h$((2 - i % 2))"
	done
	# Guests of both sides start talking at once, and handshakes that cross each other cost seconds.
	check "$setup: the tunnel is up" wait_for 100 on h1 ping -qc1 -W1 "$(vtep_ip h2)"
	diag "wg0 threaded: h1 $(setup_threaded h1), h2 $(setup_threaded h2)"
	for i in 1 3; do
		check "$setup: vm$i reaches vm$((i + 1))" ping_all "vm$i" "$(guest_ip "vm$((i + 1))")"
		check "$setup: and over IPv6" ping_all "vm$i" "$(guest_ip "vm$((i + 1))" 6)"
	done
}

setup_down() { # setup_down NAME
	case $1 in
	*+fw)	modprobe -r br_netfilter ;;
	esac
}

guest_bridge=br0

recipe_both() {
	recipe_up h1 1 172.16.0.2
	recipe_up h2 1 172.16.0.1
}

vtepd_up() { # vtepd_up H ARGUMENTS...
	local h=$1

	shift
	check "$setup: vtepd on $h" vtepd_start "$h" --iface wg0 --vni 1 --bridge br0 "$@"
}

# polite LABEL: a process that preempts nobody, which else it may do on every packet of a
# run, or on none
polite() { chrt -b -p 0 "${process[$1]}" >/dev/null; }

setup_threaded() { on "$1" cat /sys/class/net/wg0/threaded; }

threaded() { # threaded H
	on "$1" sh -c 'echo 1 >/sys/class/net/wg0/threaded'
}

batch() { # batch H: once there was a peer to make a thread for
	local pid

	threaded "$1"
	for pid in $(pgrep '^napi/wg0-'); do
		chrt -b -p 0 "$pid"
	done
}

# ovs_up H REMOTE: a switch of its own in each hypervisor's namespace
ovs_up() {
	local dir=$tmp/ovs-$1

	modprobe openvswitch || skip_all "no openvswitch module for $kernel"
	type -P ovs-vswitchd >/dev/null || skip_all "no Open vSwitch in this guest (vm/run -p)"
	# It counts CPUs once in ten seconds since boot, and before takes them for none.
	wait_for 20 awk '{ exit $1 < 11 }' /proc/uptime
	mkdir "$dir"
	ovsdb-tool create "$dir/db" /usr/share/openvswitch/vswitch.ovsschema
	spawn_on "$1" "ovsdb-$1" env OVS_RUNDIR="$dir" ovsdb-server "$dir/db" \
		--remote="punix:$dir/db.sock" --unixctl="$dir/ovsdb.ctl"
	wait_for 10 test -S "$dir/db.sock"
	ovs_vsctl "$1" --no-wait init
	spawn_on "$1" "vswitchd-$1" env OVS_RUNDIR="$dir" ovs-vswitchd "unix:$dir/db.sock" \
		--unixctl="$dir/vswitchd.ctl"
	check "$setup: Open vSwitch on $1" ovs_vsctl "$1" -t 20 add-br br0 -- add-port br0 vx1 -- \
		set interface vx1 type=vxlan "options:remote_ip=$2" "options:local_ip=$(vtep_ip "$1")" \
		options:key=1 options:dst_port=4789 options:df_default=false
}

ovs_vsctl() { # ovs_vsctl H WORDS...: returns when the switch has done it
	ovs-vsctl --db="unix:$tmp/ovs-$1/db.sock" "${@:2}"
}

# plain_up H GUEST...: what is behind the other hypervisor is one of these
plain_up() {
	local h=$1 other=h$((3 - ${1#h})) n allowed

	shift
	allowed=$(vtep_ip "$other")/32
	for n; do
		allowed+=,172.16.4$n.0/24,fd00:4$n::/64
		ip -n "${netns[$h]}" route add "fd00:4$n::/64" dev wg0
	done
	on "$h" wg set wg0 peer "$(wg_key "$other")" allowed-ips "$allowed"
	on "$h" sysctl -qw net.ipv6.conf.all.forwarding=1
}

# firewall_up H: what a host with libvirt or Docker has, and the NAT of the recipe
firewall_up() {
	local tool

	modprobe br_netfilter
	on "$1" sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
		net.bridge.bridge-nf-call-ip6tables=1 net.ipv6.conf.all.forwarding=1
	for tool in iptables ip6tables; do
		on "$1" "$tool" -P FORWARD DROP
		on "$1" "$tool" -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		on "$1" "$tool" -A FORWARD -i wg0 -j ACCEPT
		on "$1" "$tool" -A FORWARD -o wg0 -j ACCEPT
		on "$1" "$tool" -A FORWARD -i br0 -j ACCEPT
		on "$1" "$tool" -A FORWARD -o br0 -j ACCEPT
	done
	on "$1" iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE
	on "$1" iptables -t nat -A POSTROUTING -s 172.16.30.0/24 ! -d 172.16.30.0/24 -j MASQUERADE
}

guest_ip() { # guest_ip GUEST [6]
	local n=${1#vm}

	case ${setup%+50}-${2-4} in
	plain-4)	echo "172.16.4$n.2" ;;
	plain-6)	echo "fd00:4$n::2" ;;
	*-4)		echo "172.16.30.5$n" ;;
	*-6)		echo "fd00:30::5$n" ;;
	esac
}

guest_address() { # guest_address GUEST H
	local ns=${netns[$1]} n=${1#vm}

	ip -n "$ns" address add "$(guest_ip "$1")/24" dev eth0
	ip -n "$ns" address add "$(guest_ip "$1" 6)/64" dev eth0
	on "$1" sysctl -qw net.ipv4.ping_group_range='0 0'
	[ "${setup%+50}" = plain ] || return 0
	ip -n "${netns[$2]}" address add "172.16.4$n.1/24" dev "${guest_port[$1]}"
	ip -n "${netns[$2]}" address add "fd00:4$n::1/64" dev "${guest_port[$1]}"
	ip -n "${netns[$2]}" address add fe80::1/64 dev "${guest_port[$1]}" # to ask for neighbours from
	ip -n "$ns" route add default via "172.16.4$n.1"
	ip -n "$ns" route add default via "fd00:4$n::1"
}

setup_clear() { # so that the next one starts from nothing
	local name

	for name in "${!process[@]}"; do
		reap "$name" >/dev/null || :
	done
	for name in "${!netns[@]}"; do
		netns_del "$name"
	done
	rm -f "$tmp"/vtepd-*.log
	guest_port=()
}

# SPDX-License-Identifier: GPL-2.0-only
#
# The forwarding database at its size: what a packet costs when it is full, and what an
# entry holds. Sourced by scale.sh.
#
# The entries are put in with the daemon killed, which stops nothing: so it neither mirrors
# nor sweeps them. Instructions don't show cache misses; a machine's own clock does.
# shellcheck shell=bash
# shellcheck disable=SC2154

bench_fdb() { # bench_fdb [SIZE...]
	local n pin

	[ $# -gt 0 ] || set -- 1024 65536 1048576
	for n; do
		hypervisors 2
		check "$setup: vtepd on h1, $n entries" vtepd_start h1 --iface wg0 --vni 1 --bridge br0 \
			--fdb-max "$n" --ageing 0
		check "$setup: vtepd on h2" vtepd_start h2 --iface wg0 --vni 1 --bridge br0
		guest_veth h1 vm1 br0 172.16.30.51/24
		guest_veth h2 vm2 br0 172.16.30.52/24
		check "$setup: vm1 reaches vm2" ping_all vm1 172.16.30.52
		vtepd_stop h1 KILL
		pin=$(fdb_pin)
		check "$setup: $n entries are put in" fdbfill "$pin" $((n - 16))
		measure "fdb-$n" veth instructions/packet vm1 vm2 172.16.30.52 udp 6400
		figure "fdb-$n-entry" veth bytes/entry "$(fdb_bytes "$pin" "$n")"
		setup_clear
		rm -rf /sys/fs/bpf/vtepd
	done
}

fdb_pin() { # h1's, which was made first
	find /sys/fs/bpf/vtepd -name fdb -exec stat -c '%Y %i %n' {} + | sort -n | head -n 1 | cut -d' ' -f3
}

fdb_bytes() { # fdb_bytes PIN SIZE
	bpftool -j map show pinned "$1" | jq ".bytes_memlock / $2 * 10 | floor / 10"
}

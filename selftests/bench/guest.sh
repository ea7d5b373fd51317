#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One set-up and what work costs in it, for a guest that counts instructions. Figures go
# to /out/figures, one JSON object a line; a figure that could not be had is a failure.
#
# usage: guest.sh SETUP [WORKLOAD...]
#
#	vm1 (veth) --+                                    +-- vm2 (veth)
#	             h1 .......... the set-up ........... h2
#	vm3 (tap) ---+                                    +-- vm4 (tap)

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=selftests/net/lib.sh
. "$bench/../net/lib.sh"
setup=${1:?}
shift
# shellcheck source=selftests/bench/figure.sh
. "$bench/figure.sh"
# shellcheck source=selftests/bench/setup.sh
. "$bench/setup.sh"
for file in small ping bulk mtu profile; do
	# shellcheck disable=SC1090
	. "$bench/$file.sh"
done

[ $# -gt 0 ] || set -- small ping rr bulk
setup_up "$setup"
for workload; do
	read -r -a words <<<"${workload//:/ }"
	"bench_${words[0]}" "${words[@]:1}"
done
setup_down "$setup"
finish

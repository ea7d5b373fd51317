#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What grows with a network's size: flood lists, the forwarding database, segments, peers.
# For a guest that counts instructions, as guest.sh.
#
# usage: scale.sh recipe|vtepd|vtepd-off flood|learn|fdb|start|ports [SIZE...]

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=selftests/net/lib.sh
. "$bench/../net/lib.sh"
setup=${1:?}
what=${2:?}
shift 2
figure_name=$what-$setup
# shellcheck source=selftests/bench/figure.sh
. "$bench/figure.sh"
# shellcheck source=selftests/bench/setup.sh
. "$bench/setup.sh"
for file in flood learn fdb start; do
	# shellcheck disable=SC1090
	. "$bench/$file.sh"
done

"bench_$what" "$@"
finish

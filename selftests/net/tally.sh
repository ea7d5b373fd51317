# SPDX-License-Identifier: GPL-2.0-only
#
# Who gets which frame: tally (tally.c) asked from shell. Sourced after peers.sh. No process is started for a question.
# shellcheck shell=bash disable=SC2154 # lib.sh has the rest

declare -A tally_index=()	# guest -> its number
tally_counts=''			# the last answer

tally_start() { # tally_start GUEST…
	local guest
	local -a names=()

	for guest; do
		tally_index[$guest]=${#names[@]}
		names+=("${netns[$guest]}")
	done
	coproc tally { exec tally "${names[@]}" 2>"$tmp/tally.log"; }
	process[tally]=$tally_PID
}

# tally_ask FROM HEX CONTROL_FROM CONTROL_TO [COUNT]: five frames (COUNT) of FROM, one of CONTROL_FROM to CONTROL_TO
# after them, which nothing may hinder; into tally_counts how many each guest got, in one line
tally_ask() {
	local macs=${guest_mac[$4]}${guest_mac[$3]}

	echo "${5-5} ${tally_index[$1]} $2 ${tally_index[$3]} ${tally_index[$4]} ${macs//:/}88b6####" >&"${tally[1]}"
	read -r -t 20 -u "${tally[0]}" tally_counts || tally_counts="no answer: $(cat "$tmp/tally.log")"
}

tally_frame() { # tally_frame DESTINATION SOURCE: hex, into tally_hex
	tally_hex=$1$2
	tally_hex=${tally_hex//:/}88b5####
}

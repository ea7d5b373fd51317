# SPDX-License-Identifier: GPL-2.0-only
#
# Figures: one JSON object a line. Sourced by guest.sh, which sets setup.
# shellcheck shell=bash
# shellcheck disable=SC2154

figures=$out/figures-${figure_name:-$setup}.jsonl	# a file each: later ones do not replace it
kernel=$(uname -r)

# figure WORKLOAD PATH UNIT VALUE [NAME VALUE]...: numbers, or null for what failed
figure() {
	local line

	line=$(printf '{"kernel":"%s","setup":"%s","workload":"%s","path":"%s","unit":"%s","value":%s' \
		"$kernel" "$setup" "$1" "$2" "$3" "$4")
	shift 4
	while [ $# -ge 2 ]; do
		line+=$(printf ',"%s":%s' "$1" "$2")
		shift 2
	done
	echo "$line}" >>"$figures"
	diag "$line}"
}

# measure WORKLOAD PATH UNIT FROM TO ADDRESS MODE COUNT [N]: sets value, "null" for none; with
# "-" for the unit the figure is the caller's to make
measure() {
	local workload=$1 path=$2 unit=$3 from=${netns[$4]} to=${netns[$5]} address=$6 mode=$7
	local program=flow daemons

	shift 7
	case $mode in
	bulk | mixed) program=stream ;;
	esac
	value=null
	daemons=$(daemons_us)
	if timeout 250 "$program" "$mode" "$from" "$to" "$address" "$@" >"$tmp/value" 2>"$tmp/why"; then
		value=$(<"$tmp/value")
		ok "$setup: $workload, $path"
	else
		not_ok "$setup: $workload, $path" "$(cat "$tmp/why")"
	fi
	daemons=$(($(daemons_us) - daemons))
	[ $daemons -eq 0 ] || diag "vtepd worked for $daemons us of it"
	[ ! -s "$tmp/why" ] || diag_file "$tmp/why"
	[ "$unit" = - ] || figure "$workload" "$path" "$unit" "$value"
}

daemons_us() { # the CPU that all vtepd have had
	local label ns sum=0

	for label in "${!process[@]}"; do
		[[ $label = vtepd-* ]] || continue
		read -r ns _ <"/proc/${process[$label]}/schedstat"
		sum=$((sum + ns / 1000))
	done
	echo $sum
}

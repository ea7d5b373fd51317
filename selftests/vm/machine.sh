# SPDX-License-Identifier: GPL-2.0-only
#
# The QEMU command line of a guest. Sourced by run, which sets top and work.
# shellcheck shell=bash
# shellcheck disable=SC2154

memory=2048		# MiB
disk_size=4G		# sparse; takes what tests leave in /out

# machine_flags ACCEL: one word per line
machine_flags() {
	case $1 in
	kvm)	echo "-accel kvm -cpu host -smp 2" ;;
	# By one thread for all CPUs: with one each, a CPU now and then runs into the INT3 by way
	# of which the kernel patches its code, after the patch is done; and CMPXCHG16B crashes.
	# String instructions are emulated byte by byte: a kernel that is told they are quick
	# clears and copies its pages at an eighth of the speed.
	tcg)	echo "-accel tcg,thread=single -cpu max,-cx16,-erms,-fsrm -smp ${VM_CPUS:-2}" ;;
	# One instruction is one nanosecond of the guest's clock, idle time is skipped.
	icount)	echo "-accel tcg,thread=single -icount shift=0,sleep=off -smp 1" \
			"-cpu max,-cx16,-erms,-fsrm" ;;
	esac
}

# machine_parameters ACCEL: what an emulated kernel is spared. Translated code is kept by its
# address: with address spaces laid out at random each new process is translated anew, which
# takes longer than to run it. Mitigations are work as well, but real hosts' work: where
# instructions count they stay.
machine_parameters() {
	case $1 in
	tcg)	echo "norandmaps mitigations=off" ;;
	icount)	echo "norandmaps" ;;
	esac
}

# machine_command ACCEL KERNEL PARAMETERS SERIAL...: sets the array command.
# PARAMETERS are the kernel's, one or more words.
machine_command() {
	local accel=$1 kernel=$2 parameters=$3 serial
	local -a flags

	shift 3
	read -r -a flags <<<"$(machine_flags "$accel")"
	command=(qemu-system-x86_64 "${flags[@]}" -m "$memory" -nic none -nodefaults -no-reboot
		-display none -kernel "$top/build/vm/kernels/$kernel/vmlinuz"
		-initrd "$work/$kernel.cpio"
		-append "console=ttyS0 loglevel=5 panic=-1 $(machine_parameters "$accel") $parameters"
		-drive "file=$work/$kernel.disk,if=virtio,format=raw,cache=unsafe")
	for serial; do
		command+=(-serial "$serial")
	done
	rm -f "$work/$kernel.disk"
	truncate -s "$disk_size" "$work/$kernel.disk"
}

machine_files() { # machine_files KERNEL DIR MIB: unpack that much from the disk
	[ "$3" -eq 0 ] || head -c "$3M" "$work/$1.disk" |
		tar --ignore-zeros --no-same-owner --no-overwrite-dir -C "$2" -xf -
	rm -f "$work/$1.disk"
}

machine_probe() { # machine_probe KERNEL: does it end by itself, and soon, under KVM?
	local -a command

	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	machine_command kvm "$1" VM_PROBE=1 null "file:$work/probe"
	timeout -k 1 10 "${command[@]}" </dev/null >/dev/null 2>&1
	grep -q 'vm: finished' "$work/probe"
}

# machine_accel KERNEL: kvm where a guest really boots with it, else tcg. A /dev/kvm that
# opens proves nothing: under some hypervisors a stock kernel hangs in it.
machine_accel() {
	local cache=$top/build/vm/accel

	if [ ! -f "$cache" ]; then
		if machine_probe "$1"; then echo kvm; else echo tcg; fi >"$cache"
	fi
	cat "$cache"
}

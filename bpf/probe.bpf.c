// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the running kernel what it can do, by use and never by version: does bpf_skb_adjust_room()
 * take these flags? Run by BPF_PROG_TEST_RUN on an encapsulated packet, the flags in cb[0]; returns
 * the helper's -errno.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int probe_room(struct __sk_buff *skb)
{
	return -bpf_skb_adjust_room(skb, -50, BPF_ADJ_ROOM_MAC, skb->cb[0]);
}

char _license[] SEC("license") = "GPL";

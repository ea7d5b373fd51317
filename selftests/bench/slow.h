/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A deliberate waste before every redirect, to see the gate fail. Put before each program by
 * gate-test (clang -include); never part of a build.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline long bpf_redirect_slowly(__u32 ifindex, __u64 flags)
{
	for (volatile int i = 0; i < 100; i++)
		;
	return bpf_redirect(ifindex, flags);
}

#define bpf_redirect bpf_redirect_slowly

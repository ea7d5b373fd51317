// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before 7.3 the kernel decapsulates GRO packets and bulk TCP, and for it they are packets to this
 * host: netfilter's INPUT sees them, which may drop what vtep_wg_rx has found good. Small packets,
 * decapsulated in BPF, pass all the same, so that a ping tells nothing of it.
 */
#include "daemon.h"
#include "handover.h"
#include "log.h"

#define LOST_MANY	4		/* of GRO a few hold a whole window */

static __u64 handed(const struct vtep_counters *wg)
{
	return wg->reason[VTEP_R_SUPER].packets + wg->reason[VTEP_R_BULK].packets + wg->reason[VTEP_R_IN_ORDER].packets;
}

/* Out of the vxlan device with proof; less what BPF itself has put there. */
static __u64 came_out(const struct vtep_counters *vx, const struct vtep_counters *wg)
{
	__u64 sum = 0, not_these = vx->reason[VTEP_R_UNPROVED].packets + vx->reason[VTEP_R_GONE].packets +
				   wg->reason[VTEP_R_BRIDGED].packets;
	int i;

	for (i = 0; i < VTEP_REASON_MAX; i++)
		sum += vx->reason[i].packets;
	return sum > not_these ? sum - not_these : 0;
}

static void check(struct daemon *d, struct segment *s)
{
	struct vtep_counters wg, vx;
	__u64 in, out;

	if (instance_counters(&d->in, s->slot, VTEP_HOOK_WG_RX, &wg) ||
	    instance_counters(&d->in, s->slot, VTEP_HOOK_VX_RX, &vx))
		return;
	in = handed(&wg);
	out = came_out(&vx, &wg);
	if (!s->handover.seen || out > s->handover.out) {
		s->handover = (struct handover){ .in = in, .out = out, .seen = true };
		return;
	}
	if (s->handover.said || in - s->handover.in < LOST_MANY)
		return;
	if (!s->handover.suspected) {		/* a burst may be under way right now */
		s->handover.suspected = true;
		return;
	}
	s->handover.said = true;
	log_warning("vni %u: none of %llu packets that the kernel was to decapsulate came out: a firewall drops VXLAN that comes by %s",
		    s->vni, (unsigned long long)(in - s->handover.in), d->model.ifname);
	log_hint("iptables -I INPUT -i %s -p udp --dport %u -j ACCEPT", d->model.ifname, d->model.udp_port);
}

void handover_check(struct daemon *d)
{
	int i;

	for (i = 0; d->model.accel != ACCEL_OFF && i < d->n_segments; i++)
		check(d, &d->segments[i]);
}

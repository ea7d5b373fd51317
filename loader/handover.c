// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before 7.3 the kernel decapsulates GRO packets and bulk TCP, and for it they are packets to this
 * host: netfilter's INPUT sees them, which may drop what vtep_wg_rx has found good. Small packets,
 * decapsulated in BPF, pass all the same. Where nothing comes out, BPF decapsulates those as well.
 */
#include "daemon.h"
#include "datapath.h"
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

/* Does what is handed over get lost? *packets: how many have, since one came out. */
static bool is_lost(struct daemon *d, struct segment *s, __u64 *packets)
{
	struct vtep_counters wg, vx;
	__u64 in, out;

	if (instance_counters(&d->in, s->slot, VTEP_HOOK_WG_RX, &wg) ||
	    instance_counters(&d->in, s->slot, VTEP_HOOK_VX_RX, &vx))
		return false;
	in = handed(&wg);
	out = came_out(&vx, &wg);
	if (!s->handover.seen || out > s->handover.out) {
		s->handover = (struct handover){ .in = in, .out = out, .seen = true };
		return false;
	}
	*packets = in - s->handover.in;
	if (s->handover.said || *packets < LOST_MANY)
		return false;
	if (!s->handover.suspected) {		/* a burst may be under way right now */
		s->handover.suspected = true;
		return false;
	}
	return true;
}

/* One firewall stands before all of them. */
static void take_over(struct daemon *d)
{
	int i;

	for (i = 0; i < d->n_segments; i++) {
		d->segments[i].flags |= VTEP_VNI_FIREWALLED;
		if (datapath_set_segment(d, &d->segments[i]))
			log_warning("vni %u: cannot tell the programs", d->segments[i].vni);
	}
}

/* true: suspected, which the next call confirms or not. */
static bool check(struct daemon *d, struct segment *s)
{
	__u64 packets;

	if (!is_lost(d, s, &packets))
		return s->handover.suspected;
	s->handover = (struct handover){ .in = s->handover.in, .out = s->handover.out, .seen = true, .said = true };
	log_warning("vni %u: none of %llu packets that the kernel was to decapsulate came out: a firewall drops VXLAN that comes by %s%s",
		    s->vni, (unsigned long long)packets, d->model.ifname,
		    d->ether ? "" : "; BPF decapsulates all from now on, at a higher cost");
	log_hint("iptables -I INPUT -i %s -p udp --dport %u -j ACCEPT        (and reload)", d->model.ifname,
		 d->model.udp_port);
	if (!d->ether)
		take_over(d);
	return false;
}

bool handover_check(struct daemon *d)
{
	bool suspected = false;
	int i;

	for (i = 0; d->model.accel != ACCEL_OFF && i < d->n_segments; i++)
		suspected |= check(d, &d->segments[i]);
	return suspected;
}

void handover_again(struct segment *s)
{
	s->flags &= ~VTEP_VNI_FIREWALLED;
	s->handover = (struct handover){};
}

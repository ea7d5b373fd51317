/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps of one instance, read and written without the daemon. Used by vtepctl for
 * everything and by vtepd once its programs are loaded.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>
#include <vtep/abi.h>
#include <vtep/reason.h>
#include "pins.h"

/* One row per map: `fd_NAME` in struct instance, pin NAME in the directory. */
#define INSTANCE_MAPS(X) X(meta) X(ifaces) X(near_ifaces) X(ports) X(vnis) X(vni_slots) X(vteps) X(members) \
	X(flood) X(fdb) X(neigh) X(flows) X(gauge) X(holders) X(counters) X(events)

struct instance {
	char dir[PINS_PATH];
	struct vtep_meta meta;
	struct vtep_gauge *gauge;	/* mapped, shared with the programs */
	struct vtep_holder *holders;	/* the same: VTEP_HOLDERS(meta.vni_max) of them */
	bool readonly;			/* no right to write: gauge and holders must not be, either */
#define INSTANCE_FD(name) int fd_##name;
	INSTANCE_MAPS(INSTANCE_FD)
#undef INSTANCE_FD
};

/*
 * Opens the instance of ifname in the caller's network namespace; NULL: the only one there is. 0;
 * -ENOENT none; -ENOTUNIQ several and none named; -EPROTO pins of another ABI (out->meta.abi says
 * which; when it is ours, the maps have other layouts); -EACCES or -EPERM no right to; -EINVAL no
 * interface name. On failure nothing stays open and nothing else of *out is to be read.
 */
int instance_open(const char *ifname, struct instance *out);
void instance_close(struct instance *in);
/* Names of the instances of the caller's namespace, at most max; how many there are, or -errno. */
int instance_list(char names[][16], int max);
/* Does a vtepd hold the instance's lock? Never disturbs it for longer than the question takes. */
bool instance_running(const struct instance *in);
/* Path of that lock into buf of PINS_PATH bytes: /run/vtepd/NETNS-COOKIE-IN-HEX.IFACE.lock. */
void instance_lock_path(__u64 netns_cookie, const char *ifname, char *buf);

/*
 * The file that its vtepd reads, into path of `size` bytes; unless NULL its process, which may be gone.
 * -ENOENT: none, or it is not told.
 */
int instance_config(const struct instance *in, char *path, size_t size, pid_t *pid);

/* cb for each slot in use; non-zero ends the walk and is returned. */
int instance_each_vni(const struct instance *in,
		      int (*cb)(__u32 slot, const struct vtep_vni *vni, void *data), void *data);
int instance_each_vtep(const struct instance *in,
		       int (*cb)(__u32 slot, const struct vtep_remote *r, void *data), void *data);
int instance_each_port(const struct instance *in,
		       int (*cb)(__u32 slot, const struct vtep_port *p, void *data), void *data);
int instance_each_member(const struct instance *in,
			 int (*cb)(const struct vtep_member_key *key, const struct vtep_member *m, void *data),
			 void *data);
/* Slot of a VNI, -ENOENT. */
int instance_vni_slot(const struct instance *in, __u32 vni, __u32 *slot);
/* One slot, in use or not; -ENOENT: beyond the last. */
int instance_vni(const struct instance *in, __u32 slot, struct vtep_vni *out);
int instance_vtep(const struct instance *in, __u32 slot, struct vtep_remote *out);
int instance_port(const struct instance *in, __u32 slot, struct vtep_port *out);
/*
 * Slots in vteps of a VNI's flood list: allocated into *slots, the caller frees; returns how many,
 * or -errno.
 */
int instance_flood(const struct instance *in, __u32 vni_slot, __u32 **slots);
/* Sums over all CPUs. */
int instance_counters(const struct instance *in, __u32 vni_slot, enum vtep_hook hook,
		      struct vtep_counters *out);
/* All of one map of counters into another that is larger. 0 or -errno. */
int instance_counters_copy(int from, int to);
/* All of a slot to zero: it means another VNI from now on. 0 or -errno. */
int instance_counters_clear(const struct instance *in, __u32 vni_slot);
const char *reason_name(enum vtep_reason reason);	/* "encap" */
const char *reason_kind(enum vtep_reason reason);	/* "send", "pass", "drop" */
const char *reason_text(enum vtep_reason reason);
const char *hook_name(enum vtep_hook hook);		/* "port-rx", "vx-tx", "vx-rx", "wg-rx" */
#endif

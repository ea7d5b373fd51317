/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF forwarding database from user space: walk, look up, change. For vtepd and vtepctl. */
#ifndef FDB_H
#define FDB_H

#include <stdbool.h>
#include <vtep/abi.h>

struct instance;

/* The tick of now, in the programs' unit and clock. */
__u32 fdb_tick(void);
/* Milliseconds since `tick`; 0 for one in the future. */
__u64 fdb_age_ms(__u32 now, __u32 tick);
/* Milliseconds that an entry is still held down; 0: it is not. */
__u64 fdb_held_ms(const struct vtep_meta *meta, const struct vtep_fdb *e, __u32 now);
/* Seconds to ticks. */
__u32 fdb_ticks(__u32 seconds);

/*
 * Every entry, read in batches; entries that come or go meanwhile may be missed or not. cb may
 * delete; non-zero of it ends the walk and is returned.
 */
int fdb_each(const struct instance *in,
	     int (*cb)(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data),
	     void *data);
/* -ENOENT */
int fdb_get(const struct instance *in, __u32 vni, const __u8 mac[6], struct vtep_fdb *out);
/* After a change of what the programs may remember (fdb, members, ports): they look again. */
void fdb_void(const struct instance *in);
/* Deletes an entry; a learned one lowers the gauge. -ENOENT; -EACCES: maps open for reading. */
int fdb_del(const struct instance *in, const struct vtep_fdb_key *key);
/* Adds a learned one, of `member` if remote, as the programs do. -EEXIST, -E2BIG. */
int fdb_learn(const struct instance *in, const struct vtep_fdb_key *key, struct vtep_fdb_where where, __u16 member);
/* Index in holders: of a learned entry's, of a VNI's. */
__u32 fdb_holder(const struct vtep_fdb *e);
__u32 fdb_holder_vni(__u32 vni_slot);
/*
 * Adds or overwrites a static entry (VTEP_FDB_STATIC_ENTRY is set by this); a learned one that it
 * replaces lowers the gauge. -E2BIG: no room; -EACCES as above.
 */
int fdb_set_static(const struct instance *in, const struct vtep_fdb_key *key,
		   struct vtep_fdb_where where);
#endif

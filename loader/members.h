/* SPDX-License-Identifier: GPL-2.0-only */
/* The VTEPs of a VNI, and its flood list, in the BPF maps. Included by sync.c and vtepd.c. */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stddef.h>
#include <vtep/abi.h>

struct daemon;
struct segment;

/*
 * Makes `want` (n addresses, sorted, no doubles) the members of the segment: new ones get a slot in
 * vteps, those that left lose their learned MACs. 0 or -errno; after an error the next call goes on
 * from where it stood.
 */
int members_set(struct daemon *d, struct segment *s, const struct vtep_addr *want, size_t n);
/* What their [Peer]s say of MaxMACs, to the programs. */
void members_limit(struct daemon *d, struct segment *s);
/* Makes `want` (members all) the flood list, at once; those behind dead peers are left out. */
int members_set_flood(struct daemon *d, struct segment *s, const struct vtep_addr *want, size_t n);
/* The segment ends: no members, and nothing in the FDB. s->members is what it has. */
void members_clear(struct daemon *d, struct segment *s);
/* What BPF has, read into s->members, as a predecessor left it. */
int members_read(struct daemon *d, struct segment *s);
/* VTEP_MEMBER_* of a member; -ENOENT. */
int members_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 *flags);
int members_add_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 flags);
int members_clear_flags(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 flags);
/* Slot in vteps of an address; -ENOENT. */
int members_slot(struct daemon *d, struct segment *s, const struct vtep_addr *addr, __u32 *slot);
/* Learned entries of the segment behind a place: gone. */
int members_flush(struct daemon *d, struct segment *s, struct vtep_fdb_where where);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of `fdb show`, whatever it was read from. Included by fdb_show.c, fdb_entry.c. */
#ifndef FDB_ENTRY_H
#define FDB_ENTRY_H

#include "session.h"

/* In the order in which they are shown within a VNI. */
enum fdb_type { TYPE_LOCAL, TYPE_LOCAL_STATIC, TYPE_HOST, TYPE_DYNAMIC, TYPE_STATIC, TYPE_FLOOD };

extern const struct fdb_type_row {
	const char *name, *state;	/* state: iproute2's word */
	enum color color;
	bool learned, remote;
} fdb_types[];

struct fdb_entry {
	const struct session_vni *vni;
	__u8 mac[6];
	enum fdb_type type;
	const struct session_port *port;	/* local */
	const struct session_vtep *vtep;	/* remote */
	const char *dev;		/* name of the device that it is behind */
	bool timed;			/* age and changed are known */
	__u64 age, changed;		/* ms */
	__u64 held;			/* ms that it is still held down, 0: it is not */
	bool aged;			/* forwards nothing any more */
};

/* Into a row of fdb_columns and its object. */
void fdb_entry_print(const struct session *s, const struct fdb_entry *e);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Every verb, in the file of its object. Each returns an exit code, the error said. */
#ifndef VERBS_H
#define VERBS_H

#include "output.h"

struct args;
struct session;

/* What the rows of an object's tables are; ended by one without a name. */
extern const struct column fdb_columns[], flood_columns[], peer_columns[], stats_columns[], mtu_columns[],
	neigh_columns[], vni_columns[];

int show_run(struct session *s, const struct args *args);
int fdb_show(struct session *s, const struct args *args);
int fdb_lookup(struct session *s, const struct args *args);
int fdb_add(struct session *s, const struct args *args);
int fdb_replace(struct session *s, const struct args *args);
int fdb_delete(struct session *s, const struct args *args);
int fdb_flush(struct session *s, const struct args *args);
int flood_show(struct session *s, const struct args *args);
int flood_add(struct session *s, const struct args *args);
int flood_delete(struct session *s, const struct args *args);
int peer_show(struct session *s, const struct args *args);
int neigh_show(struct session *s, const struct args *args);
int monitor_all(struct session *s, const struct args *args);
int monitor_fdb(struct session *s, const struct args *args);
int monitor_peer(struct session *s, const struct args *args);
int monitor_vni(struct session *s, const struct args *args);
int vni_add(struct session *s, const struct args *args);
int vni_delete(struct session *s, const struct args *args);
int vni_show(struct session *s, const struct args *args);
int path_show(struct session *s, const struct args *args);
int mtu_show(struct session *s, const struct args *args);
int stats_show(struct session *s, const struct args *args);
int stats_drops(struct session *s, const struct args *args);
int conf_check(struct session *s, const struct args *args);
int conf_show(struct session *s, const struct args *args);
int conf_diff(struct session *s, const struct args *args);
int key_gen(struct session *s, const struct args *args);
int key_pub(struct session *s, const struct args *args);
int key_psk(struct session *s, const struct args *args);
#endif

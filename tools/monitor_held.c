/* SPDX-License-Identifier: GPL-2.0-only */
/* MACs that moved too often and are held down: in the programs' table, which is looked at when their count rises. */
#include "addr.h"
#include "fdb.h"
#include "monitor.h"

#define HELD_LATE	8		/* ticks from a program's look at the clock until it has counted */

static void held_say(const struct monitor *m, const struct vtep_fdb_key *key, struct vtep_fdb_where where, __u64 ms)
{
	const struct session_vtep *vtep = where.flags & VTEP_FDB_REMOTE ? session_vtep(m->s, where.slot) : NULL;
	const struct session_port *port = where.flags & VTEP_FDB_REMOTE ? NULL : session_port(m->s, where.slot);
	json_t *fields;
	char mac[MAC_STRLEN];

	mac_format(key->mac, mac);
	fields = json_pack("{ss si sI}", "mac", mac, "vni", key->vni, "held", (json_int_t)(ms + 999) / 1000);
	if (vtep)
		json_object_set_new(fields, "dst", json_string(vtep->text));
	else if (port)
		json_object_set_new(fields, "ifname", json_string(port->name));
	monitor_event(m, "fdb", "held", COLOR_RED, fields, "%s vni %u %s %s for %llu s", mac, key->vni,
		      vtep ? "dst" : "dev", vtep ? vtep->text : port ? port->name : "?",
		      (unsigned long long)(ms + 999) / 1000);
}

static int held_collect(const struct vtep_fdb_key *key, const struct vtep_fdb *e, void *data)
{
	struct monitor *m = data;
	__u32 now = fdb_tick();
	__u64 ms = fdb_held_ms(&m->s->in.meta, e, now);

	if (ms && (__s32)(e->changed - m->held_at) >= 0)
		held_say(m, key, e->where, ms);
	return 0;
}

int monitor_held_poll(struct monitor *m, bool silent)
{
	__u32 now = fdb_tick() - HELD_LATE;
	__u64 held = __atomic_load_n(&m->s->in.gauge->held, __ATOMIC_ACQUIRE);
	int err = 0;

	if (!silent && held != m->held)
		err = fdb_each(&m->s->in, held_collect, m);
	m->held = held;
	m->held_at = now;
	return err;
}

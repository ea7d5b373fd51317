/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl neigh: which IP address is whose, where ARP and ND are suppressed; as `ip neigh` shows it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "fdb.h"
#include "human.h"
#include "session.h"
#include "verbs.h"

enum { VNI, ADDRESS, MAC, VIA, STATE, SEEN, DEV };

const struct column neigh_columns[] = {
	[VNI] = { .name = "VNI", .right = true },
	[ADDRESS] = { .name = "ADDRESS" },
	[MAC] = { .name = "MAC" },
	[VIA] = { .name = "VIA" },
	[STATE] = { .name = "STATE" },
	[SEEN] = { .name = "SEEN", .right = true },
	[DEV] = { .name = "DEV", .details = true },
	{ 0 }
};

struct list {
	const struct session *s;
	const struct session_vni *only;
	__u32 now;
	struct binding {
		struct vtep_neigh_key key;
		struct vtep_neigh e;
	} *list;
	size_t n;
};

static int collect(const struct vtep_neigh_key *key, const struct vtep_neigh *e, void *data)
{
	struct list *l = data;
	struct binding *more;

	if (l->only && l->only->vni.vni != key->vni)
		return 0;
	more = nl_room(l->list, l->n, sizeof(*more));
	if (!more)
		return -ENOMEM;
	l->list = more;
	more[l->n++] = (struct binding){ *key, *e };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct binding *x = a, *y = b;

	if (x->key.vni != y->key.vni)
		return x->key.vni < y->key.vni ? -1 : 1;
	return memcmp(&x->key.addr, &y->key.addr, sizeof(x->key.addr));
}

/* Would the programs answer for it now? If not, why; suppress_find(). */
static const char *state(const struct list *l, const struct binding *b, const struct vtep_fdb *where)
{
	if ((__s32)(l->now - b->e.changed) < (__s32)VTEP_NEIGH_SETTLE)
		return "disputed";
	if (!where)
		return "unknown";
	if (!(where->where.flags & VTEP_FDB_REMOTE))
		return "local";
	if ((__s32)(l->now - b->e.seen) > (__s32)VTEP_NEIGH_KEPT)
		return "stale";
	return (__s32)(l->now - where->seen) > (__s32)VTEP_NEIGH_FRESH ? "silent" : "reachable";
}

static void binding_row(const struct list *l, const struct binding *b)
{
	const struct session_vni *v = session_vni(l->s, b->key.vni);
	char text[ADDR_STRLEN], mac[MAC_STRLEN], age[HUMAN_LEN];
	bool known;
	struct vtep_fdb where;
	const struct session_vtep *vtep = NULL;
	__u64 seen = fdb_age_ms(l->now, b->e.seen);
	struct row *row = output_row(l->s->out);
	const char *word;

	known = !fdb_get(&l->s->in, b->key.vni, b->e.mac, &where);
	if (known && (where.where.flags & VTEP_FDB_REMOTE))
		vtep = session_vtep(l->s, where.where.slot);
	word = state(l, b, known ? &where : NULL);
	addr_format(&b->key.addr, text);
	mac_format(b->e.mac, mac);
	row_set(row, "dst", json_string(text));
	row_set(row, "dev", json_string(v ? v->br : ""));
	row_set(row, "lladdr", json_string(mac));
	row_set(row, "vni", json_integer(b->key.vni));
	row_set(row, "via", vtep ? json_string(vtep->text) : json_null());
	row_set(row, "state", json_pack("[s]", word));
	row_set(row, "flags", b->e.flags & VTEP_NEIGH_ROUTER ? json_pack("[s]", "router") : json_array());
	row_set(row, "seen_ms", json_integer(seen));
	row_cell(row, VNI, COLOR_NONE, "%u", b->key.vni);
	row_cell(row, ADDRESS, COLOR_MAGENTA, "%s", text);
	row_cell(row, MAC, COLOR_CYAN, "%s", mac);
	row_cell(row, VIA, COLOR_NONE, "%s", vtep ? vtep->text : "");
	row_cell(row, STATE, !strcmp(word, "reachable") ? COLOR_GREEN : COLOR_YELLOW, "%s", word);
	row_cell(row, SEEN, COLOR_NONE, "%s", human_age(seen / 1000, age));
	row_cell(row, DEV, COLOR_NONE, "%s", v ? v->br : "");
}

int neigh_show(struct session *s, const struct args *args)
{
	struct list l = { .s = s, .now = fdb_tick() };
	int err, code = session_vni_arg(s, args, true, &l.only);
	size_t i;

	if (code)
		return code;
	err = binding_each(&s->in, collect, &l);
	if (!err && l.n)
		qsort(l.list, l.n, sizeof(*l.list), compare);
	for (i = 0; i < l.n && !err; i++)
		binding_row(&l, &l.list[i]);
	free(l.list);
	return err ? session_refused(s, err, "read the addresses of %s", s->in.meta.ifname) : EXIT_DONE;
}

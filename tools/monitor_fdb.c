/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MACs: the kernel's forwarding databases, into which vtepd mirrors what BPF learns. An entry that
 * moves is deleted at one place and made at another, in either order: what went is said only when
 * it has not come back in a moment.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "kernel_fdb.h"
#include "monitor.h"

#define FDB_MOMENT	300		/* ms */

/* Key first: that is what the tree compares. */
struct mac_seen {
	__u32 vni;
	__u8 mac[6];
	struct neigh at;		/* ->dst if remote, else ->ifindex */
	bool aged;			/* meant if `left` */
	long left;			/* ms, when it went; 0: it is there */
	struct mac_seen *next;		/* in the list of those that went */
};

static struct mac_seen *leaving;

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

static int mac_compare(const void *a, const void *b)
{
	const struct mac_seen *x = a, *y = b;

	return x->vni == y->vni ? memcmp(x->mac, y->mac, sizeof(x->mac)) : x->vni < y->vni ? -1 : 1;
}

static bool same_place(const struct neigh *a, const struct neigh *b)
{
	if (a->has_dst != b->has_dst)
		return false;
	return a->has_dst ? addr_equal(&a->dst, &b->dst) : a->ifindex == b->ifindex;
}

static const struct session_vni *vni_of(const struct session *s, const struct neigh *n)
{
	__u32 ifindex = n->flags & NTF_SELF || !n->master ? n->ifindex : n->master;
	size_t i;

	for (i = 0; i < s->n_vnis; i++)
		if (s->vnis[i].vni.vx_ifindex == ifindex || (n->master && s->vnis[i].vni.br_ifindex == ifindex))
			return &s->vnis[i];
	return NULL;
}

/* The vxlan device's own entries with a destination, and the bridge's of other ports; no host's own. */
static bool is_ours(const struct session_vni *v, const struct neigh *n)
{
	if (n->has_dst)
		return n->ifindex == (int)v->vni.vx_ifindex;
	return n->master && n->ifindex != (int)v->vni.vx_ifindex && n->ifindex != (int)v->vni.br_ifindex &&
	       !(n->state & NUD_PERMANENT);
}

/* "dst 172.16.0.2 peer node2", "dev vnet0"; and the same for scripts. */
static void place_print(const struct monitor *m, const struct neigh *n, char *text, size_t size, json_t *fields)
{
	struct session_vtep vtep = { .peer = n->has_dst && m->s->wg ? wg_route(m->s->wg, &n->dst) : NULL };
	const char *name = session_name(m->s, vtep.peer);
	char addr[ADDR_STRLEN], peer[SESSION_PEER], dev[IFNAMSIZ];

	if (n->has_dst) {
		addr_format(&n->dst, addr);
		snprintf(text, size, "dst %s peer %s", addr, session_peer(m->s, &vtep, peer));
		json_object_set_new(fields, "dst", json_string(addr));
		json_object_set_new(fields, "peer", vtep.peer ? json_string(vtep.peer->key) : json_null());
		json_object_set_new(fields, "name", name ? json_string(name) : json_null());
		return;
	}
	if (!if_indextoname(n->ifindex, dev))
		snprintf(dev, sizeof(dev), "if%d", n->ifindex);
	snprintf(text, size, "dev %s", dev);
	json_object_set_new(fields, "ifname", json_string(dev));
}

static void mac_event(const struct monitor *m, __u32 vni, const struct neigh *n, const struct neigh *from,
		      const char *event, enum color color)
{
	static const __u8 zero[6];
	const char *type = !memcmp(n->mac, zero, 6) ? "flood" : neigh_is_config(n) ? "static" :
			   n->has_dst ? "dynamic" : "local";
	char mac[MAC_STRLEN], place[160], before[160] = "";
	json_t *was = from ? json_object() : NULL;
	json_t *fields = json_pack("{ss si ss}", "mac", mac_format(n->mac, mac), "vni", vni, "type", type);

	if (from) {
		place_print(m, from, before, sizeof(before), was);
		json_object_set_new(fields, "from", was);
	}
	place_print(m, n, place, sizeof(place), fields);
	monitor_event(m, "fdb", event, color, fields, "%s vni %u %s%s%s%s%s", mac, vni, before, from ? " -> " : "",
		      place, strcmp(type, "static") ? "" : " static", strcmp(type, "flood") ? "" : " flood");
}

static void leaving_remove(struct mac_seen *e)
{
	struct mac_seen **at;

	for (at = &leaving; *at; at = &(*at)->next)
		if (*at == e) {
			*at = e->next;
			break;
		}
	e->left = 0;
}

/* NULL: no memory; then it is only not compared. */
static struct mac_seen *mac_find(struct monitor *m, __u32 vni, const __u8 *mac, bool make, bool *made)
{
	struct mac_seen *e = calloc(1, sizeof(*e)), **found;

	*made = false;
	if (!e)
		return NULL;
	e->vni = vni;
	memcpy(e->mac, mac, sizeof(e->mac));
	found = make ? tsearch(e, &m->macs, mac_compare) : tfind(e, &m->macs, mac_compare);
	*made = found && *found == e;
	if (!*made)
		free(e);
	return found ? *found : NULL;
}

static void mac_came(struct monitor *m, __u32 vni, const struct neigh *n, bool silent)
{
	struct mac_seen *e;
	struct neigh was;
	bool made, same;

	e = mac_find(m, vni, n->mac, true, &made);
	if (!e)
		return;
	was = e->at;
	same = !made && same_place(&was, n);
	if (e->left)
		leaving_remove(e);
	e->at = *n;
	if (silent || (same && neigh_is_config(&was) == neigh_is_config(n)))
		return;
	if (made || same)
		mac_event(m, vni, n, NULL, "new", COLOR_GREEN);
	else
		mac_event(m, vni, n, &was, "moved", COLOR_YELLOW);
}

/*
 * The kernel tells how long ago it was refreshed. vtepd does that up to half a life after a MAC has
 * talked last (sweep_run()): one that was silent for longer than is left has aged out, another was deleted.
 */
static bool has_aged(const struct session_vni *v, const struct nlmsghdr *nlh)
{
	const struct nda_cacheinfo *info;
	const struct nlattr *attr;
	__u64 hz = sysconf(_SC_CLK_TCK);

	mnl_attr_for_each(attr, nlh, sizeof(struct ndmsg)) {
		if (mnl_attr_get_type(attr) != NDA_CACHEINFO || mnl_attr_get_payload_len(attr) < sizeof(*info))
			continue;
		info = mnl_attr_get_payload(attr);
		return v->ageing && info->ndm_updated / hz * 10 >= v->ageing * 4ULL;
	}
	return false;
}

static void mac_went(struct monitor *m, const struct session_vni *v, const struct neigh *n,
		     const struct nlmsghdr *nlh)
{
	struct mac_seen *e;
	bool made;

	e = mac_find(m, v->vni.vni, n->mac, false, &made);
	if (!e || e->left || !same_place(&e->at, n))
		return;
	e->aged = has_aged(v, nlh);
	e->left = now_ms();
	e->next = leaving;
	leaving = e;
}

void monitor_fdb_take(struct monitor *m, const struct nlmsghdr *nlh)
{
	static const __u8 zero[6];
	bool came = nlh->nlmsg_type == RTM_NEWNEIGH;
	const struct session_vni *v;
	struct neigh n;

	if (neigh_parse(nlh, &n))
		return;
	v = vni_of(m->s, &n);
	if (!v || !is_ours(v, &n))
		return;
	if (!memcmp(n.mac, zero, sizeof(zero)))
		mac_event(m, v->vni.vni, &n, NULL, came ? "new" : "deleted", came ? COLOR_GREEN : COLOR_RED);
	else if (came)
		mac_came(m, v->vni.vni, &n, false);
	else
		mac_went(m, v, &n, nlh);
}

int monitor_fdb_settle(struct monitor *m)
{
	struct mac_seen **at = &leaving, *e;
	long now = now_ms(), wait = -1, left;

	while (*at) {
		e = *at;
		left = e->left + FDB_MOMENT - now;
		if (left > 0) {
			wait = wait < 0 || left < wait ? left : wait;
			at = &e->next;
			continue;
		}
		*at = e->next;
		mac_event(m, e->vni, &e->at, NULL, e->aged ? "aged-out" : "deleted", e->aged ? COLOR_DIM : COLOR_RED);
		tdelete(e, &m->macs, mac_compare);
		free(e);
	}
	return wait;
}

int monitor_fdb_start(struct monitor *m)
{
	struct kernel_fdb fdb;
	size_t i, k;
	int err = 0;

	monitor_fdb_stop(m);
	for (i = 0; i < m->s->n_vnis && !err; i++) {
		const struct session_vni *v = &m->s->vnis[i];

		err = kernel_fdb_read(m->s, v, &fdb);
		for (k = 0; k < fdb.n && !err; k++)
			if (is_ours(v, &fdb.entries[k]))
				mac_came(m, v->vni.vni, &fdb.entries[k], true);
		if (!err)
			free(fdb.entries);
	}
	return err;
}

void monitor_fdb_stop(struct monitor *m)
{
	leaving = NULL;
	tdestroy(m->macs, free);
	m->macs = NULL;
}

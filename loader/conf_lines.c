// SPDX-License-Identifier: GPL-2.0-only
/* A model as lines of a file, in the order in which people write them. */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "conf_lines.h"
#include "model.h"
#include "nl.h"
#include "value.h"
#include "wg.h"

/* What a line belongs to. */
struct place {
	struct conf_lines *lines;
	const struct model_vni *vni;
	const struct model_peer *peer;
};

__attribute__((format(printf, 4, 5)))
static void add(struct place at, const char *key, bool list, const char *format, ...)
{
	struct conf_line *more = nl_room(at.lines->list, at.lines->n, sizeof(*more));
	char *value = NULL;
	va_list ap;

	if (more)
		at.lines->list = more;
	va_start(ap, format);
	if (vasprintf(&value, format, ap) < 0)
		value = NULL;
	va_end(ap);
	if (!more || !value) {
		at.lines->no_memory = true;
		free(value);
		return;
	}
	more[at.lines->n++] = (struct conf_line){ at.vni, at.peer, key, value, list };
}

static void add_prefixes(struct place at, const char *key, const struct model_prefix *list, size_t n)
{
	char text[PREFIX_STRLEN];
	size_t i;

	for (i = 0; i < n; i++)
		add(at, key, true, "%s", prefix_format(&list[i], text));
}

static void add_addresses(struct place at, const char *key, const struct vtep_addr *list, size_t n)
{
	char text[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < n; i++)
		add(at, key, true, "%s", addr_format(&list[i], text));
}

static void add_hooks(struct place at, const struct model_wg *wg)
{
	static const char *const names[MODEL_HOOKS] = { "PreUp", "PostUp", "PreDown", "PostDown" };
	size_t h, i;

	for (h = 0; h < MODEL_HOOKS; h++)
		for (i = 0; i < wg->n_hooks[h]; i++)
			add(at, names[h], false, "%s", wg->hooks[h][i]);
}

static void add_interface(struct place at, const struct model *m)
{
	const struct model_wg *wg = &m->wg;
	size_t i;

	if (wg->private_key_file)
		add(at, "PrivateKeyFile", false, "%s", wg->private_key_file);
	else if (wg->has_private_key || wg->private_hidden)
		add(at, "PrivateKey", false, "(hidden)");
	if (wg->has_listen_port)
		add(at, "ListenPort", false, "%u", wg->listen_port);
	if (wg->fwmark)
		add(at, "FwMark", false, "0x%x", wg->fwmark);
	add_prefixes(at, "Address", wg->addresses, wg->n_addresses);
	for (i = 0; i < wg->n_dns; i++)
		add(at, "DNS", true, "%s", wg->dns[i]);
	if (wg->mtu)
		add(at, "MTU", false, "%u", wg->mtu);
	if (wg->table_mode == MODEL_TABLE_OFF)
		add(at, "Table", false, "off");
	else if (wg->table_mode == MODEL_TABLE_NUMBER)
		add(at, "Table", false, "%u", wg->table);
	add_hooks(at, wg);
	if (wg->save)
		add(at, "SaveConfig", false, "true");
	if (*wg->underlay_vrf)
		add(at, "UnderlayVRF", false, "%s", wg->underlay_vrf);
}

static void add_node(struct place at, const struct model *m)
{
	static const char *const accels[] = { "auto", "tcx", "tc", "off" };
	struct model *none = malloc(sizeof(*none));
	char text[ADDR_STRLEN];

	if (!none) {
		at.lines->no_memory = true;
		return;
	}
	model_init(none);
	if (!addr_is_zero(&m->local))
		add(at, "LocalVTEP", false, "%s", addr_format(&m->local, text));
	if (m->udp_port != none->udp_port)
		add(at, "VXLANPort", false, "%u", m->udp_port);
	if (m->ageing != none->ageing)
		add(at, "Ageing", false, "%u", m->ageing);
	if (m->fdb_max != none->fdb_max)
		add(at, "MaxMACs", false, "%u", m->fdb_max);
	if (!m->hold.moves)
		add(at, "HoldDown", false, "off");
	else if (memcmp(&m->hold, &none->hold, sizeof(m->hold)))
		add(at, "HoldDown", false, "%u %u %u", m->hold.moves, m->hold.window, m->hold.time);
	if (m->peer_timeout_given && !m->peer_timeout)
		add(at, "PeerTimeout", false, "off");
	else if (m->peer_timeout_given)
		add(at, "PeerTimeout", false, "%u", m->peer_timeout);
	if (m->accel != none->accel)
		add(at, "Accel", false, "%s", accels[m->accel]);
	free(none);
}

static void add_vni(struct place at, const struct model_vni *v)
{
	size_t i;

	add(at, "VNI", false, "%u", v->vni);
	if (*v->device)
		add(at, "Device", false, "%s", v->device);
	if (*v->bridge)
		add(at, "Bridge", false, "%s", v->bridge);
	if (v->vlan)
		add(at, "VLAN", false, "%u", v->vlan);
	add_prefixes(at, "Address", v->addresses, v->n_addresses);
	for (i = 0; i < v->n_ports; i++)
		add(at, "Ports", true, "%s", v->ports[i]);
	if (v->ageing_given)
		add(at, "Ageing", false, "%u", v->ageing);
	if (v->max_macs)
		add(at, "MaxMACs", false, "%u", v->max_macs);
	if (v->port_macs)
		add(at, "PortMaxMACs", false, "%u", v->port_macs);
	if (v->suppress)
		add(at, "Suppress", false, "yes");
	if (v->relay)
		add(at, "Relay", false, "yes");
	if (v->no_learning)
		add(at, "Learning", false, "no");
	if (v->oversize_drop)
		add(at, "Oversize", false, "drop");
	if (v->flood_given && !v->n_flood)
		add(at, "Flood", false, "none");
	add_addresses(at, "Flood", v->flood, v->n_flood);
}

static void add_peer(struct place at, const struct model_peer *p)
{
	char key[WG_KEY_TEXT];
	size_t i;

	if (p->name)
		add(at, "Name", false, "%s", p->name);
	sodium_bin2base64(key, sizeof(key), p->public_key, sizeof(p->public_key), sodium_base64_VARIANT_ORIGINAL);
	add(at, "PublicKey", false, "%s", key);
	if (p->preshared_hidden || !sodium_is_zero(p->preshared_key, sizeof(p->preshared_key)))
		add(at, "PresharedKey", false, "(hidden)");
	if (p->endpoint)
		add(at, "Endpoint", false, "%s", p->endpoint);
	add_prefixes(at, "AllowedIPs", p->allowed, p->n_allowed);
	if (p->keepalive)
		add(at, "PersistentKeepalive", false, "%u", p->keepalive);
	add_addresses(at, "VTEP", p->vteps, p->n_vteps);
	if (p->vnis_given && !p->n_vnis)
		add(at, "VNIs", false, "none");
	for (i = 0; i < p->n_vnis; i++)
		if (p->vnis[i].first == p->vnis[i].last)
			add(at, "VNIs", true, "%u", p->vnis[i].first);
		else
			add(at, "VNIs", true, "%u-%u", p->vnis[i].first, p->vnis[i].last);
	if (p->max_macs)
		add(at, "MaxMACs", false, "%u", p->max_macs);
}

int conf_lines_make(const struct model *m, struct conf_lines *out)
{
	size_t i;
	int v;

	*out = (struct conf_lines){ 0 };
	add_interface((struct place){ out, NULL, NULL }, m);
	add_node((struct place){ out, NULL, NULL }, m);
	for (v = 0; v < m->n_vnis; v++)
		add_vni((struct place){ out, &m->vnis[v], NULL }, &m->vnis[v]);
	for (i = 0; i < m->wg.n_peers; i++)
		add_peer((struct place){ out, NULL, &m->wg.peers[i] }, &m->wg.peers[i]);
	if (!out->no_memory)
		return 0;
	conf_lines_free(out);
	return -ENOMEM;
}

static bool same_section(const struct conf_line *a, const struct conf_line *b)
{
	return a->vni == b->vni && a->peer == b->peer;
}

const char *conf_line_section(const struct conf_line *line)
{
	return line->vni ? "VNI" : line->peer ? "Peer" : "Interface";
}

void conf_lines_write(const struct conf_lines *lines, const char *on, const char *off, FILE *to)
{
	size_t i;

	for (i = 0; i < lines->n; i++) {
		const struct conf_line *line = &lines->list[i], *last = i ? line - 1 : NULL;

		if (last && same_section(last, line) && line->list && last->key == line->key) {
			fprintf(to, ", %s", line->value);
			continue;
		}
		if (last)
			fputc('\n', to);
		if (!last || !same_section(last, line))
			fprintf(to, "%s%s[%s]%s\n", last ? "\n" : "", on, conf_line_section(line), off);
		fprintf(to, "%s = %s", line->key, line->value);
	}
	if (i)
		fputc('\n', to);
}

void conf_lines_free(struct conf_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n; i++)
		free(lines->list[i].value);
	free(lines->list);
	*lines = (struct conf_lines){ 0 };
}

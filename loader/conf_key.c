// SPDX-License-Identifier: GPL-2.0-only
/* Every key of the file, each a row; and what is said of a word that is none: which one was meant. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf_parse.h"

const struct conf_key conf_keys[] = {
	{ SECTION_INTERFACE, "PrivateKey", KEY_WG | KEY_SECRET, conf_set_private_key },
	{ SECTION_INTERFACE, "PrivateKeyFile", KEY_WG, conf_set_private_key_file },
	{ SECTION_INTERFACE, "ListenPort", KEY_WG, conf_set_listen_port },
	{ SECTION_INTERFACE, "FwMark", KEY_WG, conf_set_fwmark },
	{ SECTION_INTERFACE, "Address", KEY_WG | KEY_REPEAT | KEY_EMPTY, conf_set_address },
	{ SECTION_INTERFACE, "DNS", KEY_WG | KEY_REPEAT | KEY_EMPTY, conf_set_dns },
	{ SECTION_INTERFACE, "MTU", KEY_WG | KEY_EMPTY, conf_set_mtu },
	{ SECTION_INTERFACE, "Table", KEY_WG | KEY_EMPTY, conf_set_table },
	{ SECTION_INTERFACE, "PreUp", KEY_WG | KEY_REPEAT | KEY_EMPTY | KEY_HOOK, conf_set_hook },
	{ SECTION_INTERFACE, "PostUp", KEY_WG | KEY_REPEAT | KEY_EMPTY | KEY_HOOK, conf_set_hook },
	{ SECTION_INTERFACE, "PreDown", KEY_WG | KEY_REPEAT | KEY_EMPTY | KEY_HOOK, conf_set_hook },
	{ SECTION_INTERFACE, "PostDown", KEY_WG | KEY_REPEAT | KEY_EMPTY | KEY_HOOK, conf_set_hook },
	{ SECTION_INTERFACE, "SaveConfig", KEY_WG, conf_set_save },
	{ SECTION_INTERFACE, "UnderlayVRF", KEY_WG, conf_set_underlay_vrf },
	{ SECTION_INTERFACE, "LocalVTEP", 0, conf_set_local_vtep },
	{ SECTION_INTERFACE, "VXLANPort", 0, conf_set_vxlan_port },
	{ SECTION_INTERFACE, "Ageing", 0, conf_set_ageing },
	{ SECTION_INTERFACE, "MaxMACs", 0, conf_set_max_macs },
	{ SECTION_INTERFACE, "HoldDown", 0, conf_set_hold_down },
	{ SECTION_INTERFACE, "PeerTimeout", 0, conf_set_peer_timeout },
	{ SECTION_INTERFACE, "Accel", 0, conf_set_accel },
	{ SECTION_PEER, "PublicKey", 0, conf_peer_public_key },
	{ SECTION_PEER, "PresharedKey", KEY_WG | KEY_SECRET, conf_peer_preshared_key },
	{ SECTION_PEER, "AllowedIPs", KEY_WG | KEY_REPEAT | KEY_EMPTY, conf_peer_allowed_ips },
	{ SECTION_PEER, "Endpoint", KEY_WG, conf_peer_endpoint },
	{ SECTION_PEER, "PersistentKeepalive", KEY_WG, conf_peer_keepalive },
	{ SECTION_PEER, "Name", 0, conf_peer_name },
	{ SECTION_PEER, "VTEP", KEY_REPEAT, conf_peer_vtep },
	{ SECTION_PEER, "VNIs", KEY_REPEAT, conf_peer_vnis },
	{ SECTION_PEER, "MaxMACs", 0, conf_peer_max_macs },
	{ SECTION_VNI, "VNI", 0, conf_vni_vni },
	{ SECTION_VNI, "Device", 0, conf_vni_device },
	{ SECTION_VNI, "Bridge", 0, conf_vni_bridge },
	{ SECTION_VNI, "VLAN", 0, conf_vni_vlan },
	{ SECTION_VNI, "Address", KEY_REPEAT, conf_vni_address },
	{ SECTION_VNI, "Ports", KEY_REPEAT, conf_vni_ports },
	{ SECTION_VNI, "Ageing", 0, conf_vni_ageing },
	{ SECTION_VNI, "MaxMACs", 0, conf_vni_max_macs },
	{ SECTION_VNI, "PortMaxMACs", 0, conf_vni_port_macs },
	{ SECTION_VNI, "Relay", 0, conf_vni_relay },
	{ SECTION_VNI, "Learning", 0, conf_vni_learning },
	{ SECTION_VNI, "Suppress", 0, conf_vni_suppress },
	{ SECTION_VNI, "Flood", KEY_REPEAT, conf_vni_flood },
	{ SECTION_VNI, "Oversize", 0, conf_vni_oversize },
	{ 0 }
};

_Static_assert(sizeof(conf_keys) / sizeof(*conf_keys) <= CONF_KEYS, "a line is kept for each row");

static const char *const sections[] = {
	[SECTION_INTERFACE] = "Interface", [SECTION_PEER] = "Peer", [SECTION_VNI] = "VNI",
};

const char *conf_section_name(enum conf_section section)
{
	return sections[section];
}

enum conf_section conf_section_find(const char *name)
{
	enum conf_section s;

	for (s = SECTION_INTERFACE; s <= SECTION_VNI; s++)
		if (!strcasecmp(name, sections[s]))
			return s;
	return SECTION_UNKNOWN;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* As wg(8) reads it: "Allowed IPs" is AllowedIPs. */
static bool same_key(const char *name, const char *known)
{
	for (;; name++) {
		if (*name == ' ' || *name == '\t')
			continue;
		if (lower(*name) != lower(*known))
			return false;
		if (!*known++)
			return true;
	}
}

const struct conf_key *conf_key_find(enum conf_section section, const char *name)
{
	const struct conf_key *key;

	for (key = conf_keys; key->name; key++)
		if (key->section == section && same_key(name, key->name))
			return key;
	return NULL;
}

#define WORD	24

/* Insertions, deletions, replacements and swaps of neighbours from a to b, both shorter than WORD. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD + 1][WORD + 1], cost, least;
	size_t n = strlen(a), m = strlen(b), i, j;

	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			cost = lower(a[i - 1]) != lower(b[j - 1]);
			least = d[i - 1][j - 1] + cost;
			if (d[i - 1][j] + 1 < least)
				least = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < least)
				least = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && d[i - 2][j - 2] + cost < least)
				least = d[i - 2][j - 2] + cost;
			d[i][j] = least;
		}
	}
	return d[n][m];
}

/* Up to a third of the word may be wrong; or it is a part of it, as Port is of ListenPort. */
static bool nearer(const char *name, const char *known, unsigned int *best)
{
	size_t n = strlen(name), m = strlen(known), far = m < 6 ? 1 : m / 3;
	bool part = n > 2 && strcasestr(known, name);
	unsigned int d;

	if (n >= WORD || (!part && (n > m + far || m > n + far)))
		return false;
	d = part ? 1 : distance(name, known);
	if (d >= *best || d > far)
		return false;
	*best = d;
	return true;
}

static const char *key_near(enum conf_section section, const char *name)
{
	const struct conf_key *key;
	const char *near = NULL;
	unsigned int best = WORD;

	for (key = conf_keys; key->name; key++)
		if (key->section == section && nearer(name, key->name, &best))
			near = key->name;
	return near;
}

/* Only what can be no part of a key is repeated in a message. */
static bool may_be_said(const char *word)
{
	return *word && strlen(word) <= WORD &&
	       !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")];
}

int conf_key_missing(struct conf *c, const char *line)
{
	size_t len = strcspn(line, " \t:=");
	const struct conf_key *key;
	char word[WORD + 1];

	if (len > WORD)
		return conf_error(c, "not a line `KEY = VALUE`");
	memcpy(word, line, len);
	word[len] = '\0';
	key = conf_key_find(c->section, word);
	return key ? conf_error(c, "not a line `KEY = VALUE`\n%s = VALUE", key->name) :
		     conf_error(c, "not a line `KEY = VALUE`");
}

/* The sections that have this key: "[Interface] or [VNI]". */
static bool belongs(const char *name, char out[64])
{
	enum conf_section s;
	size_t len = 0;

	for (s = SECTION_INTERFACE; s <= SECTION_VNI; s++)
		if (conf_key_find(s, name))
			len += snprintf(out + len, 64 - len, "%s[%s]", len ? " or " : "", sections[s]);
	return len;
}

int conf_key_unknown(struct conf *c, const char *name)
{
	enum conf_section s;
	const char *near;
	char where[64];

	if (!may_be_said(name))
		return conf_key_missing(c, name);
	if (belongs(name, where))
		return conf_error(c, "%s: no such key\nit belongs in %s", name, where);
	near = key_near(c->section, name);
	if (near)
		return conf_error(c, "%s: no such key\n%s", name, near);
	for (s = SECTION_INTERFACE; s <= SECTION_VNI; s++) {
		near = key_near(s, name);
		if (near)
			return conf_error(c, "%s: no such key\n%s, in [%s]", name, near, sections[s]);
	}
	return conf_error(c, "%s: no such key", name);
}

const char *conf_section_near(const char *name)
{
	const char *near = NULL;
	unsigned int best = WORD;
	enum conf_section s;

	for (s = SECTION_INTERFACE; s <= SECTION_VNI; s++)
		if (nearer(name, sections[s], &best))
			near = sections[s];
	return near;
}

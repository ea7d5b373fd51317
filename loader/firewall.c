// SPDX-License-Identifier: GPL-2.0-only
/* Rules beside a default route into the tunnel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "command.h"
#include "daemon.h"
#include "firewall.h"
#include "ifaddr.h"
#include "log.h"
#include "wg_routes.h"

#define NO_PROGRAM	127		/* command_exec() */

/* What the rules are made of, for one family. */
struct rules {
	FILE *out;
	const char *ifname, *table;
	bool ip6;
	uint32_t mark;
	const struct ifaddr_entry *addrs;
	int n_addrs;
};

/* A table's name in nft has fewer characters than a device's. */
static void table_name(const char *ifname, char out[32])
{
	char *c;

	snprintf(out, 32, "vtepd-%s", ifname);
	for (c = out; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-", *c))
			*c = '_';
}

static bool of_family(const struct rules *r, int i)
{
	return !r->addrs[i].link_local && addr_is4(&r->addrs[i].addr) != r->ip6;
}

static void put_nft(const struct rules *r)
{
	const char *f = r->ip6 ? "ip6" : "ip", *t = r->table;
	char text[ADDR_STRLEN];
	int i;

	fprintf(r->out, "add table %s %s\n", f, t);
	fprintf(r->out, "add chain %s %s preraw { type filter hook prerouting priority -300; }\n", f, t);
	fprintf(r->out, "add chain %s %s premangle { type filter hook prerouting priority -150; }\n", f, t);
	fprintf(r->out, "add chain %s %s postmangle { type filter hook postrouting priority -150; }\n", f, t);
	for (i = 0; i < r->n_addrs; i++)
		if (of_family(r, i))
			fprintf(r->out, "add rule %s %s preraw iifname != \"%s\" %s daddr %s fib saddr type != local drop\n",
				f, t, r->ifname, f, addr_format(&r->addrs[i].addr, text));
	fprintf(r->out, "add rule %s %s postmangle meta l4proto udp mark %u ct mark set mark\n", f, t, r->mark);
	fprintf(r->out, "add rule %s %s premangle meta l4proto udp meta mark set ct mark\n", f, t);
}

static void put_iptables(const struct rules *r)
{
	char comment[64], text[ADDR_STRLEN];
	int i;

	snprintf(comment, sizeof(comment), "-m comment --comment \"vtepd(8) rule for %s\"", r->ifname);
	fputs("*raw\n", r->out);
	for (i = 0; i < r->n_addrs; i++)
		if (of_family(r, i))
			fprintf(r->out, "-I PREROUTING ! -i %s -d %s -m addrtype ! --src-type LOCAL -j DROP %s\n",
				r->ifname, addr_format(&r->addrs[i].addr, text), comment);
	fprintf(r->out, "COMMIT\n*mangle\n-I POSTROUTING -m mark --mark %u -p udp -j CONNMARK --save-mark %s\n",
		r->mark, comment);
	fprintf(r->out, "-I PREROUTING -p udp -j CONNMARK --restore-mark %s\nCOMMIT\n", comment);
}

/* Adding first, so that deleting finds one. */
static void put_nft_removal(FILE *out, const char *table)
{
	fprintf(out, "add table ip %s\ndelete table ip %s\nadd table ip6 %s\ndelete table ip6 %s\n",
		table, table, table, table);
}

/* The kernel tells iptables' rules apart by their text alone: those with our comment. */
static void iptables_remove(const char *ifname)
{
	char line[512];

	snprintf(line, sizeof(line), "for i in iptables ip6tables; do $i-save 2>/dev/null | awk -v mark="
		 "'--comment \"vtepd(8) rule for %s\"' '/^[*]/ || /^COMMIT/ || index($0, mark) { sub(/^-A/, \"-D\"); print }' | "
		 "$i-restore -n; done", ifname);
	command_run(line);
}

static int run(const char *program, const char *option, char *input)
{
	char *argv[] = { (char *)program, (char *)option, NULL, NULL };

	if (!strcmp(program, "nft"))
		argv[2] = "-";
	return command_exec(argv, input);
}

/* Those of both families, as far as the model asks for them, by `put`; the caller frees. */
static char *text_of(struct daemon *d, void (*put)(const struct rules *r), bool ip4, bool ip6, bool nft)
{
	struct ifaddr_entry *list = NULL;
	int n = ifaddr_list(&d->nl, d->wg.ifindex, &list);
	char table[32], *text = NULL;
	size_t size;
	struct rules r = { .ifname = d->model.ifname, .table = table, .mark = d->tunnel.default_table,
			   .addrs = list, .n_addrs = n > 0 ? n : 0 };

	table_name(d->model.ifname, table);
	r.out = n < 0 ? NULL : open_memstream(&text, &size);
	if (r.out && nft)
		put_nft_removal(r.out, table);
	if (r.out && ip4)
		put(&r);
	r.ip6 = true;
	if (r.out && ip6)
		put(&r);
	if (r.out)
		fclose(r.out);
	free(list);
	return text;
}

static int set_iptables(struct daemon *d, bool ip4, bool ip6)
{
	char *four = text_of(d, put_iptables, true, false, false), *six = text_of(d, put_iptables, false, true, false);
	int status = four && six ? 0 : -ENOMEM;

	iptables_remove(d->model.ifname);
	if (!status && ip4)
		status = run("iptables-restore", "-n", four);
	if (!status && ip6)
		status = run("ip6tables-restore", "-n", six);
	free(four);
	free(six);
	return status;
}

void firewall_set(struct daemon *d)
{
	struct tunnel *t = &d->tunnel;
	bool ip4 = t->default_table && wg_has_default(&d->model.wg, false);
	bool ip6 = t->default_table && wg_has_default(&d->model.wg, true);
	char *text;
	int status;

	if (!ip4 && !ip6) {
		firewall_unset(d);
		return;
	}
	text = text_of(d, put_nft, ip4, ip6, true);
	if (text && t->firewall && !strcmp(text, t->firewall)) {
		free(text);
		return;
	}
	status = text ? run("nft", "-f", text) : -ENOMEM;
	if (status == NO_PROGRAM)
		status = set_iptables(d, ip4, ip6);
	free(t->firewall);
	t->firewall = status ? NULL : text;
	t->has_firewall = true;
	if (!status)
		return;
	free(text);
	log_warning("%s: its addresses are not guarded against packets that come by other devices: nft %s",
		    d->model.ifname, status == NO_PROGRAM ? "and iptables are missing" : "failed");
	log_hint("apt-get install nftables        (wg-quick needs it as well for a default route)");
}

void firewall_unset(struct daemon *d)
{
	char table[32], text[512];
	FILE *out;

	if (!d->tunnel.has_firewall)
		return;
	table_name(d->model.ifname, table);
	out = fmemopen(text, sizeof(text), "w");
	if (out) {
		put_nft_removal(out, table);
		fclose(out);
		if (run("nft", "-f", text) == NO_PROGRAM)
			iptables_remove(d->model.ifname);
	}
	free(d->tunnel.firewall);
	d->tunnel.firewall = NULL;
	d->tunnel.has_firewall = false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Desired minus running for a WireGuard device, as text. Peers are "A ips=10.0.0.1/32,… ka=25
 * ep=10.0.0.9:1 psk=7", a letter for the key, with ';' between them. A plan is
 *
 *	+A psk ep ka 10.0.0.1/32	added, with what is sent
 *	A 10.0.0.1/32			changed: these AllowedIPs are added
 *	A =10.0.0.1/32			they replace those that it has
 *	-A				removed
 *	!10.0.0.1/32 A>B		moved from peer to peer; "A>>B": both name it in the file
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "expect.h"
#include "wg_plan.h"

#define MAX	32

struct fleet {
	struct model_peer peers[MAX];
	struct model_prefix allowed[MAX][MAX];
	struct wg_endpoint endpoints[MAX];
	size_t n;
};

static void take_ips(struct fleet *f, size_t i, char *list)
{
	struct model_prefix *p;
	char *ip, *slash;

	while ((ip = strsep(&list, ","))) {
		p = &f->allowed[i][f->peers[i].n_allowed++];
		slash = strchr(ip, '/');
		*slash = '\0';
		p->len = atoi(slash + 1);
		if (addr_parse(ip, &p->addr))
			tap_ok(false, "test address %s", ip);
	}
	f->peers[i].allowed = f->allowed[i];
}

static void take_endpoint(struct wg_endpoint *e, char *text)
{
	char *colon = strrchr(text, ':');
	struct vtep_addr addr;

	*colon = '\0';
	addr_parse(text, &addr);
	if (addr_is4(&addr)) {
		e->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(atoi(colon + 1)) };
		e->in.sin_addr.s_addr = addr_to4(&addr);
	} else {
		e->in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(atoi(colon + 1)) };
		memcpy(&e->in6.sin6_addr, &addr, sizeof(addr));
	}
}

static void fleet_parse(const char *text, struct fleet *f)
{
	char copy[1024], *rest = copy, *one, *word;
	size_t i;

	memset(f, 0, sizeof(*f));
	snprintf(copy, sizeof(copy), "%s", text);
	while (*text && (one = strsep(&rest, ";"))) {
		i = f->n++;
		one += strspn(one, " ");
		memset(f->peers[i].public_key, *one, WG_KEY_LEN);
		for (word = strtok(one + 1, " "); word; word = strtok(NULL, " "))
			if (!strncmp(word, "ips=", 4))
				take_ips(f, i, word + 4);
			else if (!strncmp(word, "ka=", 3))
				f->peers[i].keepalive = atoi(word + 3);
			else if (!strncmp(word, "psk=", 4))
				memset(f->peers[i].preshared_key, atoi(word + 4), WG_KEY_LEN);
			else
				take_endpoint(&f->endpoints[i], word + 3);
	}
}

/* The same as the kernel would tell it. */
static void fleet_run(const struct fleet *f, struct wg_device *dev)
{
	size_t i, j;

	dev->peers = calloc(MAX, sizeof(*dev->peers));
	dev->n_peers = f->n;
	for (i = 0; i < f->n; i++) {
		struct wg_peer *p = &dev->peers[i];

		memcpy(p->public_key, f->peers[i].public_key, WG_KEY_LEN);
		p->keepalive = f->peers[i].keepalive;
		p->psk_mark = wg_psk_mark(f->peers[i].preshared_key);
		p->at = f->endpoints[i];
		p->n_allowed = f->peers[i].n_allowed;
		p->allowed = calloc(MAX, sizeof(*p->allowed));
		for (j = 0; j < p->n_allowed; j++)
			p->allowed[j] = (struct wg_allowed_ip){ f->allowed[i][j].addr, f->allowed[i][j].len };
	}
}

static void run_free(struct wg_device *dev)
{
	size_t i;

	for (i = 0; i < dev->n_peers; i++)
		free(dev->peers[i].allowed);
	free(dev->peers);
}

static void put(char *out, size_t size, const char *format, ...)
{
	size_t len = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + len, size - len, format, args);
	va_end(args);
}

static void plan_print(const struct wg_plan *plan, char *out, size_t size)
{
	char text[ADDR_STRLEN];
	size_t i, j;

	*out = '\0';
	for (i = 0; i < plan->n_changes; i++) {
		const struct wg_change *c = &plan->changes[i];

		put(out, size, "%s%s%c%s%s%s%s", *out ? "; " : "", c->add ? "+" : c->remove ? "-" : "",
		    c->public_key[0], c->set_psk ? " psk" : "", c->set_endpoint ? " ep" : "",
		    c->set_keepalive ? " ka" : "", c->n_allowed || c->replace_allowed ? " " : "");
		put(out, size, "%s", c->replace_allowed ? "=" : "");
		for (j = 0; j < c->n_allowed; j++)
			put(out, size, "%s%s/%u", j ? "," : "", addr_format(&c->allowed[j].addr, text),
			    c->allowed[j].prefix);
	}
	for (i = 0; i < plan->n_steals; i++)
		put(out, size, "%s!%s/%u %c%s%c", *out ? "; " : "",
		    addr_format(&plan->steals[i].ip.addr, text), plan->steals[i].ip.prefix,
		    plan->steals[i].from[0], plan->steals[i].in_file ? ">>" : ">", plan->steals[i].to[0]);
}

static const struct { const char *name, *running, *wanted, *plan; } cases[] = {
	{ "nothing at all", "", "", "" },
	{ "first peers", "", "A ips=10.0.0.1/32 ka=25 ep=10.9.0.1:1 psk=3; B ips=10.0.0.2/32",
	  "+A psk ep ka 10.0.0.1/32; +B 10.0.0.2/32" },
	{ "a peer without AllowedIPs", "", "A", "+A" },
	{ "nothing changed", "A ips=10.0.0.1/32,fd00::1/128 ka=25 ep=10.9.0.1:1 psk=3; B ips=10.0.0.2/32",
	  "B ips=10.0.0.2/32; A ips=fd00::1/128,10.0.0.1/32 ka=25 ep=10.9.0.1:1 psk=3", "" },
	{ "one of three removed", "A ips=10.0.0.1/32; B ips=10.0.0.2/32; C ips=10.0.0.3/32",
	  "A ips=10.0.0.1/32; C ips=10.0.0.3/32", "-B" },
	{ "keepalive alone", "A ips=10.0.0.1/32", "A ips=10.0.0.1/32 ka=15", "A ka" },
	{ "keepalive off", "A ips=10.0.0.1/32 ka=15", "A ips=10.0.0.1/32", "A ka" },
	{ "another preshared key", "A psk=1", "A psk=2", "A psk" },
	{ "preshared key gone", "A psk=1", "A", "A psk" },
	{ "another port of the endpoint", "A ep=10.9.0.1:1", "A ep=10.9.0.1:2", "A ep" },
	{ "endpoint of the other family", "A ep=10.9.0.1:1", "A ep=2001:db8::1:1", "A ep" },
	{ "same IPv6 endpoint", "A ep=2001:db8::1:1", "A ep=2001:db8::1:1", "" },
	{ "a roamed peer is left where it is", "A ep=10.9.0.7:1", "A", "" },
	{ "one prefix more", "A ips=10.0.0.1/32", "A ips=10.0.0.1/32,10.1.0.0/16", "A 10.1.0.0/16" },
	{ "one prefix less", "A ips=10.0.0.1/32,10.1.0.0/16", "A ips=10.0.0.1/32", "A =10.0.0.1/32" },
	{ "the last prefix gone", "A ips=10.0.0.1/32", "A", "A =" },
	{ "another length of the same prefix", "A ips=10.0.0.0/24", "A ips=10.0.0.0/25", "A =10.0.0.0/25" },
	{ "host bits are no difference", "A ips=10.0.0.0/24,fd00::/64", "A ips=10.0.0.77/24,fd00::77/64", "" },
	{ "written twice", "", "A ips=10.0.0.1/32,10.0.0.1/32,10.0.0.9/24,10.0.0.1/24", "+A 10.0.0.1/32,10.0.0.0/24" },
	{ "0.0.0.0/0 and ::/0 are two", "A ips=0.0.0.0/0", "A ips=0.0.0.0/0,::/0", "A ::/0" },
	{ "a prefix moves: its new peer takes it, the old one needs nothing",
	  "A ips=10.0.0.1/32,10.5.0.0/16; B ips=10.0.0.2/32", "A ips=10.0.0.1/32; B ips=10.0.0.2/32,10.5.0.0/16",
	  "B 10.5.0.0/16; !10.5.0.0/16 A>B" },
	{ "one moves, one goes", "A ips=10.0.0.1/32,10.5.0.0/16,10.6.0.0/16; B",
	  "A ips=10.0.0.1/32; B ips=10.5.0.0/16", "A =10.0.0.1/32; B 10.5.0.0/16; !10.5.0.0/16 A>B" },
	{ "the heir of a removed peer: nobody is robbed", "A ips=10.0.0.1/32", "B ips=10.0.0.1/32",
	  "+B 10.0.0.1/32; -A" },
	{ "two peers swap", "A ips=10.0.0.1/32; B ips=10.0.0.2/32", "A ips=10.0.0.2/32; B ips=10.0.0.1/32",
	  "A 10.0.0.2/32; B 10.0.0.1/32; !10.0.0.2/32 B>A; !10.0.0.1/32 A>B" },
	{ "two peers name one prefix: the later gets it", "",
	  "A ips=10.0.0.1/32,10.0.0.0/8; B ips=10.0.0.0/8", "+A 10.0.0.1/32; +B 10.0.0.0/8; !10.0.0.0/8 A>>B" },
	{ "and that is how it stays", "A ips=10.0.0.1/32; B ips=10.0.0.0/8",
	  "A ips=10.0.0.1/32,10.0.0.0/8; B ips=10.0.0.0/8", "!10.0.0.0/8 A>>B" },
	{ "three name it", "", "A ips=10.0.0.0/8; B ips=10.0.0.0/8; C ips=10.0.0.0/8",
	  "+A; +B; +C 10.0.0.0/8; !10.0.0.0/8 A>>B; !10.0.0.0/8 B>>C" },
};

/* The plan, and that nothing is left to do once it is carried out. */
static void test_case(const char *name, const char *running, const char *wanted, const char *want)
{
	static struct fleet have, need;
	struct wg_device dev = {};
	struct model_wg wg = { .given = true };
	struct wg_wanted w = { .wg = &wg };
	struct wg_plan plan;
	char text[1024];

	fleet_parse(running, &have);
	fleet_parse(wanted, &need);
	fleet_run(&have, &dev);
	wg.peers = need.peers;
	wg.n_peers = need.n;
	w.endpoints = need.endpoints;
	expect(wg_plan(&w, &dev, &plan), 0, "%s", name);
	plan_print(&plan, text, sizeof(text));
	if (!tap_ok(!strcmp(text, want), "%s: as expected", name))
		tap_note("got \"%s\", expected \"%s\"", text, want);
	expect(wg_plan_empty(&plan), !plan.n_changes, "%s: empty or not", name);
	wg_plan_free(&plan);
	run_free(&dev);
}

static void test_device(void)
{
	struct model_wg wg = { .given = true, .has_private_key = true, .has_listen_port = true,
			       .listen_port = 51820 };
	struct wg_wanted w = { .wg = &wg, .fwmark = 0x1023 };
	struct wg_device dev = { .listen_port = 51820, .fwmark = 0x1023 };
	struct wg_plan plan;

	memset(wg.private_key, 7, sizeof(wg.private_key));
	wg_plan(&w, NULL, &plan);
	tap_ok(plan.set_private_key && plan.set_listen_port && plan.set_fwmark, "a new device gets key, port and mark");
	wg_plan(&w, &dev, &plan);
	tap_ok(plan.set_private_key && !plan.set_listen_port && !plan.set_fwmark, "a device without a key gets it");
	crypto_scalarmult_base(dev.public_key, wg.private_key);
	wg_plan(&w, &dev, &plan);
	tap_ok(wg_plan_empty(&plan), "the same private key is known by its public one");
	wg.private_key[0] ^= 8;
	wg_plan(&w, &dev, &plan);
	tap_ok(plan.set_private_key, "another private key is set");
	wg.has_private_key = wg.has_listen_port = false;
	dev.listen_port = 4900;
	wg_plan(&w, &dev, &plan);
	tap_ok(wg_plan_empty(&plan), "without PrivateKey and ListenPort both stay as they are");
	w.fwmark = 0;
	wg_plan(&w, &dev, &plan);
	tap_ok(plan.set_fwmark && !plan.fwmark, "a mark that is not wanted goes");
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(cases[i].name, cases[i].running, cases[i].wanted, cases[i].plan);
	test_device();
	return tap_end();
}

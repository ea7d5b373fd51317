/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl show: an instance at a glance, in blocks as wg(8) prints them. */
#include <stdio.h>
#include <time.h>
#include <arpa/inet.h>

#include "census.h"
#include "fdb.h"
#include "human.h"
#include "verbs.h"

static void key_print(const struct session *s, const char *key)
{
	printf("  %s%s%s: ", color_on(s->opt, COLOR_BOLD), key, color_off(s->opt));
}

static void head_print(const struct session *s, enum color color, const char *what,
		       const char *name)
{
	const struct options *opt = s->opt;

	printf("%s%s%s%s: %s%s%s\n", color_on(opt, COLOR_BOLD), color_on(opt, color), what,
	       color_off(opt), color_on(opt, color), name, color_off(opt));
}

static void interface_print(const struct census *c)
{
	const struct session *s = c->s;
	const struct vtep_meta *meta = &s->in.meta;
	const struct options *opt = s->opt;
	char local[ADDR_STRLEN];
	bool running = instance_running(&s->in);

	head_print(s, COLOR_GREEN, "interface", meta->ifname);
	if (meta->flags & VTEP_META_ETHERNET) {
		key_print(s, "underlay");
		printf("%s (Ethernet, %sNOT ENCRYPTED%s)\n", meta->ifname, color_on(opt, COLOR_RED),
		       color_off(opt));
	}
	key_print(s, "local vtep");
	printf("%s\n", addr_format(&meta->local, local));
	key_print(s, "listening");
	if (s->wg)
		printf("wireguard udp/%u, ", s->wg->listen_port);
	printf("vxlan udp/%u\n", ntohs(meta->udp_port));
	key_print(s, "acceleration");
	printf("%s%s\n", census_acceleration(c),
	       meta->flags & VTEP_META_OFF ? " (kernel vxlan)" : "");
	key_print(s, "mtu");
	if (c->mtu)
		printf("%u", c->mtu);
	else
		printf("%s%s is gone%s", color_on(opt, COLOR_RED), meta->ifname, color_off(opt));
	if (s->n_vnis)
		printf(", overlay %u", c->overlay_mtu);
	putchar('\n');
	key_print(s, "daemon");
	if (running)
		puts("running");
	else
		printf("%snot running%s\n", color_on(opt, COLOR_YELLOW), color_off(opt));
	if (opt->details || s->in.gauge->full) {
		key_print(s, "fdb");
		printf("%llu of %u learned, %llu frames found no room\n",
		       (unsigned long long)s->in.gauge->learned, meta->fdb_max,
		       (unsigned long long)s->in.gauge->full);
	}
}

static void vni_print(const struct census *c, size_t i)
{
	const struct session *s = c->s;
	const struct session_vni *v = &s->vnis[i];
	const struct vtep_holder *h = &s->in.holders[fdb_holder_vni(v->slot)];
	int flood = c->vni[i].flood;
	char text[HUMAN_LEN];

	snprintf(text, sizeof(text), "%u", v->vni.vni);
	putchar('\n');
	head_print(s, COLOR_CYAN, "vni", text);
	key_print(s, "device");
	printf("%s%s%s\n", v->vx, *v->br ? " in bridge " : ", in no bridge", v->br);
	if (v->vni.flags & VTEP_VNI_FIREWALLED) {
		key_print(s, "decapsulation");
		printf("%sall in BPF, which is slower: a firewall drops what the kernel is to do%s\n",
		       color_on(s->opt, COLOR_YELLOW), color_off(s->opt));
	}
	key_print(s, "macs");
	printf("%u local, %u remote", c->vni[i].local, c->vni[i].remote);
	if (c->vni[i].fixed)
		printf(", %u of them static", c->vni[i].fixed);
	printf(" (limit %u)", h->limit ?: s->in.meta.fdb_max);
	if (h->refused)
		printf(", %u frames found no room", h->refused);
	putchar('\n');
	key_print(s, "learning");
	printf("%s, ", v->vni.flags & VTEP_VNI_LEARNING ? "on" : "off");
	if (v->ageing)
		printf("ageing %s, ", human_duration(v->ageing, text));
	else
		printf("no ageing, ");
	printf("flood to %d peer%s\n", flood, flood == 1 ? "" : "s");
}

static void handshake_print(const struct session *s, const struct wg_peer *peer)
{
	__u64 now = time(NULL), then = peer->last_handshake.tv_sec;
	char text[HUMAN_LEN];

	key_print(s, "latest handshake");
	if (!then)
		printf("%snever%s\n", color_on(s->opt, COLOR_RED), color_off(s->opt));
	else
		printf("%s ago\n", human_duration(now > then ? now - then : 0, text));
}

static void peer_print(const struct census *c, const struct wg_peer *peer)
{
	const struct session *s = c->s;
	char rx[HUMAN_LEN], tx[HUMAN_LEN];
	const char *name = session_name(s, peer);
	struct census_peer behind;
	__u32 i;

	census_of_peer(c, peer, &behind);
	if (!peer && !behind.n)
		return;
	putchar('\n');
	head_print(s, peer ? COLOR_YELLOW : COLOR_RED, "peer",
		   name ? name : peer ? peer->key : s->wg ? "none (no AllowedIPs match)" :
		   s->in.meta.flags & VTEP_META_ETHERNET ? "any (Ethernet tells nobody apart)" : "unknown");
	if (name) {
		key_print(s, "public key");
		puts(peer->key);
	}
	key_print(s, "vtep");
	for (i = 0; i < behind.n; i++)
		printf("%s%s", i ? ", " : "", s->vteps[behind.slots[i]].text);
	puts(behind.n ? "" : "none");
	if (peer) {
		key_print(s, "endpoint");
		puts(*peer->endpoint ? peer->endpoint : "unknown");
		handshake_print(s, peer);
		if (s->opt->statistics) {
			key_print(s, "transfer");
			printf("%s received, %s sent\n", human_bytes(peer->rx_bytes, rx),
			       human_bytes(peer->tx_bytes, tx));
		}
	}
	key_print(s, "macs");
	printf("%u\n", behind.macs);
}

static void show_text(const struct census *c)
{
	const struct wg_device *wg = c->s->wg;
	size_t i;

	interface_print(c);
	for (i = 0; i < c->s->n_vnis; i++)
		vni_print(c, i);
	for (i = 0; wg && i < wg->n_peers; i++)
		peer_print(c, &wg->peers[i]);
	peer_print(c, NULL);
}

int show_run(struct session *s, const struct args *args)
{
	struct census *c;
	int err;

	(void)args;
	c = census_take(s, &err);
	if (!c)
		return session_refused(s, err, "read the instance of %s", s->in.meta.ifname);
	if (s->opt->json) {
		show_json(c, output_row(s->out));
	} else {
		if (output_row_count(s->out))
			putchar('\n');
		output_row(s->out);
		show_text(c);
	}
	census_free(c);
	return EXIT_DONE;
}

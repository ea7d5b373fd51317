/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl conf diff: what runs and the file does not say (-), what the file says and does not run
 * (+). Preshared keys can't be compared: the kernel's are not read.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "conf_file.h"
#include "conf_lines.h"
#include "model.h"
#include "running.h"
#include "session.h"
#include "value.h"
#include "verbs.h"
#include "wg.h"

struct difference {
	struct conf_line line;
	bool wanted;			/* '+' */
};

struct diff {
	struct difference *list;
	size_t n;
};

/* Only what the kernel or an instance can tell. */
static bool comparable(const struct conf_line *line)
{
	static const char *const keys[] = { "PublicKey", "ListenPort", "FwMark", "Address", "MTU", "Endpoint",
					    "AllowedIPs", "PersistentKeepalive", "VNI", "Device", "Bridge", "VLAN" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(line->key, keys[i]))
			return true;
	return false;
}

/* Where a line belongs, then what it says: the same for both models. */
static int compare(const struct conf_line *a, const struct conf_line *b)
{
	int order = (a->peer ? 2 : a->vni ? 1 : 0) - (b->peer ? 2 : b->vni ? 1 : 0);

	if (!order && a->peer)
		order = memcmp(a->peer->public_key, b->peer->public_key, MODEL_KEY_LEN);
	if (!order && a->vni)
		order = a->vni->vni < b->vni->vni ? -1 : a->vni->vni > b->vni->vni;
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : strcmp(a->value, b->value);
}

static int by_place(const void *a, const void *b)
{
	return compare(a, b);
}

/* As the kernel has it: networks without host bits, names of hosts left out. */
static void normalise(struct model *m)
{
	struct vtep_addr addr;
	size_t i, j;

	for (i = 0; i < m->wg.n_peers; i++) {
		struct model_peer *p = &m->wg.peers[i];

		for (j = 0; j < p->n_allowed; j++)
			prefix_clean(&p->allowed[j]);
		if (p->endpoint && value_endpoint_addr(p->endpoint, &addr)) {
			free(p->endpoint);
			p->endpoint = NULL;
		}
	}
}

/* The file names a peer; one whose endpoint it leaves open has the one it calls from. */
static void know_peers(const struct model *file, struct model *running)
{
	size_t i, j;

	for (i = 0; i < running->wg.n_peers; i++) {
		struct model_peer *p = &running->wg.peers[i];

		for (j = 0; j < file->wg.n_peers; j++)
			if (!memcmp(p->public_key, file->wg.peers[j].public_key, MODEL_KEY_LEN))
				break;
		if (j == file->wg.n_peers)
			continue;
		if (file->wg.peers[j].name)
			p->name = strdup(file->wg.peers[j].name);
		if (!file->wg.peers[j].endpoint) {
			free(p->endpoint);
			p->endpoint = NULL;
		}
	}
}

/* peers: WireGuard is the file's, not only named in it. */
static int lines_of(const struct model *m, bool peers, struct conf_lines *out)
{
	size_t i, n = 0;
	int err = conf_lines_make(m, out);

	if (err)
		return err;
	for (i = 0; i < out->n; i++) {
		if (comparable(&out->list[i]) && (peers || !out->list[i].peer))
			out->list[n++] = out->list[i];
		else
			free(out->list[i].value);
	}
	out->n = n;
	if (n)
		qsort(out->list, n, sizeof(*out->list), by_place);
	return 0;
}

static void merge(const struct conf_lines *running, const struct conf_lines *file, struct diff *d)
{
	size_t i = 0, j = 0;

	while (i < running->n || j < file->n) {
		int order = i == running->n ? 1 : j == file->n ? -1 : compare(&running->list[i], &file->list[j]);

		if (order < 0)
			d->list[d->n++] = (struct difference){ running->list[i], false };
		else if (order > 0)
			d->list[d->n++] = (struct difference){ file->list[j], true };
		i += order <= 0;
		j += order >= 0;
	}
}

static void key_text(const uint8_t key[MODEL_KEY_LEN], char text[WG_KEY_TEXT])
{
	sodium_bin2base64(text, WG_KEY_TEXT, key, MODEL_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
}

static bool same_place(const struct conf_line *a, const struct conf_line *b)
{
	struct conf_line x = *a, y = *b;

	x.key = y.key = x.value = y.value = "";
	return !compare(&x, &y);
}

static void diff_print(const struct options *opt, const struct diff *d)
{
	char key[WG_KEY_TEXT];
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct conf_line *line = &d->list[i].line;

		if (!i || !same_place(&d->list[i - 1].line, line)) {
			if (line->peer)
				key_text(line->peer->public_key, key);
			printf("  %s[%s]%s", color_on(opt, COLOR_BOLD), conf_line_section(line), color_off(opt));
			if (line->peer)
				printf(" # %s", line->peer->name ? line->peer->name : key);
			else if (line->vni)
				printf(" # %u", line->vni->vni);
			putchar('\n');
		}
		printf("%s%c %s = %s%s\n", color_on(opt, d->list[i].wanted ? COLOR_GREEN : COLOR_RED),
		       d->list[i].wanted ? '+' : '-', line->key, line->value, color_off(opt));
	}
}

static int diff_json(const struct options *opt, const struct diff *d)
{
	json_t *all = json_array();
	char key[WG_KEY_TEXT];
	size_t i;
	int err;

	for (i = 0; i < d->n; i++) {
		const struct conf_line *line = &d->list[i].line;
		json_t *one = json_object();

		json_object_set_new(one, "section", json_string(conf_line_section(line)));
		if (line->peer) {
			key_text(line->peer->public_key, key);
			json_object_set_new(one, "public_key", json_string(key));
			json_object_set_new(one, "peer", line->peer->name ? json_string(line->peer->name) :
					    json_null());
		}
		if (line->vni)
			json_object_set_new(one, "vni", json_integer(line->vni->vni));
		json_object_set_new(one, "key", json_string(line->key));
		json_object_set_new(one, "value", json_string(line->value));
		json_object_set_new(one, "running", json_boolean(!d->list[i].wanted));
		json_array_append_new(all, one);
	}
	err = all ? output_json(opt, all) : -ENOMEM;
	json_decref(all);
	return err;
}

/* Whose private key it is shows in the public one; the line of a peer's says nothing new. */
static int add_own_key(struct conf_lines *lines, const uint8_t key[MODEL_KEY_LEN])
{
	char text[WG_KEY_TEXT];
	struct conf_line *more = reallocarray(lines->list, lines->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	lines->list = more;
	key_text(key, text);
	more[lines->n] = (struct conf_line){ .key = "PublicKey", .value = strdup(text) };
	if (!more[lines->n].value)
		return -ENOMEM;
	lines->n++;
	qsort(more, lines->n, sizeof(*more), by_place);
	return 0;
}

static int diff_make(struct model *file, struct model *running, struct conf_lines lines[2], struct diff *d)
{
	uint8_t own[MODEL_KEY_LEN];
	int err;

	normalise(file);
	know_peers(file, running);
	err = lines_of(running, file->wg.given, &lines[0]);
	err = err ? err : lines_of(file, file->wg.given, &lines[1]);
	if (!err && file->wg.has_private_key) {
		crypto_scalarmult_base(own, file->wg.private_key);
		err = add_own_key(&lines[1], own);
		if (!err && running->wg.has_private_key)
			err = add_own_key(&lines[0], running->wg.private_key);
	}
	if (err)
		return err;
	d->list = calloc(lines[0].n + lines[1].n + 1, sizeof(*d->list));
	if (!d->list)
		return -ENOMEM;
	merge(&lines[0], &lines[1], d);
	return 0;
}

static int diff_run(const struct options *opt, struct model *file, struct model *running)
{
	struct conf_lines lines[2] = { 0 };
	struct diff d = { 0 };
	int err = running_read(file, running), code = EXIT_DONE;

	if (err == -ENODEV) {
		error_say("%s does not run: there is no such device", file->ifname);
		error_hint("vtepd --iface %s", file->ifname);
		return EXIT_NOT_FOUND;
	}
	if (!err)
		err = diff_make(file, running, lines, &d);
	if (!err && opt->json)
		err = diff_json(opt, &d);
	else if (!err)
		diff_print(opt, &d);
	if (err) {
		error_say("cannot compare %s: %s", file->ifname, strerror(-err));
		error_hint(err == -EPERM ? "run vtepctl as root" : "wg show %s", file->ifname);
		code = EXIT_REFUSED;
	}
	conf_lines_free(&lines[0]);
	conf_lines_free(&lines[1]);
	free(d.list);
	return code;
}

int conf_diff(struct session *s, const struct args *args)
{
	struct model *m = calloc(2, sizeof(*m));
	char path[CONF_PATH];
	int code = m ? conf_file_open(s->opt, args, path, CONF_HIDDEN, m) : EXIT_REFUSED;

	if (!code) {
		model_init(&m[1]);
		code = diff_run(s->opt, &m[0], &m[1]);
		model_free(&m[0]);
		model_free(&m[1]);
	}
	free(m);
	return code;
}

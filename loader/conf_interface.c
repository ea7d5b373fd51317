// SPDX-License-Identifier: GPL-2.0-only
/* [Interface]: wg-quick's keys, and those that hold for all of this node's segments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <net/if.h>

#include "conf.h"
#include "conf_parse.h"
#include "nl.h"
#include "value.h"

void conf_interface_begin(struct conf *c)
{
	if (!c->model->wg.where.line)
		c->model->wg.where = (struct model_where){ c->file, c->line };
}

int conf_set_private_key(struct conf *c, char *value)
{
	struct model_wg *wg = &c->model->wg;

	if (wg->private_key_file)
		return conf_error(c, "there is a PrivateKeyFile already, at %s:%u", c->key_file_where.file,
				  c->key_file_where.line);
	if (!strcmp(value, "(hidden)")) {
		wg->private_hidden = true;
		if (c->flags & CONF_HIDDEN)
			return 0;
		return conf_error(c, "(hidden) stands for a key that `vtepctl conf show` did not print\n"
				  "PrivateKeyFile = FILE");
	}
	if (value_key(value, wg->private_key))
		return conf_error(c, "not 32 bytes in base64 (its value is not shown)\n"
				  "vtepctl key gen");
	wg->has_private_key = true;
	return 0;
}

/* The file is read when all is parsed. */
int conf_set_private_key_file(struct conf *c, char *value)
{
	struct model_wg *wg = &c->model->wg;

	if (wg->has_private_key || wg->private_hidden)
		return conf_error(c, "there is a PrivateKey already");
	wg->private_key_file = strdup(value);
	c->key_file_where = (struct model_where){ c->file, c->line };
	return wg->private_key_file ? 0 : -ENOMEM;
}

int conf_set_listen_port(struct conf *c, char *value)
{
	uint32_t port;

	if (conf_number(c, value, 0, 65535, &port))
		return -EINVAL;
	c->model->wg.listen_port = port;
	c->model->wg.has_listen_port = port != 0;	/* wg(8): 0 is any free one */
	return 0;
}

int conf_set_fwmark(struct conf *c, char *value)
{
	if (!strcasecmp(value, "off"))
		return 0;
	if (!value_hex_number(value, 0, UINT32_MAX, &c->model->wg.fwmark))
		return 0;
	return conf_error(c, "'%.32s' is neither off nor a number up to 0xffffffff", value);
}

static int prefixes_add(struct conf *c, char *value, struct model_prefix **list, size_t *n)
{
	struct model_prefix *more;
	char *word;

	while ((word = value_next(&value))) {
		more = nl_room(*list, *n, sizeof(*more));
		if (!more)
			return -ENOMEM;
		*list = more;
		if (conf_prefix(c, word, &more[*n]))
			return -EINVAL;
		++*n;
	}
	return 0;
}

int conf_set_address(struct conf *c, char *value)
{
	return prefixes_add(c, value, &c->model->wg.addresses, &c->model->wg.n_addresses);
}

static int string_add(char ***list, size_t *n, const char *text)
{
	char **more = nl_room(*list, *n, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*list = more;
	more[*n] = strdup(text);
	if (!more[*n])
		return -ENOMEM;
	++*n;
	return 0;
}

/* Addresses and search domains, as wg-quick takes them. */
int conf_set_dns(struct conf *c, char *value)
{
	struct model_wg *wg = &c->model->wg;
	char *word;
	int err = 0;

	while (!err && (word = value_next(&value))) {
		if (strlen(word) > 253 || word[strspn(word, VALUE_ALNUM ".-_:%~")])
			return conf_error(c, "'%.64s' is neither an IP address nor a domain", word);
		err = string_add(&wg->dns, &wg->n_dns, word);
	}
	return err;
}

int conf_set_mtu(struct conf *c, char *value)
{
	return conf_number(c, value, 576, 65535, &c->model->wg.mtu);
}

/* A name is looked up when all is parsed. */
int conf_set_table(struct conf *c, char *value)
{
	struct model_wg *wg = &c->model->wg;

	wg->table_mode = MODEL_TABLE_AUTO;
	if (!strcasecmp(value, "auto"))
		return 0;
	wg->table_mode = MODEL_TABLE_OFF;
	if (!strcasecmp(value, "off"))
		return 0;
	wg->table_mode = MODEL_TABLE_NUMBER;
	if (!value_hex_number(value, 1, UINT32_MAX, &wg->table))
		return 0;
	if ((*value >= '0' && *value <= '9') || strlen(value) > 64)
		return conf_error(c, "'%.32s' is neither auto, off, a number from 1 to 4294967295 nor a name",
				  value);
	c->table = strdup(value);
	c->table_where = (struct model_where){ c->file, c->line };
	return c->table ? 0 : -ENOMEM;
}

/* text with every %i replaced by the interface's name; NULL: no memory */
static char *put_name(const char *text, const char *ifname)
{
	size_t n = 0, len = strlen(ifname);
	const char *at, *from = text;
	char *out, *to;

	for (at = text; (at = strstr(at, "%i")); at += 2)
		n++;
	out = to = malloc(strlen(text) + n * len + 1);
	if (!out)
		return NULL;
	while ((at = strstr(from, "%i"))) {
		to = mempcpy(to, from, at - from);
		to = mempcpy(to, ifname, len);
		from = at + 2;
	}
	strcpy(to, from);
	return out;
}

int conf_set_hook(struct conf *c, char *value)
{
	static const char *const names[MODEL_HOOKS] = { "PreUp", "PostUp", "PreDown", "PostDown" };
	struct model_wg *wg = &c->model->wg;
	char *command;
	size_t h = 0;
	int err;

	while (strcmp(names[h], c->key->name))
		h++;
	command = put_name(value, c->model->ifname);
	if (!command)
		return -ENOMEM;
	err = string_add(&wg->hooks[h], &wg->n_hooks[h], command);
	free(command);
	return err;
}

int conf_set_save(struct conf *c, char *value)
{
	if (value_bool(value, &c->model->wg.save))
		return conf_error(c, "'%.32s' is neither true nor false", value);
	if (c->model->wg.save)
		conf_warn(c, "vtepd never writes this file: what `wg set` changes is gone after a restart\n"
			  "SaveConfig = false");
	return 0;
}

int conf_set_underlay_vrf(struct conf *c, char *value)
{
	return value_device(value, c->model->wg.underlay_vrf) ? conf_no_device(c, value) : 0;
}

int conf_set_local_vtep(struct conf *c, char *value)
{
	return conf_vtep(c, value, &c->model->local);
}

int conf_set_vxlan_port(struct conf *c, char *value)
{
	uint32_t port;

	if (conf_number(c, value, 1, 65535, &port))
		return -EINVAL;
	c->model->udp_port = port;
	return 0;
}

int conf_set_ageing(struct conf *c, char *value)
{
	return conf_number(c, value, 0, 1000000, &c->model->ageing);
}

int conf_set_max_macs(struct conf *c, char *value)
{
	return conf_number(c, value, 80, 16U << 20, &c->model->fdb_max);
}

int conf_set_hold_down(struct conf *c, char *value)
{
	if (!value_hold(value, &c->model->hold))
		return 0;
	return conf_error(c, "not a number of moves, the seconds they are counted in, the seconds of holding\n"
			  "HoldDown = 5 180 180        (or: off)");
}

int conf_set_peer_timeout(struct conf *c, char *value)
{
	if (value_timeout(value, &c->model->peer_timeout))
		return conf_error(c, "'%.32s' is neither off nor a number from 20 to 86400", value);
	c->model->peer_timeout_given = true;
	return 0;
}

int conf_set_accel(struct conf *c, char *value)
{
	if (value_accel(value, &c->model->accel))
		return conf_error(c, "'%.32s' is not one of auto, tcx, tc, off", value);
	return 0;
}

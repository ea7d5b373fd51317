// SPDX-License-Identifier: GPL-2.0-only
/* From a path to a model: the file, its drop-ins, what they name; all of it or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "conf_parse.h"
#include "nl.h"
#include "value.h"

/* The model keeps the name; c->file of what follows. */
static const char *keep_name(struct model *m, const char *path)
{
	char **files = nl_room(m->files, m->n_files, sizeof(*files));

	if (!files)
		return NULL;
	m->files = files;
	files[m->n_files] = strdup(path);
	return files[m->n_files] ? files[m->n_files++] : NULL;
}

/* Commands are root's: who may write them must be root. */
static void check_owner(struct conf *c, const struct conf_text *text)
{
	if (text->pipe)
		return;
	if (c->hook_line && !text->trusted)
		finding_add(c->findings, FINDING_ERROR, c->file, c->hook_line,
			    "commands run only from a file that is root's alone: %s\n"
			    "chown root: %s; chmod 600 %s", text->why,
			    c->file, c->file);
	else if (!text->trusted)
		finding_add(c->findings, FINDING_WARNING, c->file, 0, "%s\n"
			    "chown root: %s; chmod 600 %s", text->why,
			    c->file, c->file);
	if (c->secret_line && text->world_readable)
		finding_add(c->findings, FINDING_WARNING, c->file, c->secret_line,
			    "it holds a key, and others than root may read it\n"
			    "chmod 600 %s", c->file);
}

static int read_one(struct conf *c, const char *path)
{
	const char *name = keep_name(c->model, strcmp(path, "-") ? path : "standard input");
	struct conf_text text;
	int err;

	if (!name)
		return -ENOMEM;
	err = conf_text_read(path, c->findings, &text);
	if (err)
		return err;
	err = conf_parse(c, name, text.data, text.len);
	check_owner(c, &text);
	conf_text_free(&text);
	return err;
}

static int read_dropins(struct conf *c, const char *path)
{
	char *dir, **paths;
	size_t i, n;
	int err;

	if (asprintf(&dir, "%s.d", path) < 0)
		return -ENOMEM;
	err = conf_dropins(dir, &paths, &n);
	if (err) {
		finding_add(c->findings, FINDING_ERROR, dir, 0, "%s\n"
			    "ls -ld %s", strerror(-err), dir);
		free(dir);
		return err;
	}
	free(dir);
	for (i = 0; i < n; i++) {
		if (!err && c->findings->count[FINDING_ERROR] < FINDING_MAX)
			err = read_one(c, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return err;
}

/* What the file names and others hold: a routing table, a key. */
static int resolve(struct conf *c)
{
	struct model_wg *wg = &c->model->wg;

	if (c->table && conf_table_number(c->table, &wg->table))
		finding_add(c->findings, FINDING_ERROR, c->table_where.file, c->table_where.line,
			    "[Interface] Table: no table is called %s\n"
			    "echo '100 %s' >> /etc/iproute2/rt_tables", c->table, c->table);
	return c->flags & CONF_NO_KEY_FILE ? 0 : conf_key_file(c);
}

static int set_ifname(const char *path, struct model *m, struct findings *f)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base);
	char name[IFNAMSIZ];

	if (*m->ifname)
		return 0;
	if (len > 5 && !strcmp(base + len - 5, ".conf"))
		len -= 5;
	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : 0, base);
	if (!value_device(name, m->ifname))
		return 0;
	finding_add(f, FINDING_ERROR, path, 0, "its name is no device's\n"
		    "IFACE.conf, or --iface IFACE");
	return -EINVAL;
}

int conf_load(const char *path, unsigned int flags, struct model *m, struct findings *f)
{
	struct model *new = malloc(sizeof(*new));
	struct conf c = { .model = new, .findings = f, .flags = flags };
	int err;

	if (!new)
		return -ENOMEM;
	*new = *m;
	new->config = strdup(path);
	err = new->config ? set_ifname(path, new, f) : -ENOMEM;
	err = err ? err : read_one(&c, path);
	if (!err && strcmp(path, "-"))
		err = read_dropins(&c, path);
	if (!err && f->count[FINDING_ERROR] < FINDING_MAX)
		err = conf_finish(&c);
	err = err ? err : resolve(&c);
	if (err == -ENOMEM)
		finding_add(f, FINDING_ERROR, path, 0, "%s", strerror(ENOMEM));
	if (!err && f->count[FINDING_ERROR])
		err = -EINVAL;
	free(c.table);
	if (err)
		model_free(new);
	else
		*m = *new;
	explicit_bzero(new, sizeof(*new));
	free(new);
	return err;
}

int conf_read(const char *path, struct model *m)
{
	struct findings f = { 0 };
	int err = conf_load(path, 0, m, &f);

	findings_log(&f);
	findings_free(&f);
	return err;
}

int conf_read_peers(const char *path, struct model *m)
{
	struct findings f = { 0 };
	struct model *file = malloc(sizeof(*file));
	struct model_wg wg = { 0 };
	size_t i;
	int err;

	if (!file)
		return -ENOMEM;
	model_init(file);
	strcpy(file->ifname, m->ifname);
	err = conf_load(path, CONF_HIDDEN | CONF_NO_KEY_FILE, file, &f);
	findings_free(&f);
	if (!err) {
		wg.peers = file->wg.peers;
		wg.n_peers = file->wg.n_peers;
		for (i = 0; i < wg.n_peers; i++)
			explicit_bzero(wg.peers[i].preshared_key, MODEL_KEY_LEN);
		m->files = file->files;
		m->n_files = file->n_files;
		file->wg.peers = NULL;
		file->wg.n_peers = file->n_files = 0;
		file->files = NULL;
		model_free(file);
		m->wg = wg;
	}
	free(file);
	return err;
}

static int find_in(const char *dir, const char *ifname, char path[CONF_PATH])
{
	if ((size_t)snprintf(path, CONF_PATH, "%s/%s.conf", dir, ifname) >= CONF_PATH)
		return -ENOENT;
	return access(path, F_OK) ? -ENOENT : 0;
}

int conf_find(const char *ifname, char path[CONF_PATH])
{
	return find_in(CONF_DIR, ifname, path);
}

int conf_find_wg(const char *ifname, char path[CONF_PATH])
{
	return find_in(CONF_DIR_WG, ifname, path);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl vni add, del: a segment in a file of its own beside the node's (IFACE.conf.d/vni-N.conf),
 * and a reload. So it is there after the next start as well, and whoever reads the files sees it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "conf.h"
#include "finding.h"
#include "model.h"
#include "session.h"
#include "value.h"
#include "verbs.h"

#define PATIENCE	200		/* times 50 ms for vtepd to follow */

struct edit {
	struct session *s;
	__u32 vni;
	pid_t pid;			/* of the vtepd that reads the file */
	char config[CONF_PATH];
	char dir[CONF_PATH + 2];
	char path[CONF_PATH + 24];	/* of the segment's own file */
};

/* Who serves the instance, and what it reads. 0 or an exit code, said. */
static int edit_begin(struct edit *e, struct session *s, const struct args *args)
{
	const char *ifname = s->in.meta.ifname;

	*e = (struct edit){ .s = s, .vni = args->vni };
	if (!instance_running(&s->in)) {
		error_say("vni %u: the vtepd of %s does not run", e->vni, ifname);
		error_hint("systemctl start vtepd@%s", ifname);
		return EXIT_NO_INSTANCE;
	}
	if (instance_config(&s->in, e->config, sizeof(e->config), &e->pid)) {
		error_say("vni %u: the vtepd of %s was started without a file, by options alone", e->vni, ifname);
		error_hint("write %s/%s.conf, or start it with one --vni more", CONF_DIR, ifname);
		return EXIT_REFUSED;
	}
	snprintf(e->dir, sizeof(e->dir), "%s.d", e->config);
	snprintf(e->path, sizeof(e->path), "%s/vni-%u.conf", e->dir, e->vni);
	return EXIT_DONE;
}

static int failed(const struct edit *e, const char *what, const char *path)
{
	error_say("vni %u: cannot %s %s: %s", e->vni, what, path, strerror(errno));
	error_hint("ls -ld %s", e->dir);
	return EXIT_REFUSED;
}

static bool is_served(const struct edit *e)
{
	__u32 slot;

	return !instance_vni_slot(&e->s->in, e->vni, &slot);
}

/* Has vtepd read its files again, and is the segment served, or not any more? */
static bool reload(const struct edit *e, bool served)
{
	int i;

	if (kill(e->pid, SIGHUP))
		return false;
	for (i = 0; i < PATIENCE && is_served(e) != served; i++)
		usleep(50000);
	return is_served(e) == served;
}

static int not_followed(const struct edit *e)
{
	error_say("vni %u: vtepd does not follow: the files are as they were", e->vni);
	error_hint("vtepctl conf check %s; journalctl -u vtepd@%s", e->config, e->s->in.meta.ifname);
	return EXIT_REFUSED;
}

/* Whole or not at all: only what ends in .conf is read. */
static int write_file(const struct edit *e, const char *bridge)
{
	char new[sizeof(e->path) + 4];
	FILE *f;
	int bad;

	snprintf(new, sizeof(new), "%s.new", e->path);
	f = fopen(new, "we");
	if (!f)
		return failed(e, "write", new);
	fprintf(f, "# vtepctl vni add\n[VNI]\nVNI = %u\n", e->vni);
	if (bridge)
		fprintf(f, "Bridge = %s\n", bridge);
	bad = ferror(f);
	if (fclose(f) || bad || chmod(new, 0644) || rename(new, e->path)) {
		bad = failed(e, "write", e->path);
		unlink(new);
		return bad;
	}
	return EXIT_DONE;
}

int vni_add(struct session *s, const struct args *args)
{
	char bridge[IFNAMSIZ];
	struct edit e;
	int code;

	if (args->bridge && value_device(args->bridge, bridge)) {
		error_say("bridge '%s' is no name of a device", args->bridge);
		return EXIT_USAGE;
	}
	code = edit_begin(&e, s, args);
	if (code)
		return code;
	if (is_served(&e)) {
		error_say("vni %u is served already", e.vni);
		error_hint("vtepctl vni show vni %u", e.vni);
		return EXIT_REFUSED;
	}
	if (!access(e.path, F_OK)) {
		error_say("vni %u: %s stands, and vtepd does not serve it", e.vni, e.path);
		error_hint("vtepctl conf check %s", e.config);
		return EXIT_REFUSED;
	}
	if (mkdir(e.dir, 0755) && errno != EEXIST)
		return failed(&e, "make", e.dir);
	code = write_file(&e, args->bridge ? bridge : NULL);
	if (code)
		return code;
	if (reload(&e, true))
		return EXIT_DONE;
	unlink(e.path);
	rmdir(e.dir);
	kill(e.pid, SIGHUP);
	return not_followed(&e);
}

/* Where the files define it, for a hint. */
static void say_where(const struct edit *e)
{
	struct model *m = malloc(sizeof(*m));
	struct findings f = {};
	int i;

	if (!m)
		return;
	model_init(m);
	if (!conf_load(e->config, CONF_NO_KEY_FILE, m, &f))
		for (i = 0; i < m->n_vnis; i++)
			if (m->vnis[i].vni == e->vni && m->vnis[i].where.file)
				error_hint("take it out of %s:%u, then: systemctl reload vtepd@%s", m->vnis[i].where.file,
					   m->vnis[i].where.line, e->s->in.meta.ifname);
	findings_free(&f);
	model_free(m);
	free(m);
}

int vni_delete(struct session *s, const struct args *args)
{
	struct edit e;
	int code = edit_begin(&e, s, args);
	char aside[sizeof(e.path) + 4];

	if (code)
		return code;
	if (access(e.path, F_OK)) {
		error_say("vni %u %s", e.vni, is_served(&e) ? "was not added by vtepctl" : "is not served");
		if (is_served(&e))
			say_where(&e);
		else
			error_hint("vtepctl vni show");
		return is_served(&e) ? EXIT_REFUSED : EXIT_NOT_FOUND;
	}
	snprintf(aside, sizeof(aside), "%s.old", e.path);
	if (rename(e.path, aside))
		return failed(&e, "remove", e.path);
	if (!reload(&e, false)) {
		rename(aside, e.path);
		kill(e.pid, SIGHUP);
		return not_followed(&e);
	}
	unlink(aside);
	rmdir(e.dir);
	return EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which configuration a verb means: a file, a device's, or the only one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "conf_file.h"
#include "conf_parse.h"
#include "value.h"

static int by_device(const char *name, char path[CONF_PATH])
{
	char ifname[IFNAMSIZ];

	if (value_device(name, ifname)) {
		error_say("'%s' is neither a file nor a device's name", name);
		error_hint("vtepctl conf check " CONF_DIR "/wg0.conf");
		return EXIT_USAGE;
	}
	if (!conf_find(ifname, path) || !conf_find_wg(ifname, path))
		return EXIT_DONE;
	error_say("%s has no configuration: there is no " CONF_DIR "/%s.conf and no " CONF_DIR_WG "/%s.conf", ifname,
		  ifname, ifname);
	error_hint("vtepctl conf check FILE");
	return EXIT_NOT_FOUND;
}

static int the_only_one(char path[CONF_PATH])
{
	static const char *const dirs[] = { CONF_DIR, CONF_DIR_WG };
	size_t d, i, n = 0;
	char **paths;

	for (d = 0; d < 2 && !n; d++) {
		if (conf_dropins(dirs[d], &paths, &n))
			continue;
		if (n == 1)
			snprintf(path, CONF_PATH, "%s", paths[0]);
		for (i = 0; i < n; i++)
			free(paths[i]);
		free(paths);
	}
	if (n == 1)
		return EXIT_DONE;
	error_say(n ? "there are several configurations: which one?" :
		  "there is no configuration in " CONF_DIR " and " CONF_DIR_WG);
	error_hint(n ? "ls " CONF_DIR " " CONF_DIR_WG : "vtepctl conf check FILE");
	return n ? EXIT_USAGE : EXIT_NOT_FOUND;
}

int conf_file_find(const struct options *opt, const struct args *args, char path[CONF_PATH])
{
	const char *name = args->file;
	size_t len = name ? strlen(name) : 0;

	if (!name)
		return opt->iface ? by_device(opt->iface, path) : the_only_one(path);
	if (strcmp(name, "-") && !strchr(name, '/') && !(len > 5 && !strcmp(name + len - 5, ".conf")))
		return by_device(name, path);
	if (len >= CONF_PATH) {
		error_say("%.32s…: the path is too long", name);
		error_hint("cd there");
		return EXIT_USAGE;
	}
	memcpy(path, name, len + 1);
	if (!strcmp(name, "-") || !access(name, F_OK))
		return EXIT_DONE;
	error_say("%s: there is no such file", name);
	error_hint("ls " CONF_DIR " " CONF_DIR_WG);
	return EXIT_NOT_FOUND;
}

int conf_file_load(const struct options *opt, const char *path, unsigned int flags, struct model *m,
		   struct findings *f)
{
	const char *ifname = opt->iface ? opt->iface : strcmp(path, "-") ? NULL : "wg0";

	model_init(m);
	if (ifname && value_device(ifname, m->ifname)) {
		finding_add(f, FINDING_ERROR, NULL, 0, "--iface %s: not a device name\n--iface wg0", ifname);
		return EXIT_USAGE;
	}
	return conf_load(path, flags, m, f) ? EXIT_USAGE : EXIT_DONE;
}

int conf_file_open(const struct options *opt, const struct args *args, char path[CONF_PATH],
		   unsigned int flags, struct model *m)
{
	struct findings f = { 0 };
	int code = conf_file_find(opt, args, path);
	size_t i;

	if (code)
		return code;
	code = conf_file_load(opt, path, flags, m, &f);
	for (i = 0; code && i < f.n; i++) {
		const struct finding *one = &f.list[i];

		if (one->level != FINDING_ERROR)
			continue;
		if (one->line)
			error_say("%s:%u: %s", one->file, one->line, one->text);
		else
			error_say("%s%s%s", one->file, *one->file ? ": " : "", one->text);
		if (one->hint)
			error_hint("%s", one->hint);
	}
	findings_free(&f);
	return code;
}

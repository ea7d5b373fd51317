// SPDX-License-Identifier: GPL-2.0-only
/* Drop-ins: IFACE.conf.d/ *.conf beside the file, in the order of their names. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return *entry->d_name != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

/* Not alphasort(): that follows the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int conf_dropins(const char *dir, char ***paths, size_t *n)
{
	struct dirent **entries;
	int count = scandir(dir, &entries, is_conf, by_name), i, err = 0;

	*paths = NULL;
	*n = 0;
	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	*paths = calloc(count ? count : 1, sizeof(**paths));
	for (i = 0; i < count; i++) {
		if (*paths && asprintf(&(*paths)[i], "%s/%s", dir, entries[i]->d_name) < 0)
			err = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (!*paths)
		return -ENOMEM;
	if (err) {
		for (i = 0; i < count; i++)
			free((*paths)[i]);
		free(*paths);
		*paths = NULL;
		return err;
	}
	*n = count;
	return 0;
}

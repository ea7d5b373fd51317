// SPDX-License-Identifier: GPL-2.0-only
/* Names of routing tables, as ip(8) looks them up: rt_tables and rt_tables.d of /etc, then of /usr. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"
#include "value.h"

static int table_in_file(const char *path, const char *name, uint32_t *out)
{
	char line[512], number[32], word[128];
	FILE *file = fopen(path, "re");
	int err = -ENOENT;

	if (!file)
		return err;
	while (err && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "#\n")] = '\0';
		if (sscanf(line, "%31s %127s", number, word) == 2 && !strcmp(word, name) &&
		    !value_hex_number(number, 1, UINT32_MAX, out))
			err = 0;
	}
	fclose(file);
	return err;
}

static int table_in(const char *dir, const char *name, uint32_t *out)
{
	char path[128], **paths;
	int err;
	size_t i, n;

	snprintf(path, sizeof(path), "%s/rt_tables", dir);
	err = table_in_file(path, name, out);
	snprintf(path, sizeof(path), "%s/rt_tables.d", dir);
	if (!err || conf_dropins(path, &paths, &n))
		return err;
	for (i = 0; i < n; i++) {
		if (err)
			err = table_in_file(paths[i], name, out);
		free(paths[i]);
	}
	free(paths);
	return err;
}

int conf_table_number(const char *name, uint32_t *out)
{
	static const struct { const char *name; uint32_t number; } known[] = {
		{ "default", 253 }, { "main", 254 }, { "local", 255 } };
	size_t i;

	if (!table_in("/etc/iproute2", name, out) || !table_in("/usr/share/iproute2", name, out) ||
	    !table_in("/usr/lib/iproute2", name, out))
		return 0;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].name, name)) {
			*out = known[i].number;
			return 0;
		}
	return -ENOENT;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Which file a command line means: the one it names, ours, or wg-quick's of a device that is not there. */
#include <errno.h>
#include <string.h>
#include "conf.h"
#include "link.h"
#include "model.h"
#include "nl.h"
#include "options_file.h"

/* A device that a vtepd made goes on being ours, also when that one was killed. */
static bool is_missing_or_ours(const char *ifname)
{
	struct link link;
	struct nl nl;
	int err = nl_open(&nl, NETLINK_ROUTE);

	if (err)
		return false;
	err = link_get_name(&nl, ifname, &link);
	nl_close(&nl);
	return err == -ENODEV || (!err && link.ours);
}

/* The file to be read, -ENOENT: none. */
static int search_file(struct model *m, const char *given, char path[CONF_PATH])
{
	if (*given) {
		strcpy(path, given);
		return 0;
	}
	if (!*m->ifname)
		return -ENOENT;
	if (!conf_find(m->ifname, path))
		return 0;
	if (conf_find_wg(m->ifname, path))
		return -ENOENT;
	if (is_missing_or_ours(m->ifname))
		return 0;
	conf_read_peers(path, m);
	return -ENOENT;
}

int options_file_read(struct model *m, const char *given)
{
	static char started_by[CONF_PATH];
	char path[CONF_PATH];
	int err;

	if (*started_by)
		return conf_read(started_by, m);
	err = search_file(m, given, path);
	if (err == -ENOENT)
		return 0;
	err = err ? err : conf_read(path, m);
	if (!err)
		strcpy(started_by, path);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Commands and name servers of the file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "addr.h"
#include "command.h"
#include "daemon.h"
#include "log.h"
#include "tunnel_hooks.h"

static const char *const names[MODEL_HOOKS] = { "PreUp", "PostUp", "PreDown", "PostDown" };

static int run(struct daemon *d, enum model_hook hook, size_t i)
{
	int status;

	log_info("%s: %s, %zu of %zu", d->model.ifname, names[hook], i + 1, d->model.wg.n_hooks[hook]);
	status = command_run(d->model.wg.hooks[hook][i]);
	if (!status)
		return 0;
	if (status < 0)
		log_err("%s: %s, %zu of %zu: %s", d->model.ifname, names[hook], i + 1, d->model.wg.n_hooks[hook],
			strerror(-status));
	else
		log_err("%s: %s, %zu of %zu, ended with status %d", d->model.ifname, names[hook], i + 1,
			d->model.wg.n_hooks[hook], status);
	return -EIO;
}

int tunnel_hooks(struct daemon *d, enum model_hook hook)
{
	size_t i;
	int err = 0;

	for (i = 0; i < d->model.wg.n_hooks[hook] && !err; i++)
		err = run(d, hook, i);
	if (err)
		log_hint("try it by hand, with %s in the place of %%i", d->model.ifname);
	return err;
}

void tunnel_hooks_all(struct daemon *d, enum model_hook hook)
{
	size_t i;

	for (i = 0; i < d->model.wg.n_hooks[hook]; i++)
		run(d, hook, i);
}

/* "tun.wg0" where Debian's resolvconf sorts by such names, as wg-quick has it. */
static void record_name(const struct daemon *d, char *out, size_t size)
{
	FILE *f = fopen("/etc/resolvconf/interface-order", "re");
	char line[128], prefix[64] = "";
	size_t len;

	while (f && !*prefix && fgets(line, sizeof(line), f)) {
		len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
		if (len && len < sizeof(prefix) - 1 && !strcmp(line + len, "*\n"))
			snprintf(prefix, sizeof(prefix), "%.*s.", (int)len, line);
	}
	if (f)
		fclose(f);
	snprintf(out, size, "%s%s", prefix, d->model.ifname);
}

void tunnel_dns_set(struct daemon *d)
{
	const struct model_wg *wg = &d->model.wg;
	char name[96], input[4096], search[1024] = "";
	char *argv[] = { "resolvconf", "-a", name, "-m", "0", "-x", NULL };
	struct vtep_addr addr;
	size_t i, len = 0, found = 0;
	int status;

	if (!wg->n_dns) {
		tunnel_dns_unset(d);
		return;
	}
	for (i = 0; i < wg->n_dns && len < sizeof(input) - 64; i++)
		if (!addr_parse(wg->dns[i], &addr))
			len += snprintf(input + len, sizeof(input) - len, "nameserver %s\n", wg->dns[i]);
		else if (found + strlen(wg->dns[i]) + 2 < sizeof(search))
			found += sprintf(search + found, " %s", wg->dns[i]);
	if (found && len + found + 10 < sizeof(input))
		sprintf(input + len, "search%s\n", search);
	record_name(d, name, sizeof(name));
	status = command_exec(argv, input);
	d->tunnel.has_dns = !status;
	if (!status)
		return;
	log_warning("%s: DNS is not set: resolvconf %s", d->model.ifname, status == 127 ? "is missing" : "failed");
	log_hint("apt-get install openresolv        (or take DNS out of the file)");
}

void tunnel_dns_unset(struct daemon *d)
{
	char name[96];
	char *argv[] = { "resolvconf", "-d", name, "-f", NULL };

	record_name(d, name, sizeof(name));
	if (d->tunnel.has_dns)
		command_exec(argv, NULL);
	d->tunnel.has_dns = false;
}

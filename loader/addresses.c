// SPDX-License-Identifier: GPL-2.0-only
/* The addresses of a device: desired minus ours. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "addresses.h"
#include "daemon.h"
#include "ifaddr.h"
#include "log.h"

static int address_failed(const struct daemon *d, const char *name, const struct vtep_addr *addr, unsigned int len,
			  int err)
{
	char text[ADDR_STRLEN];

	log_err("%s: cannot add address %s/%u: %s%s%s", name, addr_format(addr, text), len, strerror(-err),
		*d->nl.error ? ": " : "", d->nl.error);
	log_hint("ip address show dev %s", name);
	return err;
}

static bool wanted(const struct ifaddr_entry *a, const struct model_prefix *want, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (want[i].len == a->len && addr_equal(&want[i].addr, &a->addr))
			return true;
	return false;
}

/* First: with an address go those that the kernel holds second to it in its network. */
static int drop_addresses(struct daemon *d, int ifindex, const struct model_prefix *want, size_t n)
{
	struct ifaddr_entry *list = NULL;
	int i, have = ifaddr_list(&d->nl, ifindex, &list);

	for (i = 0; i < have; i++)
		if (list[i].proto == VTEP_PROTO && !wanted(&list[i], want, n))
			ifaddr_del(&d->nl, ifindex, &list[i].addr, list[i].len);
	free(list);
	return have < 0 ? have : 0;
}

int addresses_set(struct daemon *d, int ifindex, const char *name, const struct model_prefix *want, size_t n)
{
	size_t i;
	int err = drop_addresses(d, ifindex, want, n);

	if (err) {
		log_err("%s: cannot read its addresses: %s", name, strerror(-err));
		return err;
	}
	for (i = 0; i < n; i++) {
		err = ifaddr_add(&d->nl, ifindex, &want[i].addr, want[i].len);
		if (err && err != -EEXIST)
			return address_failed(d, name, &want[i].addr, want[i].len, err);
	}
	return 0;
}

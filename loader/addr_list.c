// SPDX-License-Identifier: GPL-2.0-only
/* Lists of addresses: sorted, without doubles, searched. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "addr_list.h"
#include "nl.h"

int addr_list_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vtep_addr));
}

int addr_list_add(struct vtep_addr **list, size_t *n, const struct vtep_addr *addr)
{
	struct vtep_addr *grown = nl_room(*list, *n, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*n)++] = *addr;
	return 0;
}

size_t addr_list_sort(struct vtep_addr *list, size_t n)
{
	size_t i, kept = 0;

	if (n)
		qsort(list, n, sizeof(*list), addr_list_compare);
	for (i = 0; i < n; i++)
		if (!kept || !addr_equal(&list[kept - 1], &list[i]))
			list[kept++] = list[i];
	return kept;
}

bool addr_list_has(const struct vtep_addr *list, size_t n, const struct vtep_addr *addr)
{
	return n && bsearch(addr, list, n, sizeof(*list), addr_list_compare);
}

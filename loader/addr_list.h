/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of addresses, in memory of malloc(). Included by what compares members and flood lists. */
#ifndef ADDR_LIST_H
#define ADDR_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <vtep/abi.h>

/* qsort() and bsearch() order of struct vtep_addr, and of what begins with one. */
int addr_list_compare(const void *a, const void *b);
/* At its end. 0 or -ENOMEM, the list as it was. */
int addr_list_add(struct vtep_addr **list, size_t *n, const struct vtep_addr *addr);
/* In order, each once: how many are left. */
size_t addr_list_sort(struct vtep_addr *list, size_t n);
/* The list is sorted. */
bool addr_list_has(const struct vtep_addr *list, size_t n, const struct vtep_addr *addr);
#endif

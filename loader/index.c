// SPDX-License-Identifier: GPL-2.0-only
/* Open addressing: never more than half full, and emptied whole, so that nothing is ever deleted. */
#include <errno.h>
#include <stdlib.h>
#include "index.h"

int index_room(struct index *x, size_t n)
{
	struct index_row *rows = x->rows;
	size_t i, size = 16;

	while (size < 2 * n)
		size *= 2;
	if (size > x->size) {
		rows = reallocarray(x->rows, size, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		x->rows = rows;
		x->size = size;
	}
	for (i = 0; i < x->size; i++)
		rows[i].place = -1;
	return 0;
}

/* Where the key is, or the free row where it would be. */
static struct index_row *find(const struct index *x, uint32_t key)
{
	size_t at = key * 0x9e3779b1U & (x->size - 1);

	while (x->rows[at].place >= 0 && x->rows[at].key != key)
		at = (at + 1) & (x->size - 1);
	return &x->rows[at];
}

void index_put(struct index *x, uint32_t key, int place)
{
	struct index_row *row = find(x, key);

	if (row->place < 0)
		*row = (struct index_row){ key, place };
}

int index_get(const struct index *x, uint32_t key)
{
	return x->size ? find(x, key)->place : -1;
}

void index_free(struct index *x)
{
	free(x->rows);
	*x = (struct index){ 0 };
}

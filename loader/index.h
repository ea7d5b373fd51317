/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers (a VNI, an ifindex, a slot) to places in an array. Included by segments.c and survey.c. */
#ifndef INDEX_H
#define INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_row {
	uint32_t key;
	int place;			/* -1: free */
};

struct index {
	struct index_row *rows;
	size_t size;			/* a power of two, twice as many as may be in it */
};

/* Empties it, with room for n. 0 or -ENOMEM, and it is as it was. */
int index_room(struct index *x, size_t n);
/* Of several places with one key the first stays. */
void index_put(struct index *x, uint32_t key, int place);
/* -1: none. */
int index_get(const struct index *x, uint32_t key);
void index_free(struct index *x);
#endif

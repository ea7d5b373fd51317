/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One row model, three ways out: a table for people, TAB separated lines (-o), a JSON array (-j). A
 * row's cells are text; its object is what JSON prints. What the output does not use is dropped
 * unseen.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

struct options;

enum color {
	COLOR_NONE, COLOR_GREEN, COLOR_YELLOW, COLOR_CYAN, COLOR_MAGENTA, COLOR_RED, COLOR_BOLD,
	COLOR_DIM
};

struct column {
	const char *name;
	bool right;			/* aligned to the right */
	bool details;			/* only with -d */
};

#define OUTPUT_COLUMNS	16

struct output;
struct row;

/*
 * columns: static, ended by one without a name; NULL: the text is printed by others. list: there is
 * a JSON array, if only an empty one. NULL: no memory.
 */
struct output *output_new(const struct options *opt, const struct column *columns, bool list);
/* Rows are printed in the order of their making. NULL: no memory; the functions below take that. */
struct row *output_row(struct output *out);
size_t output_row_count(const struct output *out);
void row_cell(struct row *row, size_t column, enum color color, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Takes `value`; NULL: out of memory, remembered. */
void row_set(struct row *row, const char *key, json_t *value);
/* Prints and frees everything. 0, -ENOMEM, or why standard output could not be written. */
int output_end(struct output *out);
/* Frees everything unprinted. */
void output_drop(struct output *out);
/* One JSON value in the form that the options ask for, and a newline. */
int output_json(const struct options *opt, const json_t *value);
/* Escape sequences, or "" where colour is off. */
const char *color_on(const struct options *opt, enum color color);
const char *color_off(const struct options *opt);
#endif

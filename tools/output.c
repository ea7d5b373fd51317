/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows to a libsmartcols table, to TAB separated lines or to a JSON array. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <libsmartcols/libsmartcols.h>

#include "command.h"
#include "output.h"

struct row {
	struct output *out;
	char *cell[OUTPUT_COLUMNS];
	enum color color[OUTPUT_COLUMNS];
	json_t *object;
};

struct output {
	const struct options *opt;
	const struct column *columns;
	struct row **rows;
	size_t n, room;
	bool list, no_memory;
};

static const char *const sequences[] = {
	[COLOR_NONE] = "", [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
	[COLOR_CYAN] = "\033[36m", [COLOR_MAGENTA] = "\033[35m", [COLOR_RED] = "\033[31m",
	[COLOR_BOLD] = "\033[1m", [COLOR_DIM] = "\033[2m",
};

const char *color_on(const struct options *opt, enum color color)
{
	return opt->color ? sequences[color] : "";
}

const char *color_off(const struct options *opt)
{
	return opt->color ? "\033[0m" : "";
}

struct output *output_new(const struct options *opt, const struct column *columns, bool list)
{
	struct output *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->opt = opt;
	out->columns = columns;
	out->list = list;
	return out;
}

struct row *output_row(struct output *out)
{
	struct row *row = NULL, **rows;

	if (out->n == out->room) {
		rows = reallocarray(out->rows, out->room ? out->room * 2 : 64, sizeof(*rows));
		if (!rows)
			goto no_memory;
		out->rows = rows;
		out->room = out->room ? out->room * 2 : 64;
	}
	row = calloc(1, sizeof(*row));
	if (!row)
		goto no_memory;
	row->out = out;
	if (out->opt->json) {
		row->object = json_object();
		if (!row->object)
			goto no_memory;
	}
	out->rows[out->n++] = row;
	return row;
no_memory:
	free(row);
	out->no_memory = true;
	return NULL;
}

size_t output_row_count(const struct output *out)
{
	return out->n;
}

void row_cell(struct row *row, size_t column, enum color color, const char *fmt, ...)
{
	va_list ap;

	if (!row || row->object)
		return;
	free(row->cell[column]);
	va_start(ap, fmt);
	if (vasprintf(&row->cell[column], fmt, ap) < 0) {
		row->cell[column] = NULL;
		row->out->no_memory = true;
	}
	va_end(ap);
	row->color[column] = color;
}

void row_set(struct row *row, const char *key, json_t *value)
{
	if (!row || !row->object)
		json_decref(value);
	else if (json_object_set_new(row->object, key, value))
		row->out->no_memory = true;
}

static bool column_shown(const struct output *out, size_t i)
{
	return !out->columns[i].details || out->opt->details;
}

static void lines_print(const struct output *out)
{
	size_t i, c;

	for (i = 0; i < out->n; i++) {
		const char *tab = "";

		for (c = 0; out->columns[c].name; c++) {
			if (!column_shown(out, c))
				continue;
			printf("%s%s", tab, out->rows[i]->cell[c] ? out->rows[i]->cell[c] : "");
			tab = "\t";
		}
		putchar('\n');
	}
}

static int row_add(const struct output *out, struct libscols_table *table, const struct row *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	size_t c, at = 0;

	if (!line)
		return -ENOMEM;
	for (c = 0; out->columns[c].name; c++) {
		if (!column_shown(out, c))
			continue;
		if (row->cell[c] && scols_line_set_data(line, at, row->cell[c]))
			return -ENOMEM;
		if (out->opt->color && row->color[c] && row->cell[c] && *row->cell[c])
			scols_cell_set_color(scols_line_get_cell(line, at),
					     sequences[row->color[c]]);
		at++;
	}
	return 0;
}

static int table_print(const struct output *out)
{
	struct libscols_table *table = scols_new_table();
	struct libscols_column *column;
	int err = 0;
	size_t i;

	if (!table)
		return -ENOMEM;
	scols_table_enable_colors(table, out->opt->color);
	for (i = 0; out->columns[i].name && !err; i++) {
		if (!column_shown(out, i))
			continue;
		column = scols_table_new_column(table, out->columns[i].name, 0,
						out->columns[i].right ? SCOLS_FL_RIGHT : 0);
		if (!column)
			err = -ENOMEM;
		else if (out->opt->color)
			scols_cell_set_color(scols_column_get_header(column),
					     sequences[COLOR_BOLD]);
	}
	for (i = 0; i < out->n && !err; i++)
		err = row_add(out, table, out->rows[i]);
	if (!err)
		err = scols_print_table(table);
	scols_unref_table(table);
	return err;
}

static int array_print(const struct output *out)
{
	json_t *array = json_array();
	int err = 0;
	size_t i;

	if (!array)
		return -ENOMEM;
	for (i = 0; i < out->n && !err; i++)
		if (json_array_append(array, out->rows[i]->object))
			err = -ENOMEM;
	if (!err)
		err = output_json(out->opt, array);
	json_decref(array);
	return err;
}

int output_json(const struct options *opt, const json_t *value)
{
	size_t flags = opt->pretty ? JSON_INDENT(4) : JSON_COMPACT;

	if (json_dumpf(value, stdout, flags))
		return -EIO;
	putchar('\n');
	return 0;
}

static void row_free(struct row *row)
{
	size_t c;

	for (c = 0; c < OUTPUT_COLUMNS; c++)
		free(row->cell[c]);
	json_decref(row->object);
	free(row);
}

void output_drop(struct output *out)
{
	size_t i;

	for (i = 0; i < out->n; i++)
		row_free(out->rows[i]);
	free(out->rows);
	free(out);
}

int output_end(struct output *out)
{
	int err = 0;

	if (out->no_memory)
		err = -ENOMEM;
	else if (out->opt->json && out->list)
		err = array_print(out);
	else if (out->columns && out->opt->oneline)
		lines_print(out);
	else if (out->columns && out->n)
		err = table_print(out);
	output_drop(out);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = errno ? -errno : -EIO;
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepctl conf show: what vtepd reads of a file, as a file that reads the same. Keys that are secret
 * are "(hidden)", which conf show and diff take again and vtepd refuses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "conf_file.h"
#include "conf_lines.h"
#include "model.h"
#include "session.h"
#include "verbs.h"

static bool same_section(const struct conf_line *a, const struct conf_line *b)
{
	return a->vni == b->vni && a->peer == b->peer;
}

/* A list is an array; what may be given once is a string. */
static int line_json(json_t *section, const struct conf_line *line)
{
	json_t *value = json_string(line->value), *array;
	bool hook = strstr(line->key, "Up") || strstr(line->key, "Down");

	if (!line->list && !hook)
		return json_object_set_new(section, line->key, value);
	array = json_object_get(section, line->key);
	if (!array) {
		array = json_array();
		json_object_set_new(section, line->key, array);
	}
	return json_array_append_new(array, value);
}

static int lines_json(const struct options *opt, const struct conf_lines *lines)
{
	json_t *all = json_array(), *section = NULL;
	int err = all ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < lines->n && !err; i++) {
		const struct conf_line *line = &lines->list[i];

		if (!i || !same_section(line - 1, line)) {
			section = json_object();
			json_object_set_new(section, "section", json_string(conf_line_section(line)));
			err = json_array_append_new(all, section);
		}
		err = err ? err : line_json(section, line);
	}
	err = err ? -ENOMEM : output_json(opt, all);
	json_decref(all);
	return err;
}

int conf_show(struct session *s, const struct args *args)
{
	struct model *m = calloc(1, sizeof(*m));
	struct conf_lines lines;
	char path[CONF_PATH];
	int code = m ? conf_file_open(s->opt, args, path, CONF_HIDDEN | CONF_NO_KEY_FILE, m) : EXIT_REFUSED, err;

	if (code)
		goto out;
	err = conf_lines_make(m, &lines);
	if (!err && s->opt->json)
		err = lines_json(s->opt, &lines);
	else if (!err)
		conf_lines_write(&lines, color_on(s->opt, COLOR_BOLD), color_off(s->opt), stdout);
	if (err) {
		error_say("cannot show %s: %s", path, strerror(-err));
		code = EXIT_REFUSED;
	}
	conf_lines_free(&lines);
	model_free(m);
out:
	free(m);
	return code;
}

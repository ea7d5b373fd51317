/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl conf check: what vtepd would say of a file, and whether it would start by it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "conf_file.h"
#include "finding.h"
#include "lint.h"
#include "model.h"
#include "session.h"
#include "verbs.h"

static const char *const levels[] = { "error", "warning", "note" };
static const enum color colors[] = { COLOR_RED, COLOR_YELLOW, COLOR_DIM };

static void finding_print(const struct options *opt, const struct finding *one)
{
	printf("%s", one->file);
	if (one->line)
		printf(":%u", one->line);
	printf("%s%s%s%s: %s\n", *one->file ? ": " : "", color_on(opt, colors[one->level]),
	       levels[one->level], color_off(opt), one->text);
	if (one->hint)
		printf("%shint:%s %s\n", color_on(opt, COLOR_BOLD), color_off(opt), one->hint);
}

static void summary_print(const char *path, const struct model *m, const struct findings *f)
{
	if (f->count[FINDING_ERROR])
		printf("%s: %zu error%s: vtepd would not start\n", path, f->count[FINDING_ERROR],
		       f->count[FINDING_ERROR] == 1 ? "" : "s");
	else
		printf("%s: %zu peer%s, %d segment%s, %zu warning%s\n", path, m->wg.n_peers,
		       m->wg.n_peers == 1 ? "" : "s", m->n_vnis, m->n_vnis == 1 ? "" : "s",
		       f->count[FINDING_WARNING], f->count[FINDING_WARNING] == 1 ? "" : "s");
}

static json_t *finding_json(const struct finding *one)
{
	json_t *object = json_object();

	json_object_set_new(object, "level", json_string(levels[one->level]));
	json_object_set_new(object, "file", *one->file ? json_string(one->file) : json_null());
	json_object_set_new(object, "line", one->line ? json_integer(one->line) : json_null());
	json_object_set_new(object, "text", json_string(one->text));
	json_object_set_new(object, "hint", one->hint ? json_string(one->hint) : json_null());
	return object;
}

static int findings_json(const struct options *opt, const struct findings *f)
{
	json_t *array = json_array();
	size_t i;
	int err;

	for (i = 0; i < f->n; i++)
		json_array_append_new(array, finding_json(&f->list[i]));
	err = array ? output_json(opt, array) : -1;
	json_decref(array);
	if (err)
		error_say("cannot write the answer");
	return err;
}

int conf_check(struct session *s, const struct args *args)
{
	struct model *m = calloc(1, sizeof(*m));
	struct findings f = { 0 };
	char path[CONF_PATH];
	int code = m ? conf_file_find(s->opt, args, path) : EXIT_REFUSED;
	size_t i;

	if (code)
		goto out;
	code = conf_file_load(s->opt, path, 0, m, &f);
	if (!code)
		lint(m, &f);
	if (s->opt->json) {
		code = findings_json(s->opt, &f) ? EXIT_REFUSED : EXIT_DONE;
	} else {
		for (i = 0; i < f.n; i++)
			finding_print(s->opt, &f.list[i]);
		summary_print(path, m, &f);
	}
	if (!code && f.count[FINDING_ERROR])
		code = EXIT_USAGE;
	model_free(m);
out:
	findings_free(&f);
	free(m);
	return code;
}

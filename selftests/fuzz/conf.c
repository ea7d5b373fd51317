/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a configuration, for libFuzzer: no crash, nothing said that a terminal could obey,
 * and what is taken is shown as a file that reads the same.
 */
#include <stdint.h>

#include "../prog/conf_text.h"
#include "lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct model m, again;

static void must(int good)
{
	if (!good)
		abort();
}

static void check_findings(const struct findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		must(text_is_safe(f->list[i].text) && !strchr(f->list[i].text, '\t'));
		must(!f->list[i].hint || text_is_safe(f->list[i].hint));
	}
}

static void check_shown(void)
{
	char *text = conf_to_text(&m), *twice;
	struct findings f;

	must(!conf_of_bytes(text, strlen(text), CONF_HIDDEN, &again, &f));
	must(!f.count[FINDING_ERROR]);
	twice = conf_to_text(&again);
	must(!strcmp(text, twice));
	free(text);
	free(twice);
	findings_free(&f);
	model_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct findings f;
	size_t i;

	must(!conf_of_bytes((const char *)data, size, CONF_HIDDEN, &m, &f));
	for (i = 0; i < m.wg.n_peers; i++)
		must(!m.wg.peers[i].name || text_is_safe(m.wg.peers[i].name));
	if (!f.count[FINDING_ERROR]) {
		check_shown();
		m.config = strdup("wg0.conf");
		lint(&m, &f);
	}
	check_findings(&f);
	findings_free(&f);
	model_free(&m);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl stats: why packets left the programs. For each hook the sum is what came in. */
#include <errno.h>
#include <string.h>

#include "session.h"
#include "verbs.h"

enum { VNI, HOOK, REASON, KIND, PACKETS, BYTES, TEXT };

const struct column stats_columns[] = {
	[VNI] = { .name = "VNI", .right = true },
	[HOOK] = { .name = "HOOK" },
	[REASON] = { .name = "REASON" },
	[KIND] = { .name = "KIND" },
	[PACKETS] = { .name = "PACKETS", .right = true },
	[BYTES] = { .name = "BYTES", .right = true },
	[TEXT] = { .name = "MEANING", .details = true },
	{ 0 }
};

static bool reason_is_drop(enum vtep_reason reason)
{
	return !strcmp(reason_kind(reason), "drop");
}

static enum color reason_color(enum vtep_reason reason)
{
	if (reason_is_drop(reason))
		return COLOR_RED;
	return strcmp(reason_kind(reason), "send") ? COLOR_NONE : COLOR_GREEN;
}

/* v NULL: before the VNI was known. */
static void count_row(const struct session *s, const struct session_vni *v, enum vtep_hook hook,
		      enum vtep_reason reason, const struct vtep_count *count)
{
	enum color color = reason_color(reason);
	struct row *row = output_row(s->out);

	row_set(row, "vni", v ? json_integer(v->vni.vni) : json_null());
	row_set(row, "hook", json_string(hook_name(hook)));
	row_set(row, "reason", json_string(reason_name(reason)));
	row_set(row, "kind", json_string(reason_kind(reason)));
	row_set(row, "packets", json_integer(count->packets));
	row_set(row, "bytes", json_integer(count->bytes));
	row_set(row, "text", json_string(reason_text(reason)));
	if (v)
		row_cell(row, VNI, COLOR_NONE, "%u", v->vni.vni);
	else
		row_cell(row, VNI, COLOR_NONE, "-");
	row_cell(row, HOOK, COLOR_NONE, "%s", hook_name(hook));
	row_cell(row, REASON, color, "%s", reason_name(reason));
	row_cell(row, KIND, color, "%s", reason_kind(reason));
	row_cell(row, PACKETS, COLOR_NONE, "%llu", (unsigned long long)count->packets);
	row_cell(row, BYTES, COLOR_NONE, "%llu", (unsigned long long)count->bytes);
	row_cell(row, TEXT, COLOR_NONE, "%s", reason_text(reason));
}

static int slot_rows(const struct session *s, __u32 slot, const struct session_vni *v, bool drops)
{
	struct vtep_counters c;
	int hook, reason, err;

	for (hook = 0; hook < VTEP_HOOK_MAX; hook++) {
		err = instance_counters(&s->in, slot, hook, &c);
		if (err)
			return err;
		for (reason = 0; reason < VTEP_REASON_MAX; reason++) {
			if (drops && !reason_is_drop(reason))
				continue;
			if (c.reason[reason].packets || s->opt->details)
				count_row(s, v, hook, reason, &c.reason[reason]);
		}
	}
	return 0;
}

static int stats_run(struct session *s, const struct args *args, bool drops)
{
	const struct session_vni *only;
	int code, err = 0;
	size_t i;

	code = session_vni_arg(s, args, true, &only);
	if (code)
		return code;
	if (!only)
		err = slot_rows(s, 0, NULL, drops);
	for (i = 0; i < s->n_vnis && !err; i++)
		if (!only || only == &s->vnis[i])
			err = slot_rows(s, s->vnis[i].slot, &s->vnis[i], drops);
	return err ? session_refused(s, err, "read the counters of %s", s->in.meta.ifname)
		   : EXIT_DONE;
}

int stats_show(struct session *s, const struct args *args)
{
	return stats_run(s, args, false);
}

int stats_drops(struct session *s, const struct args *args)
{
	return stats_run(s, args, true);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of hooks and reasons for people and for JSON. */
#include "instance.h"

#define KIND_SEND	"send"
#define KIND_PASS	"pass"
#define KIND_DROP	"drop"

static const struct {
	const char *name, *kind, *text;
} reasons[] = {
#define REASON_ROW(id, name, kind, text)	[VTEP_R_##id] = { name, KIND_##kind, text },
	VTEP_REASONS(REASON_ROW)
#undef REASON_ROW
};

static const char *const hooks[] = {
	[VTEP_HOOK_PORT_RX] = "port-rx",
	[VTEP_HOOK_VX_TX] = "vx-tx",
	[VTEP_HOOK_VX_RX] = "vx-rx",
	[VTEP_HOOK_WG_RX] = "wg-rx",
};

const char *reason_name(enum vtep_reason reason)
{
	return reasons[reason].name;
}

const char *reason_kind(enum vtep_reason reason)
{
	return reasons[reason].kind;
}

const char *reason_text(enum vtep_reason reason)
{
	return reasons[reason].text;
}

const char *hook_name(enum vtep_hook hook)
{
	return hooks[hook];
}

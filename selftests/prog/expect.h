/* SPDX-License-Identifier: GPL-2.0-only */
/* Signed results, mostly 0 or the -errno that must come. For programs that test the loader. */
#ifndef EXPECT_H
#define EXPECT_H

#include "tap.h"

__attribute__((format(printf, 3, 4)))
static inline void expect(long long got, long long want, const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (!tap_ok(got == want, "%s", what))
		tap_note("got %lld, expected %lld", got, want);
}
#endif

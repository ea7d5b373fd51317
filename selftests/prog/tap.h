/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test Anything Protocol: one line per check, the plan at the end. Included by every program here.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define TAP_SKIP	4		/* exit status: nothing could be tested here */

static int tap_checks;
static int tap_failures;

/* One result; the format is its description. Returns `good`. */
__attribute__((format(printf, 2, 3)))
static inline bool tap_ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_checks);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	tap_failures += !good;
	return good;
}

/* A result in numbers, which says what it was when it is wrong. */
static inline bool tap_equal(unsigned long long got, unsigned long long want, const char *what)
{
	tap_ok(got == want, "%s", what);
	if (got != want)
		printf("# %s: got %llu (%#llx), want %llu (%#llx)\n", what, got, got, want, want);
	return got == want;
}

__attribute__((format(printf, 1, 2)))
static inline void tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* One check that the kernel has no way to make. */
static inline void tap_skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_checks, what, why);
}

/* Nothing can be tested: ends the program. */
static inline _Noreturn void tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(TAP_SKIP);
}

/* The test itself broke, not what it tests: ends the program. */
__attribute__((format(printf, 1, 2)))
static inline _Noreturn void tap_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

/* Prints the plan; returns main()'s status. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_checks);
	return tap_failures ? 1 : 0;
}

#endif

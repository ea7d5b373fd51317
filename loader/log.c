// SPDX-License-Identifier: GPL-2.0-only
/* Messages on stderr. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "log.h"

static enum log_level log_max = LOG_LEVEL_NOTICE;
static bool log_prefix;

void log_init(enum log_level max)
{
	log_max = max;
	log_prefix = getenv("JOURNAL_STREAM") && !isatty(STDERR_FILENO);
}

static void log_line(enum log_level level, const char *who, const char *fmt, va_list ap)
{
	char text[1024];

	if (level > log_max)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (log_prefix)
		fprintf(stderr, "<%d>%s%s\n", level, who, text);
	else
		fprintf(stderr, "%s%s\n", who, text);
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(level, "vtepd: ", fmt, ap);
	va_end(ap);
}

void log_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERR, "hint: ", fmt, ap);
	va_end(ap);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Times and amounts as people read them; the long forms are wg(8)'s. */
#include <stdio.h>

#include "human.h"

const char *human_age(__u64 seconds, char *buf)
{
	unsigned long long s = seconds;

	if (s < 60)
		snprintf(buf, HUMAN_LEN, "%llus", s);
	else if (s < 3600)
		snprintf(buf, HUMAN_LEN, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, HUMAN_LEN, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		snprintf(buf, HUMAN_LEN, "%llud%02lluh", s / 86400, s / 3600 % 24);
	return buf;
}

const char *human_duration(__u64 seconds, char *buf)
{
	static const struct {
		const char *name;
		__u32 seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } };
	size_t i, len = 0;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		unsigned long long n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n)
			len += snprintf(buf + len, HUMAN_LEN - len, "%s%llu %s%s", len ? ", " : "",
					n, units[i].name, n == 1 ? "" : "s");
	}
	if (!len)
		snprintf(buf, HUMAN_LEN, "0 seconds");
	return buf;
}

const char *human_bytes(__u64 bytes, char *buf)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double n = bytes / 1024.0;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(buf, HUMAN_LEN, "%llu B", (unsigned long long)bytes);
		return buf;
	}
	while (n >= 1024 && i + 1 < sizeof(units) / sizeof(units[0])) {
		n /= 1024;
		i++;
	}
	snprintf(buf, HUMAN_LEN, "%.2f %s", n, units[i]);
	return buf;
}

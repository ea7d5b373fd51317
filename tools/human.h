/* SPDX-License-Identifier: GPL-2.0-only */
/* Times and amounts as people read them. Never for JSON. */
#ifndef HUMAN_H
#define HUMAN_H

#include <linux/types.h>

#define HUMAN_LEN	64

/* All write into buf of HUMAN_LEN bytes and return it. */
const char *human_age(__u64 seconds, char *buf);	/* "12s", "4m34s", "3h02m", "5d07h" */
const char *human_duration(__u64 seconds, char *buf);	/* "1 minute, 21 seconds" */
const char *human_bytes(__u64 bytes, char *buf);	/* "105.65 MiB" */
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What options say, read; each says what is wrong with its own. 0, or -EINVAL with the error said. */
#ifndef OPTIONS_VALUE_H
#define OPTIONS_VALUE_H

#include <stdint.h>
#include <net/if.h>

struct vtep_addr;

int option_bad(const char *option, const char *value, const char *why);	/* -EINVAL */
int option_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out);
int option_device(const char *option, const char *name, char out[IFNAMSIZ]);
int option_address(const char *option, const char *text, struct vtep_addr *out);
#endif

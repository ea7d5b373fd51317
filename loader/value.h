/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as text, of the command line and of the file alike. All are silent: 0, or -EINVAL with the
 * output untouched. Included by what parses.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>

#include "model.h"

#define VALUE_ALNUM	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

int value_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);
/* The same, and 0x… */
int value_hex_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);
/* VNI, or FIRST-LAST */
int value_range(const char *text, struct model_range *out);
/* yes, true, on; no, false, off; in any case */
int value_bool(const char *text, bool *out);
/* A name that the kernel takes for a device. */
int value_device(const char *text, char out[IFNAMSIZ]);
/* The same, with any %v in it the VNI. -ENAMETOOLONG: it isn't one then. */
int value_device_of(const char *pattern, uint32_t vni, char out[IFNAMSIZ]);
/* A unicast address, without brackets. -EAFNOSUPPORT: IPv6, which no VTEP can have yet. */
int value_vtep(const char *text, struct vtep_addr *out);
/* ADDRESS or ADDRESS/LENGTH; without a length, the host alone. No IPv6-mapped IPv4. */
int value_prefix(const char *text, struct model_prefix *out);
/* 32 bytes in base64, decoded in constant time. */
int value_key(const char *text, uint8_t out[MODEL_KEY_LEN]);
/* HOST:PORT, [IPv6]:PORT: is it one? */
int value_endpoint(const char *text);
/* Its HOST, if that is an address. */
int value_endpoint_addr(const char *text, struct vtep_addr *out);
/* "MOVES [WINDOW [TIME]]", or off; what is not given stays. Ended in place. */
int value_hold(char *text, struct model_hold *out);
/* Seconds, or off: 0. */
int value_timeout(const char *text, uint32_t *out);
int value_accel(const char *text, enum accel *out);
/* fragment, drop */
int value_oversize(const char *text, bool *drop);
/* Next word of a list, ended in place; words are parted by commas and blanks. NULL: none left. */
char *value_next(char **rest);

/* Is addr inside prefix? Families never mix. */
bool prefix_covers(const struct model_prefix *prefix, const struct vtep_addr *addr);
bool prefix_is_host(const struct model_prefix *prefix);
/* Bits beyond the length are zero. */
bool prefix_is_clean(const struct model_prefix *prefix);
void prefix_clean(struct model_prefix *prefix);		/* makes them so */
/* "172.16.0.0/16" into buf of PREFIX_STRLEN bytes; returns buf. */
const char *prefix_format(const struct model_prefix *prefix, char *buf);

#define PREFIX_STRLEN	52
#endif

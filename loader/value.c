// SPDX-License-Identifier: GPL-2.0-only
/* Values as text, of the command line and of the file alike. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "value.h"

static int number(const char *text, int base, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, base);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*out = value;
	return 0;
}

int value_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	return number(text, 10, min, max, out);
}

int value_hex_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2];

	return number(text, hex ? 16 : 10, min, max, out);
}

int value_range(const char *text, struct model_range *out)
{
	struct model_range range;
	char first[16];
	size_t len = strcspn(text, "-");

	if (len >= sizeof(first))
		return -EINVAL;
	memcpy(first, text, len);
	first[len] = '\0';
	if (value_number(first, 0, VTEP_VNI_MAX, &range.first))
		return -EINVAL;
	range.last = range.first;
	if (text[len] && value_number(text + len + 1, range.first, VTEP_VNI_MAX, &range.last))
		return -EINVAL;
	*out = range;
	return 0;
}

int value_bool(const char *text, bool *out)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcasecmp(text, words[i])) {
			*out = i & 1;
			return 0;
		}
	return -EINVAL;
}

int value_oversize(const char *text, bool *drop)
{
	*drop = !strcasecmp(text, "drop");
	return *drop || !strcasecmp(text, "fragment") ? 0 : -EINVAL;
}

int value_device(const char *text, char out[IFNAMSIZ])
{
	const char *c;

	if (!*text || strlen(text) >= IFNAMSIZ || !strcmp(text, ".") || !strcmp(text, ".."))
		return -EINVAL;
	for (c = text; *c; c++)		/* the kernel refuses blanks, '/' and ':'; the rest is our caution */
		if (*c <= ' ' || *c > '~' || strchr("/:%#\"'`$\\", *c))
			return -EINVAL;
	strcpy(out, text);
	return 0;
}

int value_device_of(const char *pattern, uint32_t vni, char out[IFNAMSIZ])
{
	char name[2 * IFNAMSIZ];
	size_t at = 0;

	for (; *pattern && at < IFNAMSIZ; pattern++)
		if (pattern[0] == '%' && pattern[1] == 'v') {
			at += snprintf(name + at, sizeof(name) - at, "%u", vni);
			pattern++;
		} else {
			name[at++] = *pattern;
		}
	name[at] = '\0';
	return *pattern || at >= IFNAMSIZ ? -ENAMETOOLONG : value_device(name, out);
}

int value_vtep(const char *text, struct vtep_addr *out)
{
	struct vtep_addr addr;

	if (addr_parse(text, &addr) || !addr_is_unicast(&addr))
		return -EINVAL;
	if (!addr_is4(&addr))
		return -EAFNOSUPPORT;
	*out = addr;
	return 0;
}

int value_prefix(const char *text, struct model_prefix *out)
{
	const char *slash = strchr(text, '/');
	struct vtep_addr addr;
	char host[ADDR_STRLEN];
	uint32_t len, max;

	if ((slash ? (size_t)(slash - text) : strlen(text)) >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", slash ? (int)(slash - text) : ADDR_STRLEN, text);
	if (addr_parse(host, &addr) || (addr_is4(&addr) && strchr(host, ':')))
		return -EINVAL;
	max = addr_is4(&addr) ? 32 : 128;
	len = max;
	if (slash && value_number(slash + 1, 0, max, &len))
		return -EINVAL;
	*out = (struct model_prefix){ .addr = addr, .len = len };
	return 0;
}

int value_key(const char *text, uint8_t out[MODEL_KEY_LEN])
{
	uint8_t key[MODEL_KEY_LEN];
	int err = -EINVAL;
	size_t len;

	/* 43 characters and one '=', whose last two bits are zero, or libsodium refuses it */
	if (strlen(text) == 44 &&
	    !sodium_base642bin(key, sizeof(key), text, 44, NULL, &len, NULL,
			       sodium_base64_VARIANT_ORIGINAL) && len == sizeof(key)) {
		memcpy(out, key, sizeof(key));
		err = 0;
	}
	sodium_memzero(key, sizeof(key));
	return err;
}

int value_endpoint_addr(const char *text, struct vtep_addr *out)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_STRLEN + IFNAMSIZ];
	size_t len;

	if (!colon)
		return -EINVAL;
	len = colon - text;
	if (*text == '[' && len > 1 && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	host[strcspn(host, "%")] = '\0';	/* fe80::1%eth0 */
	return addr_parse(host, out);
}

int value_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':'), *c;
	struct vtep_addr addr;
	uint32_t port;

	if (!colon || colon == text || colon - text > 253 || value_number(colon + 1, 1, 65535, &port))
		return -EINVAL;
	if (*text == '[')
		return colon[-1] == ']' && !value_endpoint_addr(text, &addr) && memchr(text, ':', colon - text) ?
		       0 : -EINVAL;
	for (c = text; c < colon; c++)
		if (!strchr(VALUE_ALNUM ".-_:%", *c))
			return -EINVAL;
	return 0;
}

int value_hold(char *text, struct model_hold *out)
{
	struct model_hold hold = *out;
	uint32_t *const fields[] = { &hold.moves, &hold.window, &hold.time };
	char *word;
	size_t n;

	if (!strcasecmp(text, "off")) {
		out->moves = 0;
		return 0;
	}
	for (n = 0; (word = value_next(&text)); n++)
		if (n == 3 || value_number(word, n ? 1 : 2, n ? 86400 : 200, fields[n]))
			return -EINVAL;
	if (!n)
		return -EINVAL;
	*out = hold;
	return 0;
}

int value_timeout(const char *text, uint32_t *out)
{
	if (strcasecmp(text, "off"))
		return value_number(text, 20, 86400, out);
	*out = 0;
	return 0;
}

int value_accel(const char *text, enum accel *out)
{
	static const char *const names[] = { "auto", "tcx", "tc", "off" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcasecmp(text, names[i])) {
			*out = i;
			return 0;
		}
	return -EINVAL;
}

char *value_next(char **rest)
{
	char *word = *rest + strspn(*rest, ", \t");
	size_t len = strcspn(word, ", \t");

	if (!len)
		return NULL;
	*rest = word + len;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static unsigned int prefix_bits(const struct model_prefix *prefix)
{
	return addr_is4(&prefix->addr) ? 96 + prefix->len : prefix->len;
}

/* The first `bits` of both are the same. */
static bool bits_equal(const struct vtep_addr *a, const struct vtep_addr *b, unsigned int bits)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
	unsigned int whole = bits / 8, rest = bits % 8;

	return !memcmp(x, y, whole) && (!rest || !((x[whole] ^ y[whole]) >> (8 - rest)));
}

bool prefix_covers(const struct model_prefix *prefix, const struct vtep_addr *addr)
{
	return addr_is4(&prefix->addr) == addr_is4(addr) &&
	       bits_equal(&prefix->addr, addr, prefix_bits(prefix));
}

bool prefix_is_host(const struct model_prefix *prefix)
{
	return prefix_bits(prefix) == 128;
}

bool prefix_is_clean(const struct model_prefix *prefix)
{
	const uint8_t *byte = (const uint8_t *)&prefix->addr;
	unsigned int bits = prefix_bits(prefix), i = bits / 8;

	if (bits % 8 && (uint8_t)(byte[i++] << bits % 8))
		return false;
	for (; i < sizeof(prefix->addr); i++)
		if (byte[i])
			return false;
	return true;
}

void prefix_clean(struct model_prefix *prefix)
{
	uint8_t *byte = (uint8_t *)&prefix->addr;
	unsigned int from = prefix_bits(prefix), i;

	for (i = from / 8; i < sizeof(prefix->addr); i++)
		byte[i] &= i == from / 8 ? 0xff00 >> from % 8 : 0;
}

const char *prefix_format(const struct model_prefix *prefix, char *buf)
{
	char text[ADDR_STRLEN];

	snprintf(buf, PREFIX_STRLEN, "%s/%u", addr_format(&prefix->addr, text), prefix->len);
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Values that several sections have, each with what is said when it is none. */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "conf_parse.h"
#include "value.h"

int conf_number(struct conf *c, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	if (!value_number(text, min, max, out))
		return 0;
	return conf_error(c, "'%.32s' is not a number from %u to %u", text, min, max);
}

int conf_no_device(struct conf *c, const char *text)
{
	return conf_error(c, "'%.32s' is not a device name\n"
			  "15 characters at most, no blanks, no / : %% # \\ $ and no quotes", text);
}

int conf_device(struct conf *c, const char *text, char out[IFNAMSIZ])
{
	char name[IFNAMSIZ];

	if (strlen(text) >= IFNAMSIZ || value_device_of(text, 0, name))
		return conf_no_device(c, text);
	strcpy(out, text);
	return 0;
}

int conf_vtep(struct conf *c, const char *text, struct vtep_addr *out)
{
	int err = value_vtep(text, out), len = strcspn(text, "/");

	if (err == -EAFNOSUPPORT)
		return conf_error(c, "'%.48s': IPv6 VTEPs are not supported yet", text);
	if (err && text[len] && len < ADDR_STRLEN)
		return conf_error(c, "'%.48s' is not a unicast IP address\n"
				  "%s = %.*s", text, c->key->name, len, text);
	return err ? conf_error(c, "'%.48s' is not a unicast IP address", text) : 0;
}

int conf_prefix(struct conf *c, const char *text, struct model_prefix *out)
{
	if (!value_prefix(text, out))
		return 0;
	return conf_error(c, "'%.64s' is not an IP address, or address/length", text);
}

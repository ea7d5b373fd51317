// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "log.h"
#include "options_value.h"
#include "value.h"

int option_bad(const char *option, const char *value, const char *why)
{
	log_err("--%s%s%s: %s", option, *value ? " " : "", value, why);
	return -EINVAL;
}

int option_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char why[64];

	if (!value_number(text, min, max, out))
		return 0;
	snprintf(why, sizeof(why), "not a number from %u to %u", min, max);
	return option_bad(option, text, why);
}

int option_device(const char *option, const char *name, char out[IFNAMSIZ])
{
	return value_device(name, out) ? option_bad(option, name, "not a device name") : 0;
}

int option_address(const char *option, const char *text, struct vtep_addr *out)
{
	int err = value_vtep(text, out);

	if (err == -EAFNOSUPPORT)
		return option_bad(option, text, "IPv6 VTEPs are not supported yet");
	return err ? option_bad(option, text, "not a unicast IP address") : 0;
}

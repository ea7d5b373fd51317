/* SPDX-License-Identifier: GPL-2.0-only */
/* VTEP and MAC addresses as text and as struct vtep_addr. Used everywhere in user space. */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>
#include <vtep/abi.h>

#define ADDR_STRLEN	INET6_ADDRSTRLEN
#define MAC_STRLEN	18

/* IPv4 ("172.16.0.2") or IPv6 text. 0, or -EINVAL with *out untouched. */
int addr_parse(const char *text, struct vtep_addr *out);
/* buf of ADDR_STRLEN bytes; returns buf. Mapped addresses are printed as IPv4. */
const char *addr_format(const struct vtep_addr *addr, char *buf);
struct vtep_addr addr_from4(__be32 ip4);
bool addr_is4(const struct vtep_addr *addr);
__be32 addr_to4(const struct vtep_addr *addr);		/* only if addr_is4 */
bool addr_is_zero(const struct vtep_addr *addr);
bool addr_equal(const struct vtep_addr *a, const struct vtep_addr *b);
/* Usable as a VTEP: neither unspecified, multicast, loopback nor broadcast. */
bool addr_is_unicast(const struct vtep_addr *addr);

/* Six hex pairs joined by ':' or '-'. 0 or -EINVAL. */
int mac_parse(const char *text, __u8 mac[6]);
const char *mac_format(const __u8 mac[6], char *buf);	/* buf of MAC_STRLEN */
#endif

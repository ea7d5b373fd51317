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
/*
 * Prefixes: len is of the family, 0…32 or 0…128. addr_mask clears the host bits. An IPv6 prefix
 * holds no IPv4 address, not even ::/0.
 */
void addr_mask(struct vtep_addr *addr, unsigned int len);
bool addr_in_prefix(const struct vtep_addr *addr, const struct vtep_addr *prefix, unsigned int len);
unsigned int addr_bits(const struct vtep_addr *addr);	/* 32 or 128 */

/* Six hex pairs joined by ':' or '-'. 0 or -EINVAL. */
int mac_parse(const char *text, __u8 mac[6]);
const char *mac_format(const __u8 mac[6], char *buf);	/* buf of MAC_STRLEN */
#endif

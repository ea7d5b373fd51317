/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser's inside, for conf*.c and the tests. A file's text is parsed in place, line by line,
 * into the model; nothing but conf.c, conf_file.c, conf_dropin.c and conf_table.c knows of the file
 * system.
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include <sys/types.h>
#include "finding.h"
#include "model.h"

#define CONF_FILE_MAX	(4U << 20)	/* bytes of one file */
#define CONF_KEYS	48
#define CONF_NAME_MAX	63		/* bytes of a peer's name */

enum conf_section {
	SECTION_NONE, SECTION_INTERFACE, SECTION_PEER, SECTION_VNI,
	SECTION_UNKNOWN			/* said; its lines are passed over */
};

/* How sure a name is; the surer one wins, of two the first. */
enum conf_rank { NAME_NONE, NAME_ABOVE, NAME_BESIDE_KEY, NAME_INSIDE, NAME_BESIDE, NAME_CALLED_ABOVE,
		 NAME_CALLED, NAME_KEY };

/* Comment lines that follow one another: whose they are turns out at the line after them. */
struct conf_comments {
	char first[CONF_NAME_MAX + 1], last[CONF_NAME_MAX + 1];	/* plain names, "": none */
	char called[CONF_NAME_MAX + 1];				/* "Name = …" and its like */
};

struct conf {
	struct model *model;
	struct findings *findings;
	unsigned int flags;		/* CONF_* of conf.h */
	const char *file;		/* one of model->files */
	unsigned int line;
	enum conf_section section;
	const struct conf_key *key;	/* whose value is read */
	struct model_where seen[CONF_KEYS];	/* of the section, by row of the table */
	bool keys_seen;			/* in this section */
	bool wg_seen;			/* a key that configures WireGuard: the device is ours */
	unsigned int secret_line, hook_line;	/* of this file, 0: none */
	struct conf_comments comments;
	enum conf_rank rank;		/* of this peer's name */
	uint32_t last_vni;		/* of this [VNI]: the end of its range */
	char *table;			/* Table = NAME, to be looked up */
	struct model_where table_where, key_file_where;
	size_t room_peers, n_vteps;
};

enum {
	KEY_REPEAT = 1 << 0,		/* may be given several times */
	KEY_EMPTY = 1 << 1,		/* no value: as if it were not there, as wg-quick has it */
	KEY_WG = 1 << 2,		/* configures WireGuard */
	KEY_SECRET = 1 << 3,
	KEY_HOOK = 1 << 4,
};

struct conf_key {
	enum conf_section section;
	const char *name;
	unsigned int flags;
	int (*set)(struct conf *c, char *value);	/* 0; -EINVAL, said; -ENOMEM */
};

/* conf_key.c: ended by a row without a name. */
extern const struct conf_key conf_keys[];
const struct conf_key *conf_key_find(enum conf_section section, const char *name);
/* Errors: a key that is none, with the one that was meant; a line without '='. Neither shows a value. */
int conf_key_unknown(struct conf *c, const char *name);
int conf_key_missing(struct conf *c, const char *line);
const char *conf_section_name(enum conf_section section);
enum conf_section conf_section_find(const char *name);
const char *conf_section_near(const char *name);

/*
 * conf_lex.c: text of len bytes, with room for one more, is changed. file: as c->file. 0, -ENOMEM;
 * everything else is in the findings.
 */
int conf_parse(struct conf *c, const char *file, char *text, size_t len);
/* When the last file was parsed: what only the whole can tell. 0, -ENOMEM. */
int conf_finish(struct conf *c);
/* An error at this line: "[SECTION] KEY: " and the text, "\n" and the hint. Returns -EINVAL. */
int conf_error(struct conf *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void conf_warn(struct conf *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* conf_name.c: a comment's text, without its '#'. */
void conf_comment(struct conf *c, const char *text);
/* The line after comments is blank, a key or the end of the file; or it is a section's header. */
void conf_comments_inside(struct conf *c);
void conf_comments_above(struct conf *c);
/* A comment at the end of a header's or PublicKey's line. */
void conf_comment_beside(struct conf *c, const char *text, enum conf_rank rank);
int conf_name_set(struct conf *c, const char *name, enum conf_rank rank);

/* conf_interface.c, conf_peer.c, conf_vni.c: a section begins; a section ends. */
void conf_interface_begin(struct conf *c);
int conf_peer_begin(struct conf *c);
void conf_peer_end(struct conf *c);
int conf_peers_finish(struct conf *c);
int conf_vni_begin(struct conf *c);
int conf_vni_end(struct conf *c);
/* conf_range.c: the section for each VNI of its range, with names of their own. */
int conf_vni_expand(struct conf *c);
struct model_peer *conf_peer(struct conf *c);
struct model_vni *conf_vni(struct conf *c);
int conf_set_private_key(struct conf *c, char *value);
int conf_set_private_key_file(struct conf *c, char *value);
int conf_set_listen_port(struct conf *c, char *value);
int conf_set_fwmark(struct conf *c, char *value);
int conf_set_address(struct conf *c, char *value);
int conf_set_dns(struct conf *c, char *value);
int conf_set_mtu(struct conf *c, char *value);
int conf_set_table(struct conf *c, char *value);
int conf_set_hook(struct conf *c, char *value);
int conf_set_save(struct conf *c, char *value);
int conf_set_underlay_vrf(struct conf *c, char *value);
int conf_set_local_vtep(struct conf *c, char *value);
int conf_set_vxlan_port(struct conf *c, char *value);
int conf_set_ageing(struct conf *c, char *value);
int conf_set_max_macs(struct conf *c, char *value);
int conf_set_hold_down(struct conf *c, char *value);
int conf_set_peer_timeout(struct conf *c, char *value);
int conf_set_accel(struct conf *c, char *value);
int conf_peer_public_key(struct conf *c, char *value);
int conf_peer_preshared_key(struct conf *c, char *value);
int conf_peer_allowed_ips(struct conf *c, char *value);
int conf_peer_endpoint(struct conf *c, char *value);
int conf_peer_keepalive(struct conf *c, char *value);
int conf_peer_name(struct conf *c, char *value);
int conf_peer_vtep(struct conf *c, char *value);
int conf_peer_vnis(struct conf *c, char *value);
int conf_peer_max_macs(struct conf *c, char *value);
int conf_vni_vni(struct conf *c, char *value);
int conf_vni_device(struct conf *c, char *value);
int conf_vni_bridge(struct conf *c, char *value);
int conf_vni_vlan(struct conf *c, char *value);
int conf_vni_address(struct conf *c, char *value);
int conf_vni_ports(struct conf *c, char *value);
int conf_vni_ageing(struct conf *c, char *value);
int conf_vni_max_macs(struct conf *c, char *value);
int conf_vni_port_macs(struct conf *c, char *value);
int conf_vni_relay(struct conf *c, char *value);
int conf_vni_learning(struct conf *c, char *value);
int conf_vni_suppress(struct conf *c, char *value);
int conf_vni_flood(struct conf *c, char *value);
int conf_vni_oversize(struct conf *c, char *value);
/* Shared by the sections: each says what is wrong. */
int conf_number(struct conf *c, const char *text, uint32_t min, uint32_t max, uint32_t *out);
/* A device name that may have %v in it, for the VNI. */
int conf_device(struct conf *c, const char *text, char out[IFNAMSIZ]);
int conf_no_device(struct conf *c, const char *text);	/* an error: it is no device name */
int conf_vtep(struct conf *c, const char *text, struct vtep_addr *out);
int conf_prefix(struct conf *c, const char *text, struct model_prefix *out);

/* conf_file.c: one file, read and judged. */
struct conf_text {
	char *data;			/* of len bytes and a NUL; wiped by conf_text_free() */
	size_t len;
	bool pipe;			/* standard input: its owner and mode tell nothing */
	bool trusted;			/* it and the way to it are root's, and no one else writes there */
	bool world_readable;		/* or by a group other than root's */
	char why[128];			/* not trusted because … */
};
/* path "-": standard input. 0 or -errno, said as an error of the file `name`. */
int conf_text_read(const char *path, struct findings *f, struct conf_text *out);
void conf_text_free(struct conf_text *text);
/* The key in a file, as `wg set … private-key FILE` reads it. 0 or -errno, said. */
int conf_key_file(struct conf *c);

/* conf_dropin.c: paths of the .conf files in dir, sorted; none if there is no such directory. 0 or -errno. */
int conf_dropins(const char *dir, char ***paths, size_t *n);

/* conf_table.c: a routing table's number from iproute2's files. 0 or -ENOENT. */
int conf_table_number(const char *name, uint32_t *out);
#endif

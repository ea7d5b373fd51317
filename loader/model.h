/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator wants: the one model that command line and file are parsed into. Owned by
 * main(); what it points to is freed by model_free().
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>
#include <vtep/abi.h>
#include "exit.h"

#define MODEL_MAX_VNIS		(VTEP_MAX_VNIS - 1)
#define MODEL_MAX_REMOTES	1024
#define MODEL_KEY_LEN		32

enum accel { ACCEL_AUTO, ACCEL_TCX, ACCEL_TC, ACCEL_OFF };

/* Where something was written, for messages. */
struct model_where {
	const char *file;		/* owned by the model's reader for as long as the model; NULL: command line */
	unsigned int line;
};

/* An address with its prefix length: 0…32 for IPv4 (mapped), 0…128 for IPv6. Host bits as written. */
struct model_prefix {
	struct vtep_addr addr;
	uint8_t len;
};

/* VNIs first to last. */
struct model_range {
	uint32_t first, last;
};

/* [Peer] */
struct model_peer {
	uint8_t public_key[MODEL_KEY_LEN];
	uint8_t preshared_key[MODEL_KEY_LEN];	/* zero: none */
	bool preshared_hidden;		/* "(hidden)" stands in its place: read by `vtepctl conf` alone */
	char *endpoint;			/* "HOST:PORT" as written, NULL: none */
	uint16_t keepalive;		/* seconds, 0: off */
	struct model_prefix *allowed;
	size_t n_allowed;
	char *name;			/* Name =, or the comment beside [Peer]; NULL: none */
	struct vtep_addr *vteps;	/* VTEP =; none: the peer's only host address in AllowedIPs */
	size_t n_vteps;
	struct model_range *vnis;	/* VNIs =, none overlap; meant only if vnis_given, else it is in all */
	uint32_t max_macs;		/* learned behind each of its VTEPs in each VNI at most, 0: no limit */
	size_t n_vnis;
	bool vnis_given;
	struct model_where where;	/* of its [Peer] line */
	struct model_where where_allowed;	/* of its last AllowedIPs line */
};

enum model_table { MODEL_TABLE_AUTO, MODEL_TABLE_OFF, MODEL_TABLE_NUMBER };
enum model_hook { MODEL_PRE_UP, MODEL_POST_UP, MODEL_PRE_DOWN, MODEL_POST_DOWN, MODEL_HOOKS };

/* [Interface] and the peers: what WireGuard is to be. Meant only if `given`. */
struct model_wg {
	bool given;			/* a file was read: the device is vtepd's to configure */
	uint8_t private_key[MODEL_KEY_LEN];	/* wiped when it is in the kernel */
	bool has_private_key;		/* else the device keeps its own */
	bool private_hidden;		/* as preshared_hidden */
	char *private_key_file;		/* PrivateKeyFile =, where private_key was read from; NULL: none */
	bool has_listen_port;
	uint16_t listen_port;		/* host order */
	uint32_t fwmark;		/* 0: off */
	struct model_prefix *addresses;
	size_t n_addresses;
	char **dns;
	size_t n_dns;
	uint32_t mtu;			/* bytes, 0: by the route to the endpoints, as wg-quick does */
	enum model_table table_mode;
	uint32_t table;
	char underlay_vrf[IFNAMSIZ];	/* UnderlayVRF =, "": none */
	char **hooks[MODEL_HOOKS];	/* commands in order, %i put in */
	size_t n_hooks[MODEL_HOOKS];
	bool save;			/* SaveConfig: read, and told that vtepd never writes the file */
	struct model_where where;	/* of the first [Interface] line */
	struct model_peer *peers;
	size_t n_peers;
};

/* [VNI], or --vni and the options after it */
struct model_vni {
	uint32_t vni;
	char bridge[IFNAMSIZ];		/* "": br-vxVNI */
	char adopt[IFNAMSIZ];		/* "": a vxlan device of this VNI and port if one stands, else vxVNI is made */
	char device[IFNAMSIZ];		/* Device =: name of the vxlan device that is made; "": vxVNI */
	struct model_prefix *addresses;	/* of the bridge */
	size_t n_addresses;
	char (*ports)[IFNAMSIZ];	/* put into the bridge when they are there */
	size_t n_ports;
	uint16_t vlan;			/* VLAN =: of a VLAN-aware bridge; 0: none */
	bool ageing_given;
	uint32_t ageing;		/* seconds, 0: never */
	uint32_t max_macs;		/* learned MACs at most, 0: no limit of its own */
	uint32_t port_macs;		/* PortMaxMACs =, learned at each port at most, 0: no limit */
	bool suppress;			/* Suppress = yes: ARP and ND are answered for hosts behind the tunnel */
	bool relay;			/* Relay = yes: a hub for its other VTEPs */
	bool no_learning;		/* Learning = no: the kernel's FDB is the only source */
	bool oversize_drop;		/* Oversize = drop: what is larger than the overlay's MTU is not fragmented */
	struct vtep_addr *flood;	/* Flood =; meant only if flood_given, else every member */
	size_t n_flood;
	bool flood_given;
	struct model_where where;	/* of its [VNI] line; no file: of the command line alone */
	struct model_where where_addresses;	/* of its last Address line */
};

/* HoldDown =: so many moves of a MAC in so many seconds are too many. */
struct model_hold {
	uint32_t moves;			/* 0: never */
	uint32_t window, time;		/* seconds: counted in, held down for */
};

struct model {
	char ifname[IFNAMSIZ];		/* WireGuard device, or with `insecure` an Ethernet one */
	bool insecure;			/* Ethernet will do: nothing is encrypted */
	char *config;			/* path of the file that was read, NULL: none */
	char **files;			/* names of it and of its drop-ins, for struct model_where */
	size_t n_files;
	struct model_wg wg;
	struct vtep_addr local;		/* zero: the device's own address */
	struct vtep_addr remotes[MODEL_MAX_REMOTES];
	int n_remotes;
	uint16_t udp_port;		/* host order */
	uint32_t ageing;		/* seconds, 0: never */
	uint32_t fdb_max;
	struct model_hold hold;
	uint32_t peer_timeout;		/* seconds until a silent peer is dead, 0: never; meant only if given */
	bool peer_timeout_given;	/* else by its keepalive */
	enum accel accel;
	bool check;			/* look, say, change nothing */
	bool keep;			/* SIGTERM leaves everything as it is, for a successor */
	bool down;			/* take over what a predecessor left, and remove it */
	bool verbose;
	struct model_vni *vnis;
	int n_vnis;
};

/* What holds where nothing is said. */
void model_init(struct model *m);
/* Does a [VNI] say the same, wherever it stands? */
bool model_vni_same(const struct model_vni *a, const struct model_vni *b);
/* Names that its devices are made with. */
void model_vni_device(const struct model_vni *v, char out[IFNAMSIZ]);
void model_vni_bridge(const struct model_vni *v, char out[IFNAMSIZ]);
/* One more, all zero, at the end of m->vnis, which may move. NULL: no memory. */
struct model_vni *model_add_vni(struct model *m);
/* Frees what it points to, keys wiped. The struct is as after model_init(). */
void model_free(struct model *m);

/*
 * Parses argv and reads the file that it means, the command line on top. To reload: again, with
 * the same argv, into another model. -1: go on, and model_free() is the caller's; else the exit code
 * (help printed, or the error and its hint said).
 */
int options_parse(int argc, char **argv, struct model *m);
#endif

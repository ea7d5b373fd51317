/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator wants: the one model that command line and (later) file are parsed into. Owned
 * by main().
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>
#include <vtep/abi.h>

#define MODEL_MAX_VNIS		256
#define MODEL_MAX_REMOTES	1024

enum accel { ACCEL_AUTO, ACCEL_TCX, ACCEL_TC, ACCEL_OFF };

struct model_vni {
	uint32_t vni;
	char bridge[IFNAMSIZ];		/* "": br-vxVNI */
	char adopt[IFNAMSIZ];		/* "": a vxlan device of this VNI and port if one stands, else vxVNI is made */
};

struct model {
	char ifname[IFNAMSIZ];		/* WireGuard device */
	struct vtep_addr local;		/* zero: the device's own address */
	struct vtep_addr remotes[MODEL_MAX_REMOTES];
	int n_remotes;
	uint16_t udp_port;		/* host order */
	uint32_t ageing;		/* seconds, 0: never */
	uint32_t fdb_max;
	enum accel accel;
	bool check;			/* look, say, change nothing */
	bool verbose;
	struct model_vni vnis[MODEL_MAX_VNIS];
	int n_vnis;
};

/* Exit codes, design section 8. */
enum { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_REFUSED = 2, EXIT_NOT_FOUND = 3 };

/* Parses argv. -1: go on; else the exit code (help printed, or the error and its hint said). */
int options_parse(int argc, char **argv, struct model *m);
#endif

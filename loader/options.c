// SPDX-License-Identifier: GPL-2.0-only
/* The command line: `vtepd --iface wg0 --vni 1 …`. Options after a --vni belong to it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "log.h"
#include "model.h"

#ifndef VTEP_VERSION
#define VTEP_VERSION "0.1"
#endif

static const char usage_text[] =
	"vtepd --iface wg0 --vni 1\n"
	"vtepd --iface wg0 --vni 1 --bridge br0 --remote 172.16.0.2\n"
	"vtepd --iface wg0 --vni 1 --bridge br0 --vni 2 --bridge br1\n"
	"\n"
	"Stretches Ethernet segments (VXLAN) across hosts inside kernel WireGuard.\n"
	"\n"
	"  -i, --iface DEV      WireGuard device, configured (wg, wg-quick) and up\n"
	"  -v, --vni N          segment, 0..16777215; repeat for several\n"
	"  -b, --bridge DEV     bridge of the --vni before it (default br-vxN; made if missing)\n"
	"  -a, --adopt DEV      vxlan device of the --vni before it that stands already\n"
	"  -l, --local IP       this node's VTEP address (default: the address of the WireGuard device)\n"
	"  -r, --remote IP      a peer's VTEP address; repeat (default: each peer's only /32 in AllowedIPs)\n"
	"  -p, --port N         VXLAN's UDP port (default 4789)\n"
	"  -t, --ageing SEC     forget a silent MAC after this long (default 300, 0 never)\n"
	"  -m, --fdb-max N      MACs at most (default 65536), a sixteenth of them for configured ones\n"
	"  -A, --accel MODE     auto, tcx, tc, or off (the kernel's vxlan forwards)\n"
	"  -c, --check          check the set-up, say what would be done, change nothing\n"
	"  -d, --verbose        say more\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n";

static const struct option options[] = {
	{ "iface", required_argument, NULL, 'i' },   { "vni", required_argument, NULL, 'v' },
	{ "bridge", required_argument, NULL, 'b' },  { "adopt", required_argument, NULL, 'a' },
	{ "local", required_argument, NULL, 'l' },   { "remote", required_argument, NULL, 'r' },
	{ "port", required_argument, NULL, 'p' },    { "ageing", required_argument, NULL, 't' },
	{ "fdb-max", required_argument, NULL, 'm' }, { "accel", required_argument, NULL, 'A' },
	{ "check", no_argument, NULL, 'c' },	     { "verbose", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },	     { "version", no_argument, NULL, 'V' },
	{}
};

static int bad(const char *option, const char *value, const char *why)
{
	log_err("--%s %s: %s", option, value, why);
	return -EINVAL;
}

static int number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char why[64], *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < min || value > max) {
		snprintf(why, sizeof(why), "not a number from %u to %u", min, max);
		return bad(option, text, why);
	}
	*out = value;
	return 0;
}

static int device(const char *option, const char *name, char out[IFNAMSIZ])
{
	if (!*name || strlen(name) >= IFNAMSIZ || strpbrk(name, "/: \t\n") || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return bad(option, name, "not a device name");
	strcpy(out, name);
	return 0;
}

static int address(const char *option, const char *text, struct vtep_addr *out)
{
	struct vtep_addr addr;

	if (addr_parse(text, &addr) || !addr_is_unicast(&addr))
		return bad(option, text, "not a unicast IP address");
	if (!addr_is4(&addr))
		return bad(option, text, "IPv6 VTEPs are not supported yet");
	*out = addr;
	return 0;
}

static int add_vni(struct model *m, const char *text)
{
	struct model_vni *v = &m->vnis[m->n_vnis];
	uint32_t vni;
	int i;

	if (m->n_vnis == MODEL_MAX_VNIS)
		return bad("vni", text, "too many segments in one process");
	if (number("vni", text, 0, VTEP_VNI_MAX, &vni))
		return -EINVAL;
	for (i = 0; i < m->n_vnis; i++)
		if (m->vnis[i].vni == vni)
			return bad("vni", text, "given twice");
	*v = (struct model_vni){ .vni = vni };
	m->n_vnis++;
	return 0;
}

static int add_remote(struct model *m, const char *text)
{
	int i;

	if (m->n_remotes == MODEL_MAX_REMOTES)
		return bad("remote", text, "too many");
	if (address("remote", text, &m->remotes[m->n_remotes]))
		return -EINVAL;
	for (i = 0; i < m->n_remotes; i++)
		if (addr_equal(&m->remotes[i], &m->remotes[m->n_remotes]))
			return bad("remote", text, "given twice");
	m->n_remotes++;
	return 0;
}

static int accel(struct model *m, const char *text)
{
	static const char *const names[] = { "auto", "tcx", "tc", "off" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i])) {
			m->accel = i;
			return 0;
		}
	return bad("accel", text, "not one of auto, tcx, tc, off");
}

/* An option that belongs to the --vni before it. */
static int of_vni(struct model *m, const char *option, const char *name)
{
	struct model_vni *v = m->n_vnis ? &m->vnis[m->n_vnis - 1] : NULL;

	if (!v)
		return bad(option, name, "comes after the --vni that it belongs to");
	return device(option, name, *option == 'b' ? v->bridge : v->adopt);
}

static int option_take(struct model *m, int c)
{
	uint32_t n;

	switch (c) {
	case 'i':
		return device("iface", optarg, m->ifname);
	case 'v':
		return add_vni(m, optarg);
	case 'b':
		return of_vni(m, "bridge", optarg);
	case 'a':
		return of_vni(m, "adopt", optarg);
	case 'l':
		return address("local", optarg, &m->local);
	case 'r':
		return add_remote(m, optarg);
	case 'p':
		if (number("port", optarg, 1, 65535, &n))
			return -EINVAL;
		m->udp_port = n;
		return 0;
	case 't':
		return number("ageing", optarg, 0, 1000000, &m->ageing);
	case 'm':
		return number("fdb-max", optarg, 80, 16U << 20, &m->fdb_max);
	case 'A':
		return accel(m, optarg);
	case 'c':
		m->check = true;
		return 0;
	case 'd':
		m->verbose = true;
		return 0;
	default:
		return -EINVAL;
	}
}

int options_parse(int argc, char **argv, struct model *m)
{
	int c;

	*m = (struct model){ .udp_port = VTEP_PORT, .ageing = 300, .fdb_max = VTEP_FDB_MAX };
	while ((c = getopt_long(argc, argv, "i:v:b:a:l:r:p:t:m:A:cdhV", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return EXIT_DONE;
		}
		if (c == 'V') {
			puts("vtepd " VTEP_VERSION);
			return EXIT_DONE;
		}
		if (option_take(m, c))
			goto usage;
	}
	if (optind < argc) {
		log_err("%s: not an option", argv[optind]);
		goto usage;
	}
	if (!*m->ifname || !m->n_vnis) {
		log_err("%s is missing", *m->ifname ? "--vni" : "--iface");
		goto usage;
	}
	return -1;
usage:
	log_hint("vtepd --iface wg0 --vni 1        (vtepd --help for all options)");
	return EXIT_USAGE;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: `vtepd --iface wg0 --vni 1 …`. Options after a --vni belong to it. First comes
 * the file that it means, then the options, which win.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <net/if.h>

#include "addr.h"
#include "conf.h"
#include "finding.h"
#include "lint.h"
#include "log.h"
#include "model.h"
#include "options_file.h"
#include "options_value.h"
#include "options_vni.h"
#include "value.h"

#ifndef VTEP_VERSION
#define VTEP_VERSION "0.1"
#endif

static const char usage_text[] =
	"vtepd --iface wg0                             as /etc/vtepd/wg0.conf says\n"
	"vtepd --iface wg0 --vni 1 --bridge br0        as /etc/wireguard/wg0.conf says, one segment on it\n"
	"vtepd --iface wg0 --vni 1 --remote 172.16.0.2 on a wg0 that stands already\n"
	"vtepd --iface eth0 --insecure --vni 1 --remote 10.0.0.2    on a network that is protected already\n"
	"\n"
	"Stretches Ethernet segments (VXLAN) across hosts inside kernel WireGuard.\n"
	"\n"
	"  -i, --iface DEV      WireGuard device (default: the file's name without .conf)\n"
	"  -f, --config FILE    what to read: vtepd.conf(5), or any wg-quick file; the options below win over it.\n"
	"                       Default: /etc/vtepd/DEV.conf; without it /etc/wireguard/DEV.conf, if there is no DEV\n"
	"  -v, --vni N[-M]      segment, 0..16777215, or as many as that; repeat for several\n"
	"  -b, --bridge DEV     bridge of the --vni before it (default br-vxN; made if missing); %v in it is the VNI\n"
	"  -n, --vlan N         VLAN of the --vni before it in a VLAN-aware bridge, which others may be in too\n"
	"  -a, --adopt DEV      vxlan device of the --vni before it that stands already\n"
	"  -o, --oversize WHAT  of the --vni before it: larger frames that nobody forbids to fragment, fragment or drop\n"
	"      --suppress       of the --vni before it: ARP and ND are answered for hosts behind the tunnel\n"
	"      --relay          of the --vni before it: a hub, from one VTEP to another\n"
	"      --max-macs N     MACs learned in the --vni before it at most\n"
	"      --port-macs N    the same of each port of its bridge\n"
	"  -l, --local IP       this node's VTEP address (default: the address of the WireGuard device)\n"
	"  -r, --remote IP      a peer's VTEP address; repeat (default: each peer's only /32 in AllowedIPs)\n"
	"  -p, --port N         VXLAN's UDP port (default 4789)\n"
	"  -t, --ageing SEC     forget a silent MAC after this long (default 300, 0 never)\n"
	"  -m, --fdb-max N      MACs at most (default 65536), a sixteenth of them for configured ones\n"
	"      --hold-down N,SEC,SEC   a MAC that moves N times within SEC stays where it was for SEC (default 5,180,180; off)\n"
	"      --peer-timeout SEC   a peer silent for so long is dead (default 3 keepalives, or 180; off)\n"
	"  -A, --accel MODE     auto, tcx, tc, or off (the kernel's vxlan forwards)\n"
	"      --insecure       --iface may be an Ethernet device of a network that is protected already: frames leave\n"
	"                       unencrypted and VTEPs come from --remote alone\n"
	"  -k, --keep           when told to end, leave everything forwarding, as for a successor\n"
	"  -D, --down           remove what a vtepd left so, and end\n"
	"  -c, --check          check the set-up, say what would be done, change nothing\n"
	"  -d, --verbose        say more\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n";

/* Long only, so that nobody types it by mistake. */
#define OPTION_INSECURE		256
#define OPTION_MAX_MACS		257
#define OPTION_PORT_MACS	258
#define OPTION_HOLD_DOWN	259
#define OPTION_SUPPRESS		260
#define OPTION_RELAY		261
#define OPTION_PEER_TIMEOUT	262

static const struct option options[] = {
	{ "config", required_argument, NULL, 'f' },
	{ "iface", required_argument, NULL, 'i' },   { "vni", required_argument, NULL, 'v' },
	{ "bridge", required_argument, NULL, 'b' },  { "adopt", required_argument, NULL, 'a' },
	{ "oversize", required_argument, NULL, 'o' }, { "vlan", required_argument, NULL, 'n' },
	{ "local", required_argument, NULL, 'l' },   { "remote", required_argument, NULL, 'r' },
	{ "port", required_argument, NULL, 'p' },    { "ageing", required_argument, NULL, 't' },
	{ "fdb-max", required_argument, NULL, 'm' }, { "accel", required_argument, NULL, 'A' },
	{ "keep", no_argument, NULL, 'k' },	     { "down", no_argument, NULL, 'D' },
	{ "check", no_argument, NULL, 'c' },	     { "verbose", no_argument, NULL, 'd' },
	{ "relay", no_argument, NULL, OPTION_RELAY },
	{ "max-macs", required_argument, NULL, OPTION_MAX_MACS },
	{ "port-macs", required_argument, NULL, OPTION_PORT_MACS },
	{ "hold-down", required_argument, NULL, OPTION_HOLD_DOWN },
	{ "peer-timeout", required_argument, NULL, OPTION_PEER_TIMEOUT },
	{ "insecure", no_argument, NULL, OPTION_INSECURE },
	{ "suppress", no_argument, NULL, OPTION_SUPPRESS },
	{ "help", no_argument, NULL, 'h' },	     { "version", no_argument, NULL, 'V' },
	{}
};

static int add_remote(struct model *m, const char *text)
{
	int i;

	if (m->n_remotes == MODEL_MAX_REMOTES)
		return option_bad("remote", text, "too many");
	if (option_address("remote", text, &m->remotes[m->n_remotes]))
		return -EINVAL;
	for (i = 0; i < m->n_remotes; i++)
		if (addr_equal(&m->remotes[i], &m->remotes[m->n_remotes]))
			return option_bad("remote", text, "given twice");
	m->n_remotes++;
	return 0;
}

static int accel(struct model *m, const char *text)
{
	return value_accel(text, &m->accel) ? option_bad("accel", text, "not one of auto, tcx, tc, off") : 0;
}

static int hold_down(struct model *m, const char *text)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	return value_hold(copy, &m->hold) ? option_bad("hold-down", text, "not MOVES,SECONDS,SECONDS or off") : 0;
}

static int peer_timeout(struct model *m, const char *text)
{
	m->peer_timeout_given = true;
	return value_timeout(text, &m->peer_timeout) ? option_bad("peer-timeout", text, "not a number from 20 to 86400 or off") : 0;
}

/* Options that take nothing. */
static int flag(struct model *m, int c)
{
	if (c == OPTION_INSECURE)
		m->insecure = true;
	else if (c == 'k')
		m->keep = true;
	else if (c == 'D')
		m->down = true;
	else if (c == 'c')
		m->check = true;
	else if (c == 'd')
		m->verbose = true;
	else
		return -EINVAL;
	return 0;
}

static int option_take(struct model *m, int c, struct taken *taken)
{
	uint32_t n;

	switch (c) {
	case 'i':
	case 'f':
		return 0;		/* taken by find_file() */
	case 'v':
		return options_vni(m, optarg, taken);
	case 'b':
		return options_vni_device(m, taken, "bridge", optarg);
	case 'n':
		return options_vni_vlan(m, taken, optarg);
	case 'a':
		return options_vni_device(m, taken, "adopt", optarg);
	case 'o':
		return options_vni_oversize(m, taken, optarg);
	case 'l':
		return option_address("local", optarg, &m->local);
	case 'r':
		return add_remote(m, optarg);
	case 'p':
		if (option_number("port", optarg, 1, 65535, &n))
			return -EINVAL;
		m->udp_port = n;
		return 0;
	case 't':
		return option_number("ageing", optarg, 0, 1000000, &m->ageing);
	case 'm':
		return option_number("fdb-max", optarg, 80, 16U << 20, &m->fdb_max);
	case 'A':
		return accel(m, optarg);
	case OPTION_RELAY:
		return options_vni_flag(m, taken, "relay");
	case OPTION_MAX_MACS:
		return options_vni_limit(m, taken, "max-macs", optarg);
	case OPTION_PORT_MACS:
		return options_vni_limit(m, taken, "port-macs", optarg);
	case OPTION_HOLD_DOWN:
		return hold_down(m, optarg);
	case OPTION_PEER_TIMEOUT:
		return peer_timeout(m, optarg);
	case OPTION_SUPPRESS:
		return options_vni_flag(m, taken, "suppress");
	default:
		return flag(m, c);
	}
}

static int next(int argc, char **argv)
{
	return getopt_long(argc, argv, "i:f:v:b:n:a:o:l:r:p:t:m:A:kDcdhV", options, NULL);
}

/* --iface and --config; help and version. -1: go on; else an exit code. */
static int find_file(int argc, char **argv, struct model *m, char path[CONF_PATH])
{
	int c;

	*path = '\0';
	optind = 0;
	while ((c = next(argc, argv)) != -1) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return EXIT_DONE;
		}
		if (c == 'V') {
			puts("vtepd " VTEP_VERSION);
			return EXIT_DONE;
		}
		if (c == '?' || (c == 'i' && option_device("iface", optarg, m->ifname)))
			return EXIT_USAGE;
		if (c == 'D')
			m->down = true;
		if (c == 'f' && !strcmp(optarg, "-")) {
			option_bad("config", optarg, "must be a file, to be read again at SIGHUP");
			return EXIT_USAGE;
		}
		if (c == 'f' && (size_t)snprintf(path, CONF_PATH, "%s", optarg) >= CONF_PATH) {
			option_bad("config", optarg, "too long");
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		log_err("%s: not an option", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

static int check_complete(const struct model *m)
{
	if (!*m->ifname || (!m->n_vnis && !m->config && !m->down)) {
		log_err("%s is missing", *m->ifname ? "--vni" : "--iface");
		return -EINVAL;
	}
	if (!m->n_vnis && !m->down) {
		log_err("%s: no segment: it has no [VNI], and --vni is missing", m->config);
		return -EINVAL;
	}
	return 0;
}

/* What the file and the options say together: only contradictions stop. -1, or an exit code. */
static int judge(const struct model *m)
{
	struct findings f = { 0 };
	int code;

	lint(m, &f);
	findings_log(&f);
	code = f.count[FINDING_ERROR] ? EXIT_USAGE : -1;
	findings_free(&f);
	return code;
}

int options_parse(int argc, char **argv, struct model *m)
{
	struct taken taken = { 0 };
	char path[CONF_PATH];
	int c, code;

	model_init(m);
	code = find_file(argc, argv, m, path);
	if (code == EXIT_USAGE)
		goto usage;
	if (code >= 0)
		return code;
	if (options_file_read(m, path)) {
		if (!m->down)
			return EXIT_USAGE;	/* said, with its own hints */
		log_warning("%s: segments are removed without it; a WireGuard device that vtepd made stays", m->ifname);
	}
	optind = 0;
	while ((c = next(argc, argv)) != -1)
		if (option_take(m, c, &taken))
			goto usage;
	if (check_complete(m))
		goto usage;
	if (m->verbose)
		log_init(LOG_LEVEL_DEBUG);	/* before the lint's notes */
	code = m->down ? -1 : judge(m);
	if (code >= 0)
		model_free(m);
	return code;
usage:
	model_free(m);
	log_hint("vtepd --iface wg0 --vni 1        (vtepd --help for all options)");
	return EXIT_USAGE;
}

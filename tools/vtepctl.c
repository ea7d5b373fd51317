/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl: objects, verbs and options, each a row. What they do is in the file of the object. */
#include <stdio.h>

#include "command.h"
#include "run.h"
#include "verbs.h"

static const struct verb show[] = {
	{ "show", "[IFACE]", "interfaces, VNIs and peers", 0,
	  ARG_IFACE, show_run, NULL, true },
	{ 0 }
};

static const struct verb fdb[] = {
	{ "show", "[vni N] [local|remote|static|held] [dst IP] [peer NAME] [dev NAME]", "which MAC is where", 0,
	  ARG_VNI | ARG_SIDE | ARG_ADDR | ARG_PEER | ARG_DEV, fdb_show, fdb_columns, true },
	{ "get", "MAC [vni N]", "where one MAC is", ARG_MAC,
	  ARG_VNI, fdb_lookup, fdb_columns, true },
	{ "add", "MAC dst IP [vni N]", "pin a MAC to a VTEP", ARG_MAC | ARG_ADDR,
	  ARG_VNI, fdb_add, NULL, false },
	{ "replace", "MAC dst IP [vni N]", "the same, over what stands", ARG_MAC | ARG_ADDR,
	  ARG_VNI, fdb_replace, NULL, false },
	{ "del", "MAC [dst IP] [vni N]", "forget a MAC, static or learned", ARG_MAC,
	  ARG_ADDR | ARG_VNI, fdb_delete, NULL, false },
	{ "flush", "[MAC] [vni N] [local|remote|held] [dst IP] [peer NAME] [dev NAME]", "forget learned MACs", 0,
	  ARG_MAC | ARG_VNI | ARG_SIDE | ARG_ADDR | ARG_PEER | ARG_DEV, fdb_flush, NULL, false },
	{ 0 }
};

static const struct verb flood[] = {
	{ "show", "[vni N]", "who gets broadcasts and unknown MACs", 0,
	  ARG_VNI, flood_show, flood_columns, true },
	{ "add", "IP [vni N]", "flood to one more VTEP", ARG_ADDR,
	  ARG_VNI, flood_add, NULL, false },
	{ "del", "IP [vni N]", "flood to one fewer", ARG_ADDR,
	  ARG_VNI, flood_delete, NULL, false },
	{ 0 }
};

static const struct verb peer[] = {
	{ "show", "[NAME]", "the other nodes: alive, how much, what is behind them", 0,
	  ARG_NAME, peer_show, peer_columns, true },
	{ 0 }
};

static const struct verb vni[] = {
	{ "show", "[vni N]", "the segments: devices, MACs, learning, MTU", 0,
	  ARG_VNI, vni_show, vni_columns, true },
	{ "add", "vni N [bridge NAME]", "one more, in a file of its own beside the node's", ARG_VNI,
	  ARG_BRIDGE, vni_add, NULL, false },
	{ "del", "vni N", "one that was added so", ARG_VNI,
	  0, vni_delete, NULL, false },
	{ 0 }
};

static const struct verb monitor[] = {
	{ "all", "", "what changes, as it changes, until interrupted", 0,
	  0, monitor_all, NULL, false },
	{ "fdb", "", "MACs alone: new, moved, held, aged-out, deleted", 0,
	  0, monitor_fdb, NULL, false },
	{ "peer", "", "peers alone: up, down, new, gone, moved", 0,
	  0, monitor_peer, NULL, false },
	{ "vni", "", "segments alone: new, gone", 0,
	  0, monitor_vni, NULL, false },
	{ 0 }
};

static const struct verb mtu[] = {
	{ "show", "[vni N]", "who may send how much, from the underlay to the guests", 0,
	  ARG_VNI, mtu_show, mtu_columns, true },
	{ 0 }
};

static const struct verb path[] = {
	{ "show", "MAC|IP [vni N] [size N]", "what would become of a frame, hop by hop, without sending it", 0,
	  ARG_MAC | ARG_ADDR | ARG_VNI | ARG_SIZE, path_show, NULL, false },
	{ 0 }
};

static const struct verb stats[] = {
	{ "show", "[vni N]", "packets by hook and reason", 0,
	  ARG_VNI, stats_show, stats_columns, true },
	{ "drops", "[vni N]", "only what was dropped", 0,
	  ARG_VNI, stats_drops, stats_columns, true },
	{ 0 }
};

static const struct verb neigh[] = {
	{ "show", "[vni N]", "which IP address is whose, where ARP and ND are suppressed", 0,
	  ARG_VNI, neigh_show, neigh_columns, true },
	{ 0 }
};

static const struct verb conf[] = {
	{ "check", "[FILE|IFACE]", "errors and surprises of a configuration", 0,
	  ARG_FILE | ARG_ALONE, conf_check, NULL, false },
	{ "show", "[FILE|IFACE]", "what vtepd reads of it, without secrets", 0,
	  ARG_FILE | ARG_ALONE, conf_show, NULL, false },
	{ "diff", "[FILE|IFACE]", "what runs (-) against what it says (+)", 0,
	  ARG_FILE | ARG_ALONE, conf_diff, NULL, false },
	{ 0 }
};

static const struct verb key[] = {
	{ "gen", "[FILE]", "a new private key, to FILE or standard output", 0,
	  ARG_FILE | ARG_ALONE, key_gen, NULL, false },
	{ "pub", "[FILE]", "the public key of one in FILE or on standard input", 0,
	  ARG_FILE | ARG_ALONE, key_pub, NULL, false },
	{ "psk", "[FILE]", "a new preshared key, to FILE or standard output", 0,
	  ARG_FILE | ARG_ALONE, key_psk, NULL, false },
	{ 0 }
};

/* Earlier rows win where a prefix fits several. */
static const struct command commands[] = {
	{ "show", show },
	{ "fdb", fdb },
	{ "flood", flood },
	{ "peer", peer },
	{ "vni", vni },
	{ "stats", stats },
	{ "mtu", mtu },
	{ "path", path },
	{ "monitor", monitor },
	{ "neigh", neigh },
	{ "conf", conf },
	{ "key", key },
	{ 0 }
};

static const struct run_text text = {
	.examples =
		"  vtepctl fdb show                       which MAC is behind which VTEP and peer\n"
		"  vtepctl peer show                      which nodes are alive\n"
		"  vtepctl flood add 172.16.0.3 vni 1     send broadcasts to one more VTEP\n"
		"  vtepctl -j stats drops | jq            what was dropped and why, for scripts\n",
	.options =
		"  -j, --json         JSON; -p, --pretty: indented\n"
		"  -o, --oneline      TAB separated lines, no header, nothing shortened\n"
		"  -d, --details      more columns, and what is usually left out\n"
		"  -s, --statistics   more figures\n"
		"  -t, --timestamp    when it was, of events\n"
		"  -c, --color[=always|auto|never]\n"
		"  -n, --netns NAME   in this network namespace\n"
		"  -i, --iface NAME   instance of this WireGuard device\n"
		"  -V, --version      -h, --help\n",
};

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "statistics", no_argument, NULL, 's' },
	{ "details", no_argument, NULL, 'd' },
	{ "timestamp", no_argument, NULL, 't' },
	{ "color", optional_argument, NULL, 'c' },
	{ "netns", required_argument, NULL, 'n' },
	{ "iface", required_argument, NULL, 'i' },
	{ "oneline", no_argument, NULL, 'o' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

int main(int argc, char **argv)
{
	return run(commands, &text, options, argc, argv);
}

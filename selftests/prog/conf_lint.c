/* SPDX-License-Identifier: GPL-2.0-only */
/* What each line is right for itself and the whole is not: level, line and text of each finding. */
#include <time.h>

#include "conf_text.h"
#include "lint.h"
#include "tap.h"

#define HEAD	"[Interface]\nListenPort = 51820\nAddress = 172.16.0.1/16\n[VNI]\nVNI = 1\n"
#define PEER_1	"[Peer]\nPublicKey = " KEY_1 "\n"
#define PEER_2	"[Peer]\nPublicKey = " KEY_2 "\n"

/* In HEAD are lines 1 to 5; level -1: nothing is found. */
static const struct { const char *text; int level; unsigned int line; const char *says, *hint; } cases[] = {
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2/32\n" PEER_2 "AllowedIPs = 172.16.0.3\nEndpoint = h:1\n", -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2/32, 10.0.0.0/8, fd00::2/128, fd00::3/128\n", -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.0/16\n", FINDING_WARNING, 8,
	  "[Peer] AllowedIPs are not one host, and no VTEP: where its segments are is unknown", "VTEP = ADDRESS" },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, 172.16.0.3\n", FINDING_WARNING, 8, "AllowedIPs are not one host", "VTEP = ADDRESS" },
	{ HEAD PEER_1 "Endpoint = h:1\n", FINDING_WARNING, 6, "no AllowedIPs, and no VTEP", "VTEP = ADDRESS" },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.0/16\nVTEP = 172.16.0.2\n", -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.0/8\nVNIs = none\n", -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2\nVTEP = 192.168.92.1\n", FINDING_ERROR, 6,
	  "[Peer] VTEP: no AllowedIPs cover 192.168.92.1: WireGuard drops what is for it", "AllowedIPs = 192.168.92.1/32" },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.0/8\nVTEP = 10.0.0.2\n" PEER_2 "AllowedIPs = 10.0.0.0/24\nVTEP = 10.0.0.3\n", FINDING_ERROR, 6,
	  "[Peer] VTEP: WireGuard sends 10.0.0.2 to the [Peer] at wg0.conf:10", "AllowedIPs = 10.0.0.2/32" },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.2\nVTEP = 10.0.0.2\n" PEER_2 "AllowedIPs = 10.0.0.3\nVTEP = 10.0.0.3, 10.0.0.2\n", FINDING_ERROR, 10,
	  "[Peer] VTEP: 10.0.0.2 is that of the [Peer] at wg0.conf:6 too", "an address of its own for each node" },
	{ "[Interface]\nListenPort = 1\nLocalVTEP = 10.0.0.1\n[VNI]\nVNI = 1\n" PEER_1 "AllowedIPs = 10.0.0.0/8\nVTEP = 10.0.0.1\n", FINDING_ERROR, 6,
	  "[Peer] VTEP: 10.0.0.1 is this node's own (LocalVTEP)", "the other node's address" },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.0/16\nVTEP = 172.16.0.2, 172.16.0.1\n", FINDING_ERROR, 6,
	  "[Peer] VTEP: 172.16.0.1 is this node's own (Address)", "the other node's address" },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.1/32\n", FINDING_WARNING, 8,
	  "[Peer] AllowedIPs: 172.16.0.1 is this node's own (Address)", "the other node's address" },
	{ "[Interface]\nListenPort = 1\n[VNI]\nVNI = 1\n" PEER_1 "AllowedIPs = 10.0.0.2\n", FINDING_WARNING, 1,
	  "[Interface] no Address and no LocalVTEP", "LocalVTEP = ADDRESS" },
	{ "[Interface]\nListenPort = 4789\nAddress = 10.0.0.1/24\n[VNI]\nVNI = 1\n", FINDING_ERROR, 1,
	  "[Interface] ListenPort: udp/4789 is VXLAN's", "ListenPort = 51820" },
	{ "[Interface]\nListenPort = 1\nAddress = 10.0.0.1/24\n", FINDING_NOTE, 0, "no [VNI]: vtepd starts by it only with --vni", NULL },
	{ HEAD "Bridge = wg0\n", FINDING_ERROR, 4, "[VNI] Bridge: wg0 is the tunnel's own device", "a name of its own" },
	{ HEAD "Bridge = vx1\n", FINDING_ERROR, 4, "[VNI] Bridge: vx1 is the vxlan device of VNI 1 too", "a name of its own" },
	{ HEAD "[VNI]\nVNI = 2\nDevice = vx1\n", FINDING_ERROR, 6, "[VNI] Device: vx1 is the vxlan device of VNI 1 too", "a name of its own" },
	{ HEAD "Ports = eth1\n[VNI]\nVNI = 2\nPorts = eth2, eth1\n", FINDING_ERROR, 7, "[VNI] Ports: eth1 is a port of VNI 1 too",
	  "in one of them" },
	{ HEAD "Bridge = br0\nVLAN = 1\nPorts = eth1\n[VNI]\nVNI = 2\nBridge = br0\nVLAN = 2\nPorts = eth1\n", -1, 0, NULL, NULL },
	{ "[Interface]\nAddress = 10.0.0.1/24\nListenPort = 1\n[VNI]\nVNI = 1-4095\nBridge = br%v\nPorts = eth0.%v\n", -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.2\nVNIs = 1, 2\n", FINDING_WARNING, 6, "[Peer] VNIs: this node has no VNI 2", "VNI = 2" },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.2, 10.1.0.0/16\n" PEER_2 "AllowedIPs = 10.0.0.3, 10.1.0.0/16\n", FINDING_WARNING, 11,
	  "[Peer] AllowedIPs: 10.1.0.0/16 is given to the [Peer] at wg0.conf:6 too: the last one has it", "each prefix to one peer" },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.2, 0.0.0.0/0\n" PEER_2 "AllowedIPs = 10.0.0.3, 10.1.0.0/16\n", FINDING_NOTE, 8,
	  "[Peer] AllowedIPs: in 0.0.0.0/0 lie 2 prefixes of other peers (as at wg0.conf:9), which have them", NULL },
	{ HEAD PEER_1 "AllowedIPs = 10.0.0.2, 10.1.0.1/16\n", FINDING_WARNING, 8,
	  "[Peer] AllowedIPs: 10.1.0.1/16 has bits beyond its length", "10.1.0.1/32 for the host alone" },
	{ HEAD "Address = 172.16.30.1/24\n" PEER_1 "AllowedIPs = 172.16.0.2\n", FINDING_WARNING, 6,
	  "[VNI] Address: 172.16.30.1/24 and the tunnel's 172.16.0.1/16 share addresses", "a network of its own" },
	{ HEAD "Address = 10.19.3.62/26\n" PEER_1 "AllowedIPs = 172.16.0.2\nEndpoint = 10.19.3.5:51820\n", FINDING_WARNING, 6,
	  "[VNI] Address: in 10.19.3.62/26 lies the Endpoint 10.19.3.5 of the [Peer] at wg0.conf:7", "a network of its own" },
	{ HEAD "Address = fd00::1/64\n" PEER_1 "AllowedIPs = 172.16.0.2\nEndpoint = [fd00::5]:51820\n", FINDING_WARNING, 6,
	  "[VNI] Address: in fd00::1/64 lies the Endpoint fd00::5", "a network of its own" },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, 10.0.0.0/8\nEndpoint = 10.19.3.5:51820\n", FINDING_NOTE, 8,
	  "[Peer] AllowedIPs: in 10.0.0.0/8 lies the Endpoint 10.19.3.5 of the [Peer] at wg0.conf:6", NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, 10.19.3.77/24\nEndpoint = 10.19.2.255:1\n" PEER_2 "AllowedIPs = 172.16.0.3\nEndpoint = 10.19.3.255:1\n",
	  FINDING_NOTE, 8, "[Peer] AllowedIPs: in 10.19.3.77/24 lies the Endpoint 10.19.3.255 of the [Peer] at wg0.conf:10", NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, ::/1\nEndpoint = 10.19.3.5:1\n" PEER_2 "AllowedIPs = 172.16.0.3\nEndpoint = [2001:db8::1]:1\n",
	  FINDING_NOTE, 8, "[Peer] AllowedIPs: in ::/1 lies the Endpoint 2001:db8::1 of the [Peer] at wg0.conf:10", NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, 10.19.3.0/24, ::/1\nEndpoint = 10.19.2.255:1\n" PEER_2 "AllowedIPs = 172.16.0.3\nEndpoint = 10.19.4.0:1\n",
	  -1, 0, NULL, NULL },
	{ HEAD PEER_1 "AllowedIPs = 172.16.0.2, 0.0.0.0/0\nEndpoint = 10.19.3.5:51820\n", -1, 0, NULL, NULL },
	{ "[Interface]\nListenPort = 1\nTable = off\nLocalVTEP = 172.16.0.1\n[VNI]\nVNI = 1\n" PEER_1
	  "AllowedIPs = 172.16.0.2, 10.0.0.0/8\nEndpoint = 10.19.3.5:51820\n", -1, 0, NULL, NULL },
	{ HEAD "Flood = 10.0.0.9\n" PEER_1 "AllowedIPs = 10.0.0.2\n", FINDING_ERROR, 4,
	  "[VNI] Flood: no AllowedIPs cover 10.0.0.9", "AllowedIPs = 10.0.0.9/32" },
	{ "[Interface]\nAddress = 10.0.0.1/24\n[VNI]\nVNI = 1\n" PEER_1 "AllowedIPs = 10.0.0.2\nEndpoint = h:1\nPersistentKeepalive = 15\n", -1, 0, NULL, NULL },
	{ "[Interface]\nMTU = 1400\n[VNI]\nVNI = 1\n" PEER_1 "AllowedIPs = 10.0.0.2\nEndpoint = h:1\n", FINDING_WARNING, 5,
	  "[Peer] no PersistentKeepalive, and [Interface] has no ListenPort", "PersistentKeepalive = 25" },
	{ "[Interface]\nMTU = 1400\n[VNI]\nVNI = 1\n" PEER_1 "AllowedIPs = 10.0.0.2\n", FINDING_WARNING, 5,
	  "[Peer] no Endpoint, and [Interface] has no ListenPort: neither side can call the other", "ListenPort = 51820" },
	{ HEAD "[VNI]\nVNI = 2\n" "[Peer]\nPublicKey = " KEY_1 "\nVTEP = 10.0.0.2\nAllowedIPs = 10.0.0.0/24\nVNIs = 2\n", -1, 0, NULL, NULL },
	/* Others configure WireGuard: nothing is said of what they may allow. */
	{ "[VNI]\nVNI = 1\nFlood = 10.0.0.9\n" PEER_1 "VTEP = 10.0.0.2\n", -1, 0, NULL, NULL },
	{ "[VNI]\nVNI = 1\n" PEER_1 "VTEP = 10.0.0.2\n" PEER_2 "VTEP = 10.0.0.2\n", FINDING_ERROR, 6,
	  "[Peer] VTEP: 10.0.0.2 is that of the [Peer] at wg0.conf:3 too", "an address of its own" },
};

static struct model m;

static bool is_case(const struct finding *one, size_t i)
{
	return (int)one->level == cases[i].level && one->line == cases[i].line && strstr(one->text, cases[i].says) &&
	       !one->hint == !cases[i].hint && (!one->hint || strstr(one->hint, cases[i].hint));
}

static void test_cases(void)
{
	const struct finding *one;
	struct findings f;
	size_t i, k;
	bool good;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		conf_of_text(cases[i].text, &m, &f);
		if (f.n)
			tap_bail("case %zu does not parse: %s", i + 1, f.list[0].text);
		m.config = strdup("wg0.conf");
		lint(&m, &f);
		one = f.list;
		good = cases[i].level < 0 && !f.n;
		for (k = 0; cases[i].level >= 0 && k < f.n && !good; k++)
			good = is_case(&f.list[k], i);
		if (!tap_ok(good, "lint %zu: %s", i + 1, cases[i].says ? cases[i].says : "nothing") && f.n)
			tap_note("%zu findings, level %u, line %u: %s (%s)", f.n, one->level, one->line, one->text, one->hint);
		findings_free(&f);
		model_free(&m);
	}
}

/* The node's own key among the peers, as one file for all nodes has it. */
static void test_own_key(void)
{
	static const char text[] = HEAD "[Interface]\nPrivateKey = YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n"
		"[Peer]\nPublicKey = Y2FD6uTgrq+/bbBAXCNOtE+PGk8Papoh7qaWBpQUXn0=\nAllowedIPs = 10.0.0.0/24\n";
	struct findings f;

	conf_of_text(text, &m, &f);
	m.config = strdup("wg0.conf");
	lint(&m, &f);
	tap_ok(f.n == 1 && f.list[0].level == FINDING_NOTE && strstr(f.list[0].text, "this node itself"),
	       "a peer that is this node is a note");
	findings_free(&f);
	model_free(&m);
}

/* 1,000 peers with 10 prefixes and a VTEP each take no time worth speaking of. */
static void test_many(void)
{
	struct timespec from, to;
	struct findings f;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	int i, k;
	double ms;

	fputs(HEAD, file);
	for (i = 0; i < 1000; i++) {
		fprintf(file, "[Peer]\nPublicKey = %042dA=\nVTEP = 10.%d.%d.1\nEndpoint = 192.0.%d.%d:1\nAllowedIPs = 10.%d.%d.1", i + 1,
			i / 250, i % 250, i / 250, i % 250, i / 250, i % 250);
		for (k = 0; k < 9; k++)
			fprintf(file, ", %d.%d.%d.0/24", 20 + k, i / 250, i % 250);
		fputc('\n', file);
	}
	fclose(file);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	conf_of_text(text, &m, &f);
	m.config = strdup("wg0.conf");
	lint(&m, &f);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ms = (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6;
	tap_ok(!f.n && m.wg.n_peers == 1000, "1,000 peers are read and looked at");
	tap_note("%.1f ms", ms);
	tap_ok(ms < 500, "in less than half a second");
	findings_free(&f);
	model_free(&m);
	free(text);
}

int main(void)
{
	test_cases();
	test_own_key();
	test_many();
	return tap_end();
}

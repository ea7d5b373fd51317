/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line over a file: what wins, what is added, what a reload reads. */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "addr.h"
#include "exit.h"
#include "model.h"
#include "tap.h"

#define ARGS	16

static char dir[] = "/tmp/vtep-options.XXXXXX";
static char path[64];
static struct model m;

static void put(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd))
		tap_bail("%s: %m", path);
}

/* line: words parted by blanks, after "vtepd --config PATH" if with_file. */
static int parse(bool with_file, const char *line)
{
	char copy[256], *argv[ARGS + 1] = { "vtepd" }, *rest = copy, *word;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	if (with_file) {
		argv[argc++] = "--config";
		argv[argc++] = path;
	}
	while ((word = strsep(&rest, " ")) && argc < ARGS)
		if (*word)
			argv[argc++] = word;
	return options_parse(argc, argv, &m);
}

/* Each in a process of its own: a process has one file. */
static void in_child(const char *what, bool (*test)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(test() ? 0 : 1);
	waitpid(pid, &status, 0);
	tap_ok(pid > 0 && !status, "%s", what);
}

static bool file_alone(void)
{
	return parse(true, "") == -1 && !strcmp(m.ifname, "wg0") && m.n_vnis == 2 && m.vnis[0].vni == 7 &&
	       !strcmp(m.vnis[0].bridge, "br7") && m.udp_port == 4790 && m.ageing == 60 && m.accel == ACCEL_TC &&
	       m.fdb_max == 4096 && !strcmp(m.config, path) && m.vnis[1].where.line;
}

static bool options_win(void)
{
	char local[ADDR_STRLEN];

	return parse(true, "--port 4789 --ageing 0 --accel off --fdb-max 8192 --local 10.0.0.9 --iface wg5") == -1 &&
	       !strcmp(m.ifname, "wg5") && m.udp_port == 4789 && m.ageing == 0 && m.accel == ACCEL_OFF &&
	       m.fdb_max == 8192 && !strcmp(addr_format(&m.local, local), "10.0.0.9") && m.n_vnis == 2;
}

static bool peer_timeout(void)
{
	bool good = parse(true, "") == -1 && m.peer_timeout_given && m.peer_timeout == 60;

	model_free(&m);
	good = good && !m.peer_timeout_given && parse(true, "--peer-timeout 20") == -1 && m.peer_timeout == 20;
	model_free(&m);
	return good && parse(true, "--peer-timeout off") == -1 && m.peer_timeout_given && !m.peer_timeout;
}

static bool peer_timeout_short(void) { return parse(true, "--peer-timeout 19") == EXIT_USAGE; }

static bool vni_over_file(void)
{
	return parse(true, "--vni 9 --bridge other --vni 11 --adopt vxx") == -1 && m.n_vnis == 3 &&
	       !strcmp(m.vnis[0].bridge, "br7") && !strcmp(m.vnis[1].bridge, "other") && m.vnis[1].max_macs == 100 &&
	       m.vnis[2].vni == 11 && !strcmp(m.vnis[2].adopt, "vxx") && !m.vnis[2].where.line;
}

static bool vni_range(void)
{
	return parse(true, "--vni 20-4000 --bridge br%v --vni 9 --bridge other") == -1 && m.n_vnis == 3983 &&
	       m.vnis[2].vni == 20 && !strcmp(m.vnis[2].bridge, "br20") && m.vnis[3982].vni == 4000 &&
	       !strcmp(m.vnis[3982].bridge, "br4000") && !strcmp(m.vnis[1].bridge, "other");
}

static bool vni_range_over(void) { return parse(true, "--vni 20-22 --vni 21") == EXIT_USAGE; }
static bool vni_range_large(void) { return parse(true, "--vni 1-4096") == EXIT_USAGE; }
static bool vni_range_largest(void) { return parse(false, "--iface none7 --vni 1-4095") == -1 && m.n_vnis == 4095; }
static bool vni_range_bridge(void) { return parse(true, "--vni 20-22 --bridge br0") == EXIT_USAGE; }
static bool vni_twice(void) { return parse(true, "--vni 9 --vni 9") == EXIT_USAGE; }
static bool order_is_free(void) { return parse(false, "--vni 9 --bridge b --iface none7") == -1 && m.n_vnis == 1; }
static bool bridge_first(void) { return parse(true, "--bridge b") == EXIT_USAGE; }
static bool no_vni(void) { return parse(false, "--iface none7") == EXIT_USAGE; }
static bool no_iface(void) { return parse(false, "--vni 1") == EXIT_USAGE; }
static bool standard_input(void) { return parse(false, "--config - --iface wg0 --vni 1") == EXIT_USAGE; }

static bool contradiction(void)
{
	put("[VNI]\nVNI = 7\n[Peer]\nPublicKey = BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\nVTEP = 10.0.0.2\n");
	return parse(true, "--local 10.0.0.2") == EXIT_USAGE && !m.n_vnis && !m.wg.n_peers;
}

static bool reload(void)
{
	bool good;

	put("[VNI]\nVNI = 7\n");
	good = parse(true, "--vni 11") == -1 && m.n_vnis == 2;
	model_free(&m);
	put("[VNI]\nVNI = 8\n[VNI]\nVNI = 9\n");
	good = good && parse(true, "--vni 11") == -1 && m.n_vnis == 3 && m.vnis[0].vni == 8;
	model_free(&m);
	unlink(path);
	return good && parse(true, "--vni 11") == EXIT_USAGE;
}

/* A network and an /etc of this process alone, both empty. */
static bool alone(void)
{
	return !unshare(CLONE_NEWNS | CLONE_NEWNET) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/etc", "tmpfs", 0, "mode=755") && !mkdir("/etc/vtepd", 0755) &&
	       !mkdir("/etc/wireguard", 0700);
}

static bool make_device(void)
{
	return !system("ip link add wg0 type veth peer name p0") && if_nametoindex("wg0");
}

/* wg-quick's file is read while there is no device, and again when the device that it made is. */
static bool wireguard_reload(void)
{
	if (!alone())
		return false;
	strcpy(path, "/etc/wireguard/wg0.conf");
	put("[Interface]\nMTU = 1400\n");
	if (parse(false, "--iface wg0 --vni 1") != -1 || m.wg.mtu != 1400 || !m.wg.given)
		return false;
	model_free(&m);
	put("[Interface]\nMTU = 1380\n");
	return make_device() && parse(false, "--iface wg0 --vni 1") == -1 && m.wg.mtu == 1380;
}

/* Of a device that stands already only the peers are named by it. */
static bool wireguard_of_others(void)
{
	if (!alone() || !make_device())
		return false;
	strcpy(path, "/etc/wireguard/wg0.conf");
	put("[Interface]\nMTU = 1400\n# node2\n[Peer]\nPublicKey = BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\n");
	return parse(false, "--iface wg0 --vni 1") == -1 && !m.wg.given && !m.wg.mtu && !m.config && m.wg.n_peers == 1 &&
	       !strcmp(m.wg.peers[0].name, "node2");
}

static bool vtepd_first(void)
{
	if (!alone() || !make_device())
		return false;
	strcpy(path, "/etc/wireguard/wg0.conf");
	put("[Interface]\nMTU = 1400\n");
	strcpy(path, "/etc/vtepd/wg0.conf");
	put("[Interface]\nMTU = 1380\n");
	return parse(false, "--iface wg0 --vni 1") == -1 && m.wg.given && m.wg.mtu == 1380 && !strcmp(m.config, path);
}

int main(void)
{
	if (geteuid())
		tap_skip_all("files of root: needs root");
	if (!mkdtemp(dir))
		tap_bail("%s: %m", dir);
	snprintf(path, sizeof(path), "%s/wg0.conf", dir);
	put("[Interface]\nVXLANPort = 4790\nAgeing = 60\nAccel = tc\nMaxMACs = 4096\nPeerTimeout = 60\n"
	    "[VNI]\nVNI = 7\nBridge = br7\n[VNI]\nVNI = 9\nBridge = br9\nMaxMACs = 100\n");
	in_child("a file alone", file_alone);
	in_child("options win over it", options_win);
	in_child("--peer-timeout wins, too", peer_timeout);
	in_child("one that no answer would come in", peer_timeout_short);
	in_child("--vni names one of its segments, or adds one", vni_over_file);
	in_child("--vni 20-4000, each with a bridge of its own", vni_range);
	in_child("as many as there can be", vni_range_largest);
	in_child("one more", vni_range_large);
	in_child("one of a range once more", vni_range_over);
	in_child("one bridge for several", vni_range_bridge);
	in_child("--vni twice", vni_twice);
	in_child("--iface may come last", order_is_free);
	in_child("--bridge before any --vni, though the file has some", bridge_first);
	in_child("neither file nor --vni", no_vni);
	in_child("neither file nor --iface", no_iface);
	in_child("standard input is no file", standard_input);
	in_child("what file and options say together is looked at", contradiction);
	in_child("a reload reads the file again, and fails without it", reload);
	in_child("/etc/wireguard is read where no device stands, and at a reload", wireguard_reload);
	in_child("where one stands, for names alone", wireguard_of_others);
	in_child("/etc/vtepd comes before it", vtepd_first);
	unlink(path);
	rmdir(dir);
	return tap_end();
}

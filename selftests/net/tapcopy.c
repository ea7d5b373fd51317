// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies frames between two taps in two network namespaces, virtio-net header and
 * all: what one kernel sends as a TSO frame with a partial checksum enters the other
 * the same way, as from a virtual machine.
 *
 * usage: tapcopy NETNS DEVICE NETNS DEVICE    (a namespace's name or its path)
 *
 * Makes both devices; they go with it. Prints "ready" once frames flow.
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Linux 6.2; the headers may be older than the kernel. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define NOBODY 65534
#define FRAME_MAX (128 * 1024)
#define BURST 64 /* frames from one side before the other's turn */

struct side {
	int fd;
	unsigned long frames, lost; /* written to this side */
};

static void netns_enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "namespace %s", path);
	close(fd);
}

static void tap_offload(int fd, const char *name)
{
	const unsigned int tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	int size = 12; /* struct virtio_net_hdr_mrg_rxbuf, as QEMU has it */

	if (ioctl(fd, TUNSETVNETHDRSZ, &size))
		err(2, "%s: virtio-net header", name);
	if (ioctl(fd, TUNSETOFFLOAD, tso | TUN_F_USO4 | TUN_F_USO6) &&
	    ioctl(fd, TUNSETOFFLOAD, tso))
		err(2, "%s: offloads", name);
}

static int tap_open(const char *netns, const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd;

	if (strlen(name) >= IFNAMSIZ)
		errx(1, "%s: longer than a device name", name);
	strcpy(ifr.ifr_name, name);
	netns_enter(netns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err(2, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr))
		err(2, "%s in %s", name, netns);
	tap_offload(fd, name);
	return fd;
}

static void privileges_drop(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(2, "privileges");
}

/* A frame that the other side can't take (it is down, say) is lost, as on a wire. */
static void frames_copy(struct side *from, struct side *to)
{
	static char frame[FRAME_MAX];

	for (int i = 0; i < BURST; i++) {
		ssize_t len = read(from->fd, frame, sizeof(frame));

		if (len <= 0)
			return;
		if (write(to->fd, frame, len) == len)
			to->frames++;
		else
			to->lost++;
	}
}

static int stop_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		err(2, "signalfd");
	return fd;
}

int main(int argc, char **argv)
{
	struct side a = {}, b = {};

	if (argc != 5)
		errx(1, "usage: tapcopy NETNS DEVICE NETNS DEVICE");
	a.fd = tap_open(argv[1], argv[2]);
	b.fd = tap_open(argv[3], argv[4]);
	privileges_drop();

	struct pollfd fds[] = {
		{ .fd = a.fd, .events = POLLIN },
		{ .fd = b.fd, .events = POLLIN },
		{ .fd = stop_signals(), .events = POLLIN },
	};
	setlinebuf(stdout);
	puts("ready");
	/* POLLERR: that tap is gone, and its namespace with it. */
	while (!fds[2].revents && !((fds[0].revents | fds[1].revents) & POLLERR)) {
		if (poll(fds, 3, -1) < 0)
			err(2, "poll");
		frames_copy(&a, &b);
		frames_copy(&b, &a);
	}
	printf("to %s %lu, lost %lu\n", argv[2], a.frames, a.lost);
	printf("to %s %lu, lost %lu\n", argv[4], b.frames, b.lost);
	return 0;
}

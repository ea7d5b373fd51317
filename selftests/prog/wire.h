/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices to run the programs on, in a network namespace that ends with the process:
 *
 *	port_a port_b (VNI slot 1)  port_c (slot 1, blocked)  port_d (slot 2)	taps: bridge ports
 *	vx1 (slot 1)  vx2 (slot 2)					taps: for vxlan devices
 *	wg0								a TUN: for WireGuard
 *	eth0								a tap: for an Ethernet underlay
 *
 * A TUN is what wg0 is to the programs: ARPHRD_NONE, no MAC header, no offloads. What is written
 * to a device's descriptor it receives, what it sends is read there; tc runs before write()
 * returns. What a program passes on is caught by a packet socket of that EtherType: the stack
 * hands out those after tc ingress.
 */
#ifndef WIRE_H
#define WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "tap.h"

enum wire_device {
	WIRE_PORT_A, WIRE_PORT_B, WIRE_PORT_C, WIRE_PORT_D, WIRE_VX1, WIRE_VX2, WIRE_WG, WIRE_ETH,
	WIRE_DEVICES
};

#define WIRE_MTU	9000
#define WIRE_WAIT	2000	/* ms for what must come */
#define WIRE_QUIET	20	/* ms for what must not */
#define WIRE_RCVMARK	75	/* SO_RCVMARK, Linux 5.19 */

struct wire {
	int fd[WIRE_DEVICES];
	__u32 ifindex[WIRE_DEVICES];
	int control;			/* socket for ioctls */
	bool napi;			/* set before wire_open(): wg0 receives with GRO */
};

static const char *const wire_names[WIRE_DEVICES] = {
	"port_a", "port_b", "port_c", "port_d", "vx1", "vx2", "wg0", "eth0"
};

static inline void wire_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		tap_note("%s: %s", path, strerror(errno));
	close(fd);
}

/* A request about one device; `value` goes where all of these ioctls take an int. */
static inline void wire_request(const struct wire *w, const char *name, unsigned long request,
				int value)
{
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, name);
	if (request == SIOCSIFFLAGS)
		ifr.ifr_flags = value;
	else
		ifr.ifr_mtu = value;	/* or ifr_ifindex, the same place */
	if (ioctl(w->control, request, &ifr))
		tap_bail("%s: ioctl %#lx: %s", name, request, strerror(errno));
}

/* A device that is up: its descriptor. */
static inline int wire_open_named(const struct wire *w, const char *name, int flags, __u32 *ifindex)
{
	struct ifreq ifr = { .ifr_flags = IFF_NO_PI | IFF_VNET_HDR | flags };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strcpy(ifr.ifr_name, name);
	if (fd < 0)
		tap_skip_all("no /dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr))
		tap_bail("%s: TUNSETIFF: %s", name, strerror(errno));
	*ifindex = if_nametoindex(name);
	wire_request(w, name, SIOCSIFMTU, WIRE_MTU);
	wire_request(w, name, SIOCSIFFLAGS, IFF_UP);
	return fd;
}

static inline void wire_open_device(struct wire *w, enum wire_device i)
{
	int flags = i == WIRE_WG ? IFF_TUN : IFF_TAP;

	if (i == WIRE_WG && w->napi)
		flags |= IFF_NAPI;
	w->fd[i] = wire_open_named(w, wire_names[i], flags, &w->ifindex[i]);
}

static inline void wire_open(struct wire *w)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		tap_skip_all("no right to a network namespace of its own");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		tap_bail("sysfs of the namespace: %s", strerror(errno));
	wire_write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	wire_write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	w->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	wire_request(w, "lo", SIOCSIFFLAGS, IFF_UP);
	for (int i = 0; i < WIRE_DEVICES; i++)
		wire_open_device(w, i);
}

/* A bridge of port_a, port_b and vx1, where a test needs what a real one does. */
static inline void wire_bridge(const struct wire *w)
{
	static const enum wire_device port[] = { WIRE_PORT_A, WIRE_PORT_B, WIRE_VX1 };

	if (ioctl(w->control, SIOCBRADDBR, "br1"))
		tap_bail("br1: %s", strerror(errno));
	/* or it would say IGMP */
	wire_write_file("/sys/class/net/br1/bridge/multicast_snooping", "0");
	for (size_t i = 0; i < sizeof(port) / sizeof(port[0]); i++)
		wire_request(w, "br1", SIOCBRADDIF, w->ifindex[port[i]]);
	wire_request(w, "br1", SIOCSIFMTU, WIRE_MTU);
	wire_request(w, "br1", SIOCSIFFLAGS, IFF_UP);
}

/*
 * The device receives a packet, described by hdr where it is to be segmented or summed. False: it
 * refuses.
 */
static inline bool wire_try_send(const struct wire *w, enum wire_device i,
				 const struct virtio_net_hdr *hdr, const void *data, size_t len)
{
	struct iovec part[] = { { (void *)hdr, sizeof(*hdr) }, { (void *)data, len } };

	return writev(w->fd[i], part, 2) >= 0;
}

static inline void wire_send_as(const struct wire *w, enum wire_device i,
				const struct virtio_net_hdr *hdr, const void *data, size_t len)
{
	if (!wire_try_send(w, i, hdr, data, len))
		tap_bail("%s: write of %zu bytes: %s", wire_names[i], len, strerror(errno));
}

static inline void wire_send(const struct wire *w, enum wire_device i, const void *data, size_t len)
{
	static const struct virtio_net_hdr plain;

	wire_send_as(w, i, &plain, data, len);
}

static inline bool wire_ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* What the device sent next: its length, 0 when there was nothing for `ms`. */
static inline size_t wire_receive_as(const struct wire *w, enum wire_device i,
				     struct virtio_net_hdr *hdr, void *data, size_t size, int ms)
{
	struct iovec part[] = { { hdr, sizeof(*hdr) }, { data, size } };
	ssize_t n;

	if (!wire_ready(w->fd[i], ms))
		return 0;
	n = readv(w->fd[i], part, 2);
	return n > (ssize_t)sizeof(*hdr) ? n - sizeof(*hdr) : 0;
}

static inline size_t wire_receive(const struct wire *w, enum wire_device i, void *data, size_t size,
				  int ms)
{
	struct virtio_net_hdr hdr;

	return wire_receive_as(w, i, &hdr, data, size, ms);
}

static inline bool wire_silent(const struct wire *w, enum wire_device i)
{
	return !wire_ready(w->fd[i], WIRE_QUIET);
}

static inline bool wire_silent_all(const struct wire *w)
{
	struct pollfd p[WIRE_DEVICES];

	for (int i = 0; i < WIRE_DEVICES; i++)
		p[i] = (struct pollfd){ .fd = w->fd[i], .events = POLLIN };
	return poll(p, WIRE_DEVICES, WIRE_QUIET) == 0;
}

/*
 * A packet socket on the device: sending goes out by its egress; received are packets with this
 * EtherType that its ingress programs passed (0: none).
 */
static inline int wire_socket(const struct wire *w, enum wire_device i, __u16 protocol)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol),
				  .sll_ifindex = w->ifindex[i] };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, WIRE_RCVMARK, &on, sizeof(on)) ||
	    bind(fd, (void *)&to, sizeof(to)))
		tap_bail("packet socket on %s: %s", wire_names[i], strerror(errno));
	return fd;
}

/* The next packet caught, with its mark unless NULL; 0: none for `ms`. */
static inline size_t wire_caught(int fd, void *data, size_t size, __u32 *mark, int ms)
{
	char control[CMSG_SPACE(sizeof(*mark))];
	struct iovec part = { data, size };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	if (mark)
		*mark = 0;
	if (!wire_ready(fd, ms))
		return 0;
	n = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (mark && c && c->cmsg_type == SO_MARK)
		memcpy(mark, CMSG_DATA(c), sizeof(*mark));
	return n;
}

#endif

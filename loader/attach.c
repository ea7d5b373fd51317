// SPDX-License-Identifier: GPL-2.0-only
/* Programs on hooks: tcx links and clsact filters. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "attach.h"
#include "nl.h"
#include "pins.h"

/* Where our filter is found again: "vt", early among the filters, after those of priority 1. */
#define ATTACH_HANDLE	0x7674
#define ATTACH_PRIORITY	2

static void link_pin(char path[PINS_PATH + 32], const char *dir, int ifindex, bool egress)
{
	snprintf(path, PINS_PATH + 32, "%s/link_%d_%s", dir, ifindex, egress ? "egress" : "ingress");
}

static int attach_tcx(const char *dir, int ifindex, bool egress, int prog_fd)
{
	char path[PINS_PATH + 32];
	int fd, err;

	link_pin(path, dir, ifindex, egress);
	fd = bpf_obj_get(path);
	if (fd >= 0) {
		err = bpf_link_update(fd, prog_fd, NULL);
		close(fd);
		if (!err)
			return 0;
		unlink(path);		/* its device is gone; another may bear the ifindex now */
	}
	fd = bpf_link_create(prog_fd, ifindex, egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS, NULL);
	if (fd < 0)
		return fd;
	err = bpf_obj_pin(fd, path);
	close(fd);
	return err;
}

static int attach_clsact(int ifindex, bool egress, int prog_fd, bool *qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = ATTACH_HANDLE, .priority = ATTACH_PRIORITY,
		    .prog_fd = prog_fd, .flags = BPF_TC_F_REPLACE);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	if (!err)
		*qdisc = true;
	return bpf_tc_attach(&hook, &opts);
}

int attach_set(const char *dir, bool tcx, int ifindex, bool egress, int prog_fd, bool *qdisc)
{
	return tcx ? attach_tcx(dir, ifindex, egress, prog_fd) :
		     attach_clsact(ifindex, egress, prog_fd, qdisc);
}

void attach_clear(const char *dir, int ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = ATTACH_HANDLE, .priority = ATTACH_PRIORITY);
	char path[PINS_PATH + 32];
	int fd;

	link_pin(path, dir, ifindex, egress);
	fd = bpf_obj_get(path);
	if (fd >= 0) {
		/* Not only the pin: whoever else holds the link would keep the program attached. */
		bpf_link_detach(fd);
		close(fd);
		unlink(path);
		return;
	}
	unlink(path);
	bpf_tc_detach(&hook, &opts);
}

static int filter_found(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	*(bool *)data = true;
	return MNL_CB_OK;
}

static bool has_filter(struct nl *nl, int ifindex, uint32_t parent)
{
	struct nlmsghdr *nlh = nl_request(nl, RTM_GETTFILTER, 0);
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	bool found = false;

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	return nl_dump(nl, nlh, filter_found, &found, NULL) || found;
}

void attach_clear_qdisc(struct nl *nl, int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (!has_filter(nl, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
	    !has_filter(nl, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)))
		bpf_tc_hook_destroy(&hook);
}

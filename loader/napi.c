// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threaded NAPI by sysfs, and how its threads are scheduled.
 *
 * Where there is one CPU only, the worker that decrypts wakes the thread with every packet, and would
 * be preempted by it: two switches a packet, and nothing for GRO to merge. A batch thread waits
 * until the worker has no more. On several CPUs it runs beside the worker, and stays as it is.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "daemon.h"
#include "datapath.h"
#include "log.h"
#include "napi.h"

#define PF_KTHREAD	0x00200000	/* linux/sched.h; field 9 of /proc/PID/stat */

enum { SAME, CHANGED, FAILED };

/*
 * In a mount namespace of its own, because sysfs shows the network namespace of whoever mounted it.
 */
static int set_in_child(const char *ifname, bool on)
{
	char path[128], now = 0;
	int fd;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mount("sysfs", "/sys", "sysfs", 0, NULL) && errno != EBUSY))	/* the right one is there */
		return FAILED;
	snprintf(path, sizeof(path), "/sys/class/net/%s/threaded", ifname);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || read(fd, &now, 1) != 1)
		return FAILED;
	if ((now != '0') == on)
		return SAME;
	return pwrite(fd, on ? "1" : "0", 1, 0) == 1 ? CHANGED : FAILED;
}

/* SAME, CHANGED or FAILED */
static int set_threaded(const char *ifname, bool on)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return FAILED;
	if (!pid)
		_exit(set_in_child(ifname, on));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* "123 (napi/wg0-8193) S 2 0 0 0 -1 2129984 …": a kernel thread of this device's NAPI? */
static bool is_napi_thread(const char *pid, const char *ifname)
{
	char path[64], stat[256], want[IFNAMSIZ + 16], *name, *end;
	unsigned int flags;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return false;
	stat[len] = 0;
	name = strchr(stat, '(');
	end = strrchr(stat, ')');
	snprintf(want, sizeof(want), "(napi/%s-", ifname);
	if (!name || !end || strncmp(name, want, strlen(want)))
		return false;
	return sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && (flags & PF_KTHREAD);
}

/*
 * The names are the same in every network namespace, and nothing tells them apart before 6.7: with
 * one CPU it is as good for those of the others. How many were found.
 */
static int set_batch(const char *ifname, bool on)
{
	static const struct sched_param priority;
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int policy, n = 0;
	pid_t pid;

	if (!proc)
		return 0;
	while ((e = readdir(proc))) {
		if (!isdigit((unsigned char)*e->d_name) || !is_napi_thread(e->d_name, ifname))
			continue;
		pid = atoi(e->d_name);
		policy = sched_getscheduler(pid);
		if (policy == (on ? SCHED_OTHER : SCHED_BATCH))
			policy = sched_setscheduler(pid, on ? SCHED_BATCH : SCHED_OTHER, &priority) ? -1 :
				 on ? SCHED_BATCH : SCHED_OTHER;
		n += policy == (on ? SCHED_BATCH : SCHED_OTHER);
	}
	closedir(proc);
	return n;
}

/* Not in a PID namespace of a container, say. */
static bool sees_kernel_threads(void)
{
	char stat[16] = "";
	int fd = open("/proc/2/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, stat, sizeof(stat) - 1) < 0)
		stat[0] = 0;
	close(fd);
	return !strncmp(stat, "2 (kthreadd)", 12);
}

void napi_begin(struct daemon *d)
{
	bool batch = sysconf(_SC_NPROCESSORS_ONLN) == 1;
	const char *ifname = d->model.ifname;
	int set = FAILED;

	if (!batch || sees_kernel_threads())
		set = set_threaded(ifname, true);
	if (set == FAILED)
		log_info("%s: its NAPI stays as it is: bulk traffic could be faster", ifname);
	if (set == CHANGED)
		d->in.meta.flags |= VTEP_META_THREADED;
	if (set != FAILED && batch)
		d->in.meta.flags |= VTEP_META_BATCH;
	napi_follow(d);
	datapath_write_meta(d);
}

void napi_follow(struct daemon *d)
{
	if (d->in.meta.flags & VTEP_META_BATCH)
		set_batch(d->model.ifname, true);
}

void napi_end(struct daemon *d)
{
	if (d->in.meta.flags & VTEP_META_BATCH)
		set_batch(d->model.ifname, false);
	if (d->in.meta.flags & VTEP_META_THREADED)
		set_threaded(d->model.ifname, false);
}

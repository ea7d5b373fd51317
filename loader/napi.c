// SPDX-License-Identifier: GPL-2.0-only
/* Threaded NAPI by sysfs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "napi.h"

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

int napi_set_threaded(const char *ifname, bool on, bool *changed)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(set_in_child(ifname, on));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == FAILED)
		return -EOPNOTSUPP;
	*changed = WEXITSTATUS(status) == CHANGED;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command in the network and mount namespaces of a process: what `ip netns exec`
 * does, without a new mount namespace each time, which in an emulated guest costs as much
 * as the command itself.
 *
 * usage: enter PID COMMAND ARGUMENTS...
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static void join(const char *pid, const char *kind, int type)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, type))
		err(1, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	char directory[PATH_MAX];

	if (argc < 3)
		errx(1, "usage: enter PID COMMAND ARGUMENTS...");
	if (!getcwd(directory, sizeof(directory)))
		err(1, "working directory");
	join(argv[1], "net", CLONE_NEWNET);
	join(argv[1], "mnt", CLONE_NEWNS);
	if (chdir(directory))
		err(1, "%s", directory);
	execvp(argv[2], argv + 2);
	warn("%s", argv[2]);
	return errno == ENOENT ? 127 : 126;
}

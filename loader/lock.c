// SPDX-License-Identifier: GPL-2.0-only
/* The instance lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "instance.h"
#include "lock.h"
#include "log.h"

int lock_take(const char *ifname)
{
	char path[PINS_PATH];
	uint64_t cookie;
	int fd, tries, err = pins_netns_cookie(&cookie);

	if (err)
		return err;
	if (mkdir("/run/vtepd", 0755) && errno != EEXIST)
		return -errno;
	instance_lock_path(cookie, ifname, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	/* vtepctl asks by taking it for a moment. */
	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB); tries++) {
		err = -errno;
		if (err != -EWOULDBLOCK || tries == 10) {
			close(fd);
			return err;
		}
		usleep(10000);
	}
	return fd;
}

void lock_note(int fd, const char *config)
{
	char *path = config ? realpath(config, NULL) : NULL;

	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) || dprintf(fd, "%d\n%s", getpid(), path ?: "") < 0)
		log_debug("/run/vtepd: cannot write which file was read: vtepctl won't know names");
	free(path);
}

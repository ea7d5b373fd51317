/* SPDX-License-Identifier: GPL-2.0-only */
/* The pin directory of an instance: which bpffs, which path, made and removed so that nobody else
 * can plant one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "pins.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

#define PINS_BPFFS	"/sys/fs/bpf"
#define PINS_HOST_BPFFS	"/proc/1/root" PINS_BPFFS
#define PINS_TOP	"vtepd"

int pins_netns_cookie(uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);
	int fd, err = 0;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		err = -errno;
	close(fd);
	return err;
}

static bool bpffs_at(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (__u32)fs.f_type == BPF_FS_MAGIC;
}

/* A bpffs of our own mount namespace only would hide the host's pins, and go when we go. */
static const char *pins_base(void)
{
	struct stat ours, host;

	if (bpffs_at(PINS_BPFFS) && !stat(PINS_BPFFS, &ours) &&
	    (stat(PINS_HOST_BPFFS, &host) || host.st_dev == ours.st_dev))
		return PINS_BPFFS;
	return bpffs_at(PINS_HOST_BPFFS) ? PINS_HOST_BPFFS : NULL;
}

int pins_root(char *buf)
{
	const char *base = pins_base();
	uint64_t cookie;
	int err;

	if (!base)
		return -ENOENT;
	err = pins_netns_cookie(&cookie);
	if (err)
		return err;
	snprintf(buf, PINS_PATH, "%s/" PINS_TOP "/%llx", base, (unsigned long long)cookie);
	return 0;
}

/* bpf_lookup() takes no dots in names; dev_valid_name() takes no colons. */
static void pins_swap(char *name, char from, char to)
{
	for (; *name; name++)
		if (*name == from)
			*name = to;
}

void pins_ifname(char *pin)
{
	pins_swap(pin, ':', '.');
}

int pins_dir(const char *ifname, char *buf)
{
	size_t len;
	int err;

	if (!*ifname || strlen(ifname) >= IFNAMSIZ || strpbrk(ifname, "/:") ||
	    !strcmp(ifname, ".") || !strcmp(ifname, ".."))
		return -EINVAL;
	err = pins_root(buf);
	if (err)
		return err;
	len = strlen(buf);
	snprintf(buf + len, PINS_PATH - len, "/%s", ifname);
	pins_swap(buf + len, '.', ':');
	return 0;
}

/* In the child: the host's mount namespace, or ours where the host's can't be entered (pins_base
 * does the same). */
static int bpffs_mount(void)
{
	int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && setns(fd, CLONE_NEWNS))
		return errno;
	return mount("bpf", PINS_BPFFS, "bpf", 0, "mode=0700") ? errno : 0;
}

int pins_mount(void)
{
	int status;
	pid_t pid;

	if (pins_base())
		return 0;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(bpffs_mount());
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* One level down from *fd, which is replaced. A bpffs that everybody may write to is usual: trust
 * nothing found. */
static int pins_enter(int *fd, const char *name)
{
	struct stat st;
	int next, err = 0;

	if (mkdirat(*fd, name, 0700) && errno != EEXIST)
		return -errno;
	next = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
	if (fstat(next, &st))
		err = -errno;
	else if (st.st_uid || st.st_mode & 022)
		err = -EPERM;
	if (err) {
		close(next);
		return err;
	}
	close(*fd);
	*fd = next;
	return 0;
}

int pins_create(const char *dir)
{
	char path[PINS_PATH], *name, *rest;
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s", dir);
	rest = strstr(path, "/" PINS_TOP "/");
	if (!rest)
		return -EINVAL;
	*rest++ = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (!err && (name = strsep(&rest, "/")))
		err = pins_enter(&fd, name);
	close(fd);
	return err;
}

int pins_remove(const char *dir)
{
	char path[PINS_PATH], *end;
	struct dirent *entry;
	DIR *d = opendir(dir);
	int i, err = 0;

	if (!d)
		return -errno;
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(d), entry->d_name, 0))
			err = -errno;
	closedir(d);
	if (err)
		return err;
	if (rmdir(dir))
		return -errno;
	snprintf(path, sizeof(path), "%s", dir);
	for (i = 0; i < 2; i++) {
		end = strrchr(path, '/');
		*end = '\0';
		if (rmdir(path))	/* another instance is in it */
			break;
	}
	return 0;
}

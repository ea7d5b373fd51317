// SPDX-License-Identifier: GPL-2.0-only
/* The protocol of sd_notify(3) and sd_watchdog_enabled(3). */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "service.h"

#define SERVICE_MESSAGE	256

static void say(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	strcpy(to.sun_path, path);
	if (*path == '@')		/* the abstract namespace */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&to,
	       offsetof(struct sockaddr_un, sun_path) + strlen(path));
	close(fd);
}

/* A line end in it would begin another assignment. */
static void say_status(const char *before, const char *fmt, va_list ap)
{
	char message[SERVICE_MESSAGE], *end;
	size_t len = snprintf(message, sizeof(message), "%sSTATUS=", before);

	vsnprintf(message + len, sizeof(message) - len, fmt, ap);
	end = strchr(message + len, '\n');
	if (end)
		*end = '\0';
	say(message);
}

void service_ready(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_status("READY=1\n", fmt, ap);
	va_end(ap);
}

void service_status(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_status("", fmt, ap);
	va_end(ap);
}

/* The time tells systemd 253 and later which of several reloads this is. */
void service_reloading(void)
{
	char message[SERVICE_MESSAGE];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reading the configuration",
		 now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	say(message);
}

void service_stopping(void)
{
	say("STOPPING=1\nSTATUS=stopping");
}

unsigned int service_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long n;
	char *end;

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	errno = 0;
	n = strtoull(usec, &end, 10);
	if (*usec < '0' || *usec > '9' || *end || errno)
		return 0;
	n /= 2000;
	return n > 3600000 ? 3600000 : n;
}

void service_alive(void)
{
	say("WATCHDOG=1");
}

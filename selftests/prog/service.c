// SPDX-License-Identifier: GPL-2.0-only
/* What vtepd tells a service manager, as one listening on a datagram socket receives it. */
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "service.h"
#include "tap.h"

static int manager;

static void listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (manager)
		close(manager);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	strcpy(at.sun_path, path);
	if (*path == '@')
		at.sun_path[0] = '\0';
	else
		unlink(path);
	if (bind(manager, (struct sockaddr *)&at, offsetof(struct sockaddr_un, sun_path) + strlen(path)))
		tap_bail("bind %s: %m", path);
	setenv("NOTIFY_SOCKET", path, 1);
}

static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void heard_is(const char *want, const char *what)
{
	const char *got = heard();

	if (!tap_ok(!strcmp(got, want), "%s", what))
		tap_note("got '%s', want '%s'", got, want);
}

static void test_messages(void)
{
	struct timespec now;
	long long usec = -1, ours;

	service_ready("%d VNIs, %s", 2, "tcx");
	heard_is("READY=1\nSTATUS=2 VNIs, tcx", "ready, with a status");
	service_status("one\nREADY=1");
	heard_is("STATUS=one", "a status is one line");
	service_stopping();
	heard_is("STOPPING=1\nSTATUS=stopping", "stopping");
	service_alive();
	heard_is("WATCHDOG=1", "alive");
	service_reloading();
	clock_gettime(CLOCK_MONOTONIC, &now);
	ours = now.tv_sec * 1000000LL + now.tv_nsec / 1000;
	tap_ok(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &usec) == 1 && usec <= ours && usec > ours - 5000000,
	       "a reload says when it began");
}

static void test_nobody(void)
{
	char longest[200];

	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	service_alive();
	setenv("NOTIFY_SOCKET", "relative", 1);
	service_alive();
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	service_alive();
	unsetenv("NOTIFY_SOCKET");
	service_alive();
	heard_is("", "nothing is sent where nobody listens");
}

static void watchdog_is(const char *usec, const char *pid, unsigned int want, const char *what)
{
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	else
		unsetenv("WATCHDOG_USEC");
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	else
		unsetenv("WATCHDOG_PID");
	tap_equal(service_watchdog_ms(), want, what);
}

static void test_watchdog(void)
{
	char own[16];

	snprintf(own, sizeof(own), "%d", getpid());
	watchdog_is(NULL, NULL, 0, "no watchdog");
	watchdog_is("30000000", NULL, 15000, "half of what is waited");
	watchdog_is("30000000", own, 15000, "that is ours");
	watchdog_is("30000000", "1", 0, "that is another process's");
	watchdog_is("3s", NULL, 0, "no number");
	watchdog_is("-1", NULL, 0, "a negative one");
	watchdog_is("18446744073709551615", NULL, 3600000, "one beyond reason");
}

int main(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/vtep-service.%d", getpid());
	listen_at(path);
	test_messages();
	unlink(path);
	snprintf(path, sizeof(path), "@vtep-service.%d", getpid());
	listen_at(path);
	service_alive();
	heard_is("WATCHDOG=1", "by a name without a file");
	test_nobody();
	test_watchdog();
	return tap_end();
}

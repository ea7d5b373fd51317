// SPDX-License-Identifier: GPL-2.0-only
/* Running commands. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "command.h"

#define BASH	"/bin/bash"

/* In the child. The daemon holds signals back; its files are no business of a hook's. */
static void become(char *const argv[], int input)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (input < 0)
		input = open("/dev/null", O_RDONLY);
	if (input < 0 || dup2(input, STDIN_FILENO) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Small: it fits the pipe before anybody reads. */
static int input_pipe(const char *input, int *fd)
{
	int fds[2], err = 0;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	if (write(fds[1], input, strlen(input)) != (ssize_t)strlen(input))
		err = -E2BIG;
	close(fds[1]);
	if (err)
		close(fds[0]);
	else
		*fd = fds[0];
	return err;
}

int command_exec(char *const argv[], const char *input)
{
	int fd = -1, err = input ? input_pipe(input, &fd) : 0;
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (!pid)
		become(argv, fd);
	err = pid < 0 ? -errno : wait_status(pid);
	if (fd >= 0)
		close(fd);
	return err;
}

int command_run(const char *line)
{
	char *argv[] = { access(BASH, X_OK) ? "/bin/sh" : BASH, "-c", (char *)line, NULL };

	return command_exec(argv, NULL);
}

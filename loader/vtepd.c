// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtepd: stretches Ethernet segments across hosts inside kernel WireGuard.
 *
 *	options   the model: what is wanted
 *	start     tunnel, underlay, segments, datapath, ports, kernel FDBs, hooks: in this order, undone in reverse
 *	loop      notifications -> ports, sync      events -> mirror      timer -> sweep
 *	reload    the files again: desired minus running
 *	stop      exactly what was made goes; or nothing, for a successor: another process, or this one again
 */
#include <stdlib.h>
#include <unistd.h>
#include "daemon.h"
#include "log.h"

int main(int argc, char **argv)
{
	struct daemon *d = calloc(1, sizeof(*d));
	bool again = false;
	int code;

	if (!d)
		return EXIT_REFUSED;
	log_init(LOG_LEVEL_NOTICE);
	d->argc = argc;
	d->argv = argv;
	code = options_parse(argc, argv, &d->model);
	if (code >= 0)
		goto out;
	daemon_hold_signals();
	code = EXIT_DONE;
	if (d->model.down && !daemon_left(d))
		goto out;
	code = daemon_start(d);
	if (code || d->model.check)
		goto out;
	if (!d->model.down)
		code = daemon_run(d);
	daemon_stop(d);
	again = d->again;
out:
	model_free(&d->model);
	free(d);
	if (again)
		execv("/proc/self/exe", argv);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The event loop. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <bpf/libbpf.h>
#include "daemon.h"
#include "fdb.h"
#include "handover.h"
#include "liveness.h"
#include "log.h"
#include "mirror.h"
#include "endpoints.h"
#include "notify.h"
#include "ports.h"
#include "reload.h"
#include "remotes.h"
#include "segment_ports.h"
#include "service.h"
#include "sweep.h"
#include "sync.h"
#include "tunnel.h"
#include "underlay.h"
#include "wg.h"

#define LOST_MS		500		/* a burst is through by then */
#define SETTLE_MS	20		/* notifications come in bursts: read the state once at their end */

struct loop {
	struct daemon *d;
	struct nl events;
	struct ring_buffer *ring;
	int epoll, signals, sweep, settle, lost, watchdog;
	bool settling;			/* the timer runs: never put off again, or a steady stream would starve it */
	bool failed;			/* the last sync */
	bool waiting;			/* what BPF learned waits until what operators changed is known */
};

static void arm(int timer, long ms, long every_ms)
{
	struct itimerspec t = {
		.it_value = { ms / 1000, ms % 1000 * 1000000 },
		.it_interval = { every_ms / 1000, every_ms % 1000 * 1000000 },
	};

	timerfd_settime(timer, 0, &t, NULL);
}

static const char *accel_name(const struct daemon *d)
{
	return d->model.accel == ACCEL_OFF ? "off (kernel vxlan)" : d->tcx ? "tcx" : "tc";
}

static void tell_ready(const struct daemon *d)
{
	service_ready("%d VNI%s, %s", d->n_segments, d->n_segments == 1 ? "" : "s", accel_name(d));
}

static int watch(struct loop *l, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return fd < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static sigset_t loop_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	return mask;
}

void daemon_hold_signals(void)
{
	sigset_t mask = loop_signals();

	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static int loop_open(struct loop *l)
{
	sigset_t mask = loop_signals();
	int err;

	l->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->sweep = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->settle = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->lost = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->watchdog = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->ring = ring_buffer__new(l->d->in.fd_events, mirror_event, l->d, NULL);
	if (!l->ring)
		return -errno;
	err = notify_open(&l->events);
	err = err ?: watch(l, l->signals) ?: watch(l, l->sweep) ?: watch(l, l->settle) ?: watch(l, l->lost);
	err = err ?: watch(l, l->watchdog);
	err = err ?: watch(l, mnl_socket_get_fd(l->events.sock));
	if (!err && l->d->model.wg.given)
		err = watch(l, l->d->tunnel.resolver.ends[0]);
	return err ?: watch(l, ring_buffer__epoll_fd(l->ring));
}

/*
 * What notifications marked is read again and brought into the maps; what failed is tried again at
 * the next sweep.
 */
static int settle(struct daemon *d)
{
	int i, err = 0;

	if (d->links_dirty) {
		for (i = 0; i < d->n_segments; i++)
			segment_ports(d, &d->segments[i]);
		err = ports_sync(d);
		d->tunnel.routes_dirty = true;
	}
	if (d->ways_dirty && !err) {
		err = remotes_changed(d);
		for (i = 0; i < d->n_segments && !err; i++)
			err = sync_routes(d, &d->segments[i]);
		d->ways_dirty = err;
	}
	for (i = 0; i < d->n_segments; i++)
		d->tunnel.routes_dirty |= d->segments[i].dirty;
	err = err ?: sync_dirty(d);
	tunnel_settle(d);
	if (err)
		log_warning("%s: cannot follow the kernel's state: %s; trying again", d->model.ifname, strerror(-err));
	return err;
}

static void settle_soon(struct loop *l)
{
	if (!l->settling)
		arm(l->settle, SETTLE_MS, 0);
	l->settling = true;
}

static void take_notifications(struct loop *l)
{
	if (notify_read(l->d, &l->events) > 0)
		settle_soon(l);
}

static bool is_dirty(const struct daemon *d)
{
	int i;

	for (i = 0; i < d->n_segments; i++)
		if (d->segments[i].dirty && !d->segments[i].lost)
			return true;
	return false;
}

static void take_events(struct loop *l)
{
	ring_buffer__consume(l->ring);
	nl_flush(&l->d->nl);
}

/*
 * What operators changed comes before what BPF learned: mirror_event() leaves out what meets a
 * segment that is not in sync, so the ring waits until it is. It holds more than comes meanwhile.
 */
static void take_learned(struct loop *l)
{
	take_notifications(l);
	if (is_dirty(l->d) && !l->failed) {
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, ring_buffer__epoll_fd(l->ring), NULL);
		l->waiting = true;
		settle_soon(l);
		return;
	}
	take_events(l);
}

static void settle_now(struct loop *l)
{
	l->failed = settle(l->d);
	if (!l->waiting)
		return;
	l->waiting = false;
	watch(l, ring_buffer__epoll_fd(l->ring));
	take_events(l);
}

/* WireGuard notifies of nothing: new and gone peers are found here, and silent ones. */
static void tick(struct loop *l)
{
	struct wg_device *now = NULL;
	struct daemon *d = l->d;
	int i;

	if (!d->ether)
		wg_get(d->model.ifname, &now);
	if (underlay_read_remotes(d, now) > 0) {
		for (i = 0; i < d->n_segments; i++)
			d->segments[i].dirty = true;
		underlay_warn(d);
	}
	endpoints_tick(d, now);
	liveness_tick(d, now);
	wg_free(now);
	ports_watch(d);
	take_notifications(l);
	settle_now(l);
	sweep_run(d);
	if (handover_check(d))
		arm(l->lost, LOST_MS, 0);
}

static void handle(struct loop *l, int fd)
{
	struct signalfd_siginfo signal;
	uint64_t expired;

	if (fd == l->signals) {
		if (read(fd, &signal, sizeof(signal)) == sizeof(signal) && signal.ssi_signo != SIGHUP) {
			l->d->stopping = true;
			return;
		}
		service_reloading();
		reload_run(l->d);
		arm(l->sweep, sweep_period(l->d), sweep_period(l->d));
		tick(l);
		tell_ready(l->d);
	} else if (l->d->model.wg.given && fd == l->d->tunnel.resolver.ends[0]) {
		endpoints_read(l->d);
	} else if (fd == l->watchdog) {
		if (read(fd, &expired, sizeof(expired)) > 0)
			service_alive();
	} else if (fd == l->sweep) {
		if (read(fd, &expired, sizeof(expired)) > 0)
			tick(l);
	} else if (fd == l->lost) {
		if (read(fd, &expired, sizeof(expired)) > 0)
			handover_check(l->d);
	} else if (fd == l->settle) {
		l->settling = false;
		if (read(fd, &expired, sizeof(expired)) > 0)
			settle_now(l);
	} else if (fd == mnl_socket_get_fd(l->events.sock)) {
		take_notifications(l);
	} else {
		take_learned(l);
	}
}

int daemon_run(struct daemon *d)
{
	struct loop l = { .d = d };
	struct epoll_event ev;
	int err = loop_open(&l);

	if (err) {
		log_err("%s: cannot watch the kernel: %s", d->model.ifname, strerror(-err));
		return EXIT_REFUSED;
	}
	d->refreshed = fdb_tick();
	notify_all(d);			/* what changed between the start's reading and the subscription */
	settle(d);
	handover_check(d);		/* what was before is not ours to judge */
	arm(l.sweep, sweep_period(d), sweep_period(d));
	arm(l.watchdog, service_watchdog_ms(), service_watchdog_ms());
	log_notice("%s: ready, %d VNI%s, %s", d->model.ifname, d->n_segments, d->n_segments == 1 ? "" : "s",
		   accel_name(d));
	tell_ready(d);
	while (!d->stopping) {
		if (epoll_wait(l.epoll, &ev, 1, -1) == 1)
			handle(&l, ev.data.fd);
		else if (errno != EINTR)
			break;
	}
	log_notice("%s: stopping", d->model.ifname);
	service_stopping();
	ring_buffer__free(l.ring);
	nl_close(&l.events);
	close(l.epoll);
	close(l.signals);
	close(l.sweep);
	close(l.settle);
	close(l.lost);
	close(l.watchdog);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service tells its manager, sd_notify(3), as datagrams to $NOTIFY_SOCKET: by hand, forty
 * lines instead of a library. Without that variable nobody is told and nothing fails.
 */
#ifndef SERVICE_H
#define SERVICE_H

/* "READY=1" and what `systemctl status` shows; also at the end of a reload. */
void service_ready(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The one line of status alone. */
void service_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A reload begins; service_ready() ends it, whether it was one or not. */
void service_reloading(void);
void service_stopping(void);
/* Milliseconds between two service_alive(), half of what the manager waits; 0: it doesn't wait. */
unsigned int service_watchdog_ms(void);
void service_alive(void);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a peer is alive, of what WireGuard counts. The age of its handshake does not tell: one is
 * made only when something is to be sent, so the handshakes of an idle link are old. Who has been
 * silent for long is asked, and whoever is there answers: a packet of data is acknowledged after
 * KEEPALIVE_TIMEOUT (10 s) by a peer that has nothing else to say, or if there is no session begins
 * a handshake, tried again every REKEY_TIMEOUT (5 s). Pure. Included by liveness.c.
 */
#ifndef SILENCE_H
#define SILENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SILENCE_DEFAULT		180	/* s: WireGuard's REJECT_AFTER_TIME, a session lives no longer */
#define SILENCE_KEEPALIVES	3
#define SILENCE_LEAST		30	/* s, of so many keepalives */

/* All times in ms of one clock that is never set. All zero but for `since`: a peer not looked at yet. */
struct silence {
	uint64_t rx_bytes;
	struct timespec handshake;
	uint64_t since;			/* last heard */
	uint64_t first, last;		/* asked; 0: not since then */
	uint32_t early;			/* ms that it is asked before its time, for not all at once */
	bool dead;
};

enum silence_act {
	SILENCE_NONE,
	SILENCE_ASK,			/* send it something */
	SILENCE_DEAD,			/* from now on */
	SILENCE_BACK,			/* alive again */
};

/* Seconds without a sign of life, for a peer with this keepalive (seconds, 0: none). */
uint32_t silence_timeout(uint16_t keepalive);
/* timeout: seconds, 0: it is never dead. */
enum silence_act silence_look(struct silence *s, uint64_t rx_bytes, const struct timespec *handshake, uint64_t now,
			      uint32_t timeout);
/* It can't be asked: as if it had been heard. */
void silence_heard(struct silence *s, uint64_t now);
#endif

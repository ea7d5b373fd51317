// SPDX-License-Identifier: GPL-2.0-only
/* Silent, asked, dead, back. */
#include "silence.h"

/*
 * Lost questions and answers don't make a peer dead: three are answered in time, and of those that
 * get none within 15 s WireGuard itself makes handshakes.
 */
#define WINDOW		25000		/* ms from the first question to the verdict */
#define MARGIN		5000		/* of a timeout that is shorter than that */
#define AGAIN		5000		/* between questions */
#define AGAIN_DEAD	30000
#define SLACK		500		/* looks come every 5 s, more or less */

#define INITIATION	148		/* bytes: struct message_handshake_initiation */

uint32_t silence_timeout(uint16_t keepalive)
{
	uint32_t timeout = SILENCE_KEEPALIVES * keepalive;

	return !keepalive ? SILENCE_DEFAULT : timeout < SILENCE_LEAST ? SILENCE_LEAST : timeout;
}

/* Data are multiples of 16 bytes, so this is one initiation and nothing else. */
static bool only_calls(uint64_t bytes)
{
	return bytes == INITIATION || bytes == 2 * INITIATION;
}

/*
 * A peer that only ever calls does not hear us: its handshake comes to nothing. Counters begin anew
 * with a peer that was taken out and put in.
 */
static bool is_heard(struct silence *s, uint64_t rx_bytes, const struct timespec *handshake)
{
	bool shaken = handshake->tv_sec != s->handshake.tv_sec || handshake->tv_nsec != s->handshake.tv_nsec;
	bool heard = shaken || (rx_bytes != s->rx_bytes && !only_calls(rx_bytes - s->rx_bytes));

	s->rx_bytes = rx_bytes;
	s->handshake = *handshake;
	return heard;
}

void silence_heard(struct silence *s, uint64_t now)
{
	s->since = now;
	s->first = s->last = 0;
	s->dead = false;
}

static enum silence_act ask(struct silence *s, uint64_t now, uint64_t again)
{
	if (s->last && now - s->last + SLACK < again)
		return SILENCE_NONE;
	if (!s->first)
		s->first = now;
	s->last = now;
	return SILENCE_ASK;
}

enum silence_act silence_look(struct silence *s, uint64_t rx_bytes, const struct timespec *handshake, uint64_t now,
			      uint32_t timeout)
{
	uint64_t limit = timeout * 1000ULL, window = limit < WINDOW + MARGIN ? limit - MARGIN : WINDOW;
	bool dead = s->dead;

	if (is_heard(s, rx_bytes, handshake) || !timeout) {
		silence_heard(s, now);
		return dead ? SILENCE_BACK : SILENCE_NONE;
	}
	if (dead)
		return ask(s, now, AGAIN_DEAD);
	if (now - s->since + s->early < limit - window)
		return SILENCE_NONE;
	/* By the clock alone a vtepd that was held up would take everybody for dead. */
	if (s->first && now - s->first + SLACK >= window && now - s->since + SLACK >= limit) {
		s->dead = true;
		return SILENCE_DEAD;
	}
	return ask(s, now, AGAIN);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* When a silent peer is asked, when it is dead and when it is back: counters and time in, decisions out. */
#include <string.h>

#include "expect.h"
#include "silence.h"

#define START		1000000		/* ms */
#define LOOK		5000

static struct silence peer;
static struct timespec handshake;
static uint64_t rx, now;
static unsigned int asked;

static void begin(uint32_t early)
{
	peer = (struct silence){ .since = START, .early = early };
	handshake = (struct timespec){ 0 };
	rx = 0;
	now = START;
}

static enum silence_act look(uint32_t timeout)
{
	enum silence_act act = silence_look(&peer, rx, &handshake, now, timeout);

	asked += act == SILENCE_ASK;
	return act;
}

/* Looks every `step` ms until something else than questions is decided, but no longer than `most` seconds. */
static enum silence_act wait_act(uint32_t timeout, unsigned int step, unsigned int most)
{
	uint64_t end = now + most * 1000ULL;
	enum silence_act act;

	asked = 0;
	do {
		now += step;
		act = look(timeout);
	} while ((act == SILENCE_NONE || act == SILENCE_ASK) && now < end);
	return act;
}

/* The second of the first question, counted from the last sign of life. */
static unsigned int first_question(uint32_t timeout, unsigned int step)
{
	uint64_t from = now;

	do
		now += step;
	while (look(timeout) == SILENCE_NONE && now < from + 1000000);
	return (now - from) / 1000;
}

static void timeouts(void)
{
	expect(silence_timeout(0), 180, "no keepalive: 180 s");
	expect(silence_timeout(25), 75, "25 s: three of them");
	expect(silence_timeout(1), 30, "1 s: 30 s at least");
	expect(silence_timeout(65535), 196605, "the longest");
}

static void dies(uint32_t timeout, unsigned int step, unsigned int latest)
{
	unsigned int seconds;

	begin(0);
	expect(wait_act(timeout, step, 2 * timeout), SILENCE_DEAD, "%u s, looked at every %u ms: dead", timeout, step);
	seconds = (now - START + 999) / 1000;
	tap_ok(seconds >= timeout && seconds <= latest, "after %u s", seconds);
	tap_ok(asked >= 3, "having been asked %u times", asked);
	expect(peer.dead, true, "and stays so");
}

static void asks(void)
{
	begin(0);
	expect(first_question(180, LOOK), 155, "180 s: asked after 155");
	begin(0);
	expect(first_question(20, 2000), 6, "20 s: after the third look");
	begin(22000);
	expect(first_question(180, LOOK), 135, "22 s early: after 135");
	expect(wait_act(180, LOOK, 300), SILENCE_DEAD, "asked early, it is dead");
	expect(now - START, 180000, "no earlier for that");
}

/* WireGuard acknowledges a question 10 s later: an idle peer is never dead. */
static void idle(void)
{
	uint64_t end = START + 3600 * 1000, answer = 0;
	unsigned int dead = 0, questions = 0;
	enum silence_act act;

	begin(0);
	while (now < end) {
		now += LOOK;
		if (answer && now >= answer) {
			rx += 32;
			answer = 0;
		}
		act = look(180);
		dead += act == SILENCE_DEAD;
		questions += act == SILENCE_ASK;
		if (act == SILENCE_ASK && !answer)
			answer = now + 10100;
	}
	expect(dead, 0, "an hour of idling with answers: never dead");
	tap_ok(questions > 20 && questions < 80, "asked %u times in it", questions);
}

static void comes_back(void)
{
	begin(0);
	wait_act(180, LOOK, 300);
	wait_act(180, LOOK, 300);
	expect(asked, 10, "dead for 300 s: asked every 30 s");
	rx += 32;
	now += LOOK;
	expect(look(180), SILENCE_BACK, "one packet: back");
	expect(look(180), SILENCE_NONE, "that is told once");
	expect(first_question(180, LOOK), 155, "and it has its time again");
	begin(0);
	wait_act(180, LOOK, 300);
	handshake.tv_sec = 1;
	expect(look(180), SILENCE_BACK, "a handshake: back");
	wait_act(180, LOOK, 300);
	expect(peer.dead, true, "dead again");
	expect(look(0), SILENCE_BACK, "off: nobody is dead");
	expect(wait_act(0, LOOK, 3600), SILENCE_NONE, "nor will be");
	expect(asked, 0, "nor is asked");
}

/* Initiations of a peer that does not hear our answers. */
static void only_calls(void)
{
	unsigned int i, dead = 0;

	begin(0);
	for (i = 0; i < 60; i++) {
		now += LOOK;
		rx += 148 * (1 + i % 2);
		dead += look(180) == SILENCE_DEAD;
	}
	expect(dead, 1, "one that calls and calls is dead");
	now += LOOK;
	rx += 148 + 32;
	expect(look(180), SILENCE_BACK, "a call and a packet: back");
}

/* A vtepd that was stopped for a minute, and a peer that was put in anew. */
static void interrupted(void)
{
	begin(0);
	now += 3600 * 1000;
	expect(look(180), SILENCE_ASK, "an hour without a look: asked, not dead");
	now += LOOK;
	rx = 32;
	expect(look(180), SILENCE_NONE, "it answers: alive");
	rx = 0;
	now += LOOK;
	expect(look(180), SILENCE_NONE, "counters begin anew: alive");
	silence_heard(&peer, now);
	expect(first_question(180, LOOK), 155, "not to be asked: as if heard");
}

int main(void)
{
	timeouts();
	dies(180, LOOK, 180);
	dies(75, LOOK, 75);
	dies(30, LOOK, 35);
	dies(20, 2000, 22);
	dies(20, 500, 21);
	dies(86400, LOOK, 86400);
	asks();
	idle();
	comes_back();
	only_calls();
	interrupted();
	return tap_end();
}

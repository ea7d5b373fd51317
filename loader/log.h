/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtepd's messages: one line each on stderr, with the syslog prefix that systemd reads ("<4>vtepd:
 * …"), and on failure a `hint:` line with the command that mends it. Included at the edges of the
 * loader only.
 */
#ifndef LOG_H
#define LOG_H

enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Prefixes only when stderr is the journal (JOURNAL_STREAM, systemd.exec(5)); messages above `max` are not printed. */
void log_init(enum log_level max);
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define log_err(...)		log_msg(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warning(...)	log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)		log_msg(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)		log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)		log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)
#endif

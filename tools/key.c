/* SPDX-License-Identifier: GPL-2.0-only */
/* vtepctl key: as `wg genkey`, `wg pubkey` and `wg genpsk`, with files that only their owner reads. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "command.h"
#include "session.h"
#include "value.h"
#include "verbs.h"
#include "wg.h"

static int refused(const char *what, const char *file, int err)
{
	error_say("cannot %s %s: %s", what, file, strerror(err));
	error_hint(err == EEXIST ? "a key is never written over: move it away first" : "ls -l %s", file);
	return EXIT_REFUSED;
}

/* Through stdio it would stay behind in a buffer. */
static int line_write(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= n) {
		n = write(fd, text, len);
		if (n < 0)
			return errno;
	}
	return 0;
}

static int key_print(const uint8_t key[MODEL_KEY_LEN], int fd)
{
	char text[WG_KEY_TEXT];
	int err;

	sodium_bin2base64(text, sizeof(text), key, MODEL_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
	text[WG_KEY_TEXT - 1] = '\n';
	err = line_write(fd, text, WG_KEY_TEXT);
	sodium_memzero(text, sizeof(text));
	return err;
}

/* A secret that goes into a file which others may read is none. */
static int secret_to_stdout(const uint8_t key[MODEL_KEY_LEN])
{
	struct stat st;
	int err;

	if (!fstat(STDOUT_FILENO, &st) && S_ISREG(st.st_mode) && st.st_mode & 077) {
		error_say("standard output is a file that others may read (mode %03o): no key is written to it",
			  st.st_mode & 0777);
		error_hint("umask 077 first, or name the FILE: vtepctl key gen FILE");
		return EXIT_REFUSED;
	}
	err = key_print(key, STDOUT_FILENO);
	return err ? refused("write to", "standard output", err) : EXIT_DONE;
}

static int secret_to_file(const uint8_t key[MODEL_KEY_LEN], const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), err;

	if (fd < 0)
		return refused("make", file, errno);
	err = fchmod(fd, 0600) ? errno : key_print(key, fd);
	if (!err && fsync(fd))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (!err)
		return EXIT_DONE;
	unlink(file);
	return refused("write", file, err);
}

static int public_print(const uint8_t private[MODEL_KEY_LEN])
{
	uint8_t public[MODEL_KEY_LEN];
	int err;

	crypto_scalarmult_base(public, private);
	err = key_print(public, STDOUT_FILENO);
	return err ? refused("write to", "standard output", err) : EXIT_DONE;
}

/* With a FILE, the public key is what is printed. */
int key_gen(struct session *s, const struct args *args)
{
	uint8_t key[MODEL_KEY_LEN];
	int code;

	(void)s;
	if (sodium_init() < 0)
		return refused("begin", "libsodium", EIO);
	randombytes_buf(key, sizeof(key));
	key[0] &= 248;			/* RFC 7748, section 5 */
	key[31] = (key[31] & 127) | 64;
	if (args->given & ARG_FILE)
		code = secret_to_file(key, args->file);
	else
		code = secret_to_stdout(key);
	if (!code && args->given & ARG_FILE)
		code = public_print(key);
	sodium_memzero(key, sizeof(key));
	return code;
}

int key_psk(struct session *s, const struct args *args)
{
	uint8_t key[MODEL_KEY_LEN];
	int code;

	(void)s;
	if (sodium_init() < 0)
		return refused("begin", "libsodium", EIO);
	randombytes_buf(key, sizeof(key));
	code = args->given & ARG_FILE ? secret_to_file(key, args->file) : secret_to_stdout(key);
	sodium_memzero(key, sizeof(key));
	return code;
}

/* One key and nothing but blanks around it. */
static int key_read(int fd, const char *file, uint8_t key[MODEL_KEY_LEN])
{
	char text[128];
	size_t len = 0;
	ssize_t n = 1;
	int code = EXIT_DONE;

	while (n > 0 && len < sizeof(text) - 1) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? n : 0;
	}
	if (n < 0) {
		code = refused("read", file, errno);
	} else {
		while (len && strchr(" \t\r\n", text[len - 1]))
			len--;
		text[len] = '\0';
		if (strlen(text) != len || value_key(text, key)) {
			error_say("%s: not a key of 32 bytes in base64 (what was read is not shown)", file);
			error_hint("vtepctl key gen | vtepctl key pub");
			code = EXIT_USAGE;
		}
	}
	sodium_memzero(text, sizeof(text));
	return code;
}

int key_pub(struct session *s, const struct args *args)
{
	const char *file = args->given & ARG_FILE ? args->file : "standard input";
	int fd = args->given & ARG_FILE ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO, code;
	uint8_t key[MODEL_KEY_LEN];

	(void)s;
	if (fd < 0) {
		code = errno;
		refused("read", file, code);
		return code == ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
	}
	code = key_read(fd, file, key);
	if (fd != STDIN_FILENO)
		close(fd);
	if (!code)
		code = public_print(key);
	sodium_memzero(key, sizeof(key));
	return code;
}

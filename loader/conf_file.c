// SPDX-License-Identifier: GPL-2.0-only
/* A file of the configuration: read whole, and whose it is. Its text holds keys and is wiped. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "conf_parse.h"
#include "value.h"

#define OTHERS_WRITE	(S_IWGRP | S_IWOTH)

/*
 * Who may write a directory can put another file in the place of ours. In one with the sticky bit
 * only root can, but others may still add drop-ins: that is enough on the way there, not at the end.
 */
static void judge_way(const char *path, struct conf_text *out)
{
	char way[PATH_MAX], *slash;
	bool last = true;
	struct stat st;

	if (!realpath(path, way)) {
		out->trusted = false;
		snprintf(out->why, sizeof(out->why), "%s", strerror(errno));
		return;
	}
	while (out->trusted && (slash = strrchr(way, '/')) && strcmp(way, "/")) {
		slash[slash == way] = '\0';
		if (stat(way, &st) || st.st_uid ||
		    (st.st_mode & OTHERS_WRITE && (last || !(st.st_mode & S_ISVTX)))) {
			out->trusted = false;
			snprintf(out->why, sizeof(out->why), "others than root may write in %.80s", way);
		}
		last = false;
	}
}

static int judge(const char *path, int fd, struct findings *f, struct conf_text *out)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	out->pipe = !strcmp(path, "-");
	if (out->pipe)
		return 0;
	if (!S_ISREG(st.st_mode)) {
		snprintf(out->why, sizeof(out->why), "it is no regular file");
		return 0;
	}
	out->trusted = !st.st_uid && !(st.st_mode & OTHERS_WRITE);
	if (!out->trusted)
		snprintf(out->why, sizeof(out->why), st.st_uid ? "it is owned by user %u" :
			 "others than root may write it", st.st_uid);
	judge_way(path, out);
	out->world_readable = st.st_mode & S_IROTH || (st.st_mode & S_IRGRP && st.st_gid);
	if (!(st.st_mode & S_IWOTH))
		return 0;
	finding_add(f, FINDING_ERROR, path, 0, "anybody may write it: nothing in it can be believed\n"
		    "chmod 600 %s", path);
	return -EPERM;
}

static int read_all(int fd, struct conf_text *out)
{
	size_t room = 0;
	ssize_t n;
	char *more;

	do {
		if (out->len + 1 >= room) {
			/* Not realloc(): that leaves keys behind. */
			room = room ? 4 * room : 64 << 10;
			more = malloc(room);
			if (!more)
				return -ENOMEM;
			if (out->data) {
				memcpy(more, out->data, out->len);
				sodium_memzero(out->data, out->len);
				free(out->data);
			}
			out->data = more;
		}
		n = read(fd, out->data + out->len, room - out->len - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		out->len += n > 0 ? n : 0;
		if (out->len > CONF_FILE_MAX)
			return -EFBIG;
	} while (n);
	return 0;
}

int conf_text_read(const char *path, struct findings *f, struct conf_text *out)
{
	bool in = !strcmp(path, "-");
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err;

	*out = (struct conf_text){ 0 };
	if (fd < 0) {
		err = -errno;
	} else {
		if (!in)		/* only open() must not wait for who writes a pipe */
			fcntl(fd, F_SETFL, 0);
		err = judge(path, fd, f, out);
		if (err == -EPERM)
			goto close;
		err = err ? err : read_all(fd, out);
	}
	if (err == -EFBIG)
		finding_add(f, FINDING_ERROR, path, 0, "larger than %u MiB\n"
			    "split it: %s.d/*.conf", CONF_FILE_MAX >> 20, path);
	else if (err)
		finding_add(f, FINDING_ERROR, path, 0, "%s\nls -l %s", strerror(-err), path);
close:
	if (fd >= 0 && !in)
		close(fd);
	if (err)
		conf_text_free(out);
	return err;
}

void conf_text_free(struct conf_text *text)
{
	if (text->data)
		sodium_memzero(text->data, text->len);
	free(text->data);
	text->data = NULL;
}

/* A relative name is beside the file that names it. */
static char *key_path(const struct conf *c)
{
	const char *name = c->model->wg.private_key_file;
	char *copy, *path = NULL;

	if (*name == '/')
		return strdup(name);
	copy = strdup(c->key_file_where.file);
	if (copy && asprintf(&path, "%s/%s", dirname(copy), name) < 0)
		path = NULL;
	free(copy);
	return path;
}

int conf_key_file(struct conf *c)
{
	const struct model_where *at = &c->key_file_where;
	struct model_wg *wg = &c->model->wg;
	struct findings unsaid = { 0 };
	struct conf_text text;
	char *path;
	int err;

	if (!wg->private_key_file)
		return 0;
	path = key_path(c);
	if (!path)
		return -ENOMEM;
	err = conf_text_read(path, &unsaid, &text);
	if (err) {
		finding_add(c->findings, FINDING_ERROR, at->file, at->line, "[Interface] PrivateKeyFile: %s: %s\n"
			    "%s", path,
			    unsaid.n ? unsaid.list[0].text : strerror(-err), unsaid.n && unsaid.list[0].hint ?
			    unsaid.list[0].hint : "vtepctl key gen FILE");
		goto out;
	}
	while (text.len && strchr(" \t\r\n", text.data[text.len - 1]))
		text.len--;
	text.data[text.len] = '\0';
	wg->has_private_key = strlen(text.data) == text.len && !value_key(text.data, wg->private_key);
	if (!wg->has_private_key)
		finding_add(c->findings, FINDING_ERROR, at->file, at->line,
			    "[Interface] PrivateKeyFile: %s holds no key of 32 bytes in base64\n"
			    "vtepctl key gen FILE", path);
	else if (text.world_readable)
		finding_add(c->findings, FINDING_WARNING, at->file, at->line,
			    "[Interface] PrivateKeyFile: others than root may read %s\n"
			    "chmod 600 %s", path, path);
	conf_text_free(&text);
out:
	findings_free(&unsaid);
	free(path);
	return err == -ENOMEM ? err : 0;
}

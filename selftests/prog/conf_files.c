/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files: drop-ins, owners and modes, keys in files of their own, names of routing tables, what
 * can't be read; a failed read leaves the model alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/stat.h>

#include "conf_text.h"
#include "expect.h"

static char dir[] = "/tmp/vtep-conf.XXXXXX";
static char path[64], dropin[64], key[64];
static struct model m;
static struct findings f;

static void put(const char *name, const char *text, mode_t mode)
{
	size_t len = strlen(text);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode) || close(fd))
		tap_bail("%s: %m", name);
}

static int load(void)
{
	model_free(&m);
	findings_free(&f);
	return conf_load(path, 0, &m, &f);
}

static bool said(enum finding_level level, const char *text)
{
	size_t i;

	for (i = 0; i < f.n; i++)
		if (f.list[i].level == level && strstr(f.list[i].text, text))
			return true;
	for (i = 0; i < f.n; i++)
		tap_note("said: %s:%u: %s", f.list[i].file, f.list[i].line, f.list[i].text);
	return false;
}

static void test_dropins(void)
{
	char names[2][80];

	put(path, "[Interface]\nListenPort = 1\n[VNI]\nVNI = 1\n", 0600);
	expect(load(), 0, "a file without drop-ins");
	tap_ok(!strcmp(m.ifname, "wg0"), "whose name is the device's");
	mkdir(dropin, 0700);
	snprintf(names[0], sizeof(names[0]), "%s/20-b.conf", dropin);
	snprintf(names[1], sizeof(names[1]), "%s/10-a.conf", dropin);
	put(names[0], "[Peer]\nPublicKey = " KEY_2 "\n[Interface]\nMTU = 1400\n", 0600);
	put(names[1], "[Peer]\nPublicKey = " KEY_1 "\n", 0600);
	expect(load(), 0, "with two");
	tap_ok(m.wg.n_peers == 2 && m.wg.mtu == 1400 && m.wg.peers[0].public_key[0] < m.wg.peers[1].public_key[0],
	       "in the order of their names");
	tap_ok(!strcmp(m.wg.peers[1].where.file, names[0]) && m.wg.peers[1].where.line == 1, "lines are of the drop-in");
	put(names[1], "[Peer]\nPublicKey = " KEY_2 "\n[Interface]\nListenPort = 2\n", 0600);
	expect(load(), -EINVAL, "the same peer and key in two files");
	tap_ok(said(FINDING_ERROR, "given twice, first at") && strstr(f.list[0].text, "wg0.conf:2"), "both lines are named");
	put(names[1], "not mine\n", 0600);
	rename(names[1], names[0]);
	snprintf(names[1], sizeof(names[1]), "%s/20-b.conf~", dropin);
	rename(names[0], names[1]);
	expect(load(), 0, "files of other names are passed over");
	unlink(names[1]);
	rmdir(dropin);
}

static void test_unchanged(void)
{
	struct model before;

	put(path, "[Interface]\nListenPort = 1\n", 0600);
	expect(load(), 0, "a good file");
	model_free(&m);
	model_init(&m);
	memcpy(&before, &m, sizeof(m));
	put(path, "[Interface]\nListenPort = 2\n[Peer]\nPublicKey = " KEY_1 "\nMUT = 1\n", 0600);
	expect(conf_load(path, 0, &m, &f), -EINVAL, "a bad one");
	tap_ok(!memcmp(&before, &m, sizeof(m)), "leaves the model as it was");
	findings_free(&f);
}

static void test_unreadable(void)
{
	char *big = malloc(CONF_FILE_MAX + 2);

	unlink(path);
	expect(load(), -ENOENT, "no file");
	tap_ok(said(FINDING_ERROR, "No such file"), "is said");
	mkdir(path, 0700);
	expect(load(), -EISDIR, "a directory");
	rmdir(path);
	memset(big, '#', CONF_FILE_MAX + 1);
	big[CONF_FILE_MAX + 1] = '\0';
	put(path, big, 0600);
	expect(load(), -EFBIG, "more than 4 MiB");
	tap_ok(said(FINDING_ERROR, "larger than 4 MiB"), "is said");
	big[CONF_FILE_MAX] = '\0';
	put(path, big, 0600);
	expect(load(), 0, "4 MiB are read");
	free(big);
	unlink(path);
	mkfifo(path, 0600);
	expect(load(), 0, "a pipe that nobody writes is empty, and nothing waits for it");
	tap_ok(said(FINDING_WARNING, "no regular file"), "is warned of");
	unlink(path);
	put(path, "", 0600);
	expect(load(), 0, "an empty file is one");
	tap_ok(!m.wg.given, "that leaves WireGuard to others");
}

static void test_modes(void)
{
	put(path, "[Interface]\nPrivateKey = " KEY_1 "\n", 0644);
	expect(load(), 0, "a key that others may read");
	tap_ok(said(FINDING_WARNING, "it holds a key, and others than root may read it") && f.list[0].line == 2,
	       "is warned of, with its line");
	put(path, "[Interface]\nPrivateKey = " KEY_1 "\n", 0600);
	expect(load(), 0, "one that they may not");
	tap_ok(!f.n, "is not");
	put(path, "[Interface]\nMTU = 1400\n", 0644);
	expect(load(), 0, "no key, read by all");
	tap_ok(!f.n, "is nothing to speak of");
	put(path, "[Interface]\nMTU = 1400\n", 0622);
	expect(load(), -EPERM, "a file that anybody may write");
	tap_ok(said(FINDING_ERROR, "anybody may write it"), "is refused");
	put(path, "[Interface]\nMTU = 1400\n", 0660);
	expect(load(), 0, "its group may write, and it runs no commands");
	tap_ok(said(FINDING_WARNING, "others than root may write it"), "is warned of");
	put(path, "[Interface]\nPostUp = true\n", 0660);
	expect(load(), -EINVAL, "the same with commands");
	tap_ok(said(FINDING_ERROR, "commands run only from a file that is root's alone") && f.list[0].line == 2, "is refused");
	put(path, "[Interface]\nPostUp = true\n", 0644);
	expect(load(), 0, "commands that only root may write");
	chmod(dir, 0777);
	expect(load(), -EINVAL, "in a directory that others may write");
	chmod(dir, 01777);
	expect(load(), -EINVAL, "or may add to");
	chmod(dir, 0700);
	if (!chown(path, 65534, 0)) {
		expect(load(), -EINVAL, "of a file that is another's");
		tap_ok(said(FINDING_ERROR, "owned by user 65534"), "is refused");
	}
	unlink(path);
}

static void test_dropin_modes(void)
{
	char name[80];

	put(path, "[Interface]\nPostUp = true\n", 0600);
	mkdir(dropin, 0700);
	snprintf(name, sizeof(name), "%s/a.conf", dropin);
	put(name, "[Interface]\nPostUp = false\n", 0600);
	expect(load(), 0, "commands in a drop-in");
	chmod(dropin, 0770);
	expect(load(), -EINVAL, "not where others may add some");
	chmod(dropin, 0700);
	put(name, "[Interface]\nMTU = 1400\n", 0666);
	expect(load(), -EPERM, "nor a drop-in that anybody may write");
	unlink(name);
	rmdir(dropin);
}

static void test_key_file(void)
{
	put(path, "[Interface]\nPrivateKeyFile = wg0.key\n", 0600);
	expect(load(), -EINVAL, "a key file that is not there");
	tap_ok(said(FINDING_ERROR, "No such file") && f.list[0].line == 2, "is an error of its line");
	put(key, KEY_1 "\n", 0600);
	expect(load(), 0, "one beside the file");
	tap_ok(m.wg.has_private_key && !f.n, "is read");
	put(key, KEY_1 "\n", 0644);
	expect(load(), 0, "one that others may read");
	tap_ok(said(FINDING_WARNING, "others than root may read"), "is warned of");
	put(key, KEY_1 "\n", 0646);
	expect(load(), -EINVAL, "one that anybody may write is refused");
	put(key, KEY_1 KEY_2 "\n", 0600);
	expect(load(), -EINVAL, "two keys are none");
	tap_ok(said(FINDING_ERROR, "holds no key") && !strstr(f.list[0].text, "BBBB"), "and are not shown");
	unlink(key);
}

static void test_tables(void)
{
	put(path, "[Interface]\nTable = main\n", 0600);
	expect(load(), 0, "a routing table by name");
	tap_ok(m.wg.table_mode == MODEL_TABLE_NUMBER && m.wg.table == 254, "is its number");
	put(path, "[Interface]\nTable = no_such_table\n", 0600);
	expect(load(), -EINVAL, "a name that no table has");
	tap_ok(said(FINDING_ERROR, "no table is called no_such_table"), "is an error");
}

static void test_peers_only(void)
{
	static const uint8_t zero[MODEL_KEY_LEN];

	put(path, "[Interface]\nPrivateKey = " KEY_1 "\n# node2\n[Peer]\nPublicKey = " KEY_2 "\nPresharedKey = " KEY_3 "\n", 0600);
	model_free(&m);
	findings_free(&f);
	expect(conf_read_peers(path, &m), 0, "the peers of a file that others use");
	tap_ok(!m.wg.given && !m.wg.has_private_key && m.wg.n_peers == 1 && !strcmp(m.wg.peers[0].name, "node2"), "have names");
	tap_ok(!memcmp(m.wg.peers[0].preshared_key, zero, sizeof(zero)), "and no secrets");
}

int main(void)
{
	if (geteuid())
		tap_skip_all("owners are judged: needs root");
	model_init(&m);
	if (!mkdtemp(dir))
		tap_bail("%s: %m", dir);
	snprintf(path, sizeof(path), "%s/wg0.conf", dir);
	snprintf(dropin, sizeof(dropin), "%s/wg0.conf.d", dir);
	snprintf(key, sizeof(key), "%s/wg0.key", dir);
	test_dropins();
	test_unchanged();
	test_unreadable();
	test_modes();
	test_dropin_modes();
	test_key_file();
	test_tables();
	test_peers_only();
	unlink(path);
	rmdir(dir);
	findings_free(&f);
	model_free(&m);
	return tap_end();
}

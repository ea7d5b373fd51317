// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills a pinned forwarding database with entries that no frame is for: static, VNI 1,
 * behind the first VTEP.
 *
 * usage: fdbfill PIN COUNT
 */
#include <bpf/bpf.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <vtep/abi.h>

#define BATCH 4096

int main(int argc, char **argv)
{
	static struct vtep_fdb_key keys[BATCH];
	static struct vtep_fdb values[BATCH];
	unsigned long count, done = 0;
	int fd;

	if (argc != 3)
		errx(1, "usage: fdbfill PIN COUNT");
	fd = bpf_obj_get(argv[1]);
	if (fd < 0)
		err(2, "%s", argv[1]);
	count = strtoul(argv[2], NULL, 10);
	while (done < count) {
		__u32 n = count - done < BATCH ? count - done : BATCH;

		for (__u32 i = 0; i < n; i++) {
			__u32 id = done + i;

			keys[i] = (struct vtep_fdb_key){ .vni = 1, .mac = { 0x02, 0x10 } };
			memcpy(keys[i].mac + 2, &id, sizeof(id));
			values[i] = (struct vtep_fdb){ .where.flags = VTEP_FDB_REMOTE | VTEP_FDB_STATIC_ENTRY };
		}
		if (bpf_map_update_batch(fd, keys, values, &n, NULL))
			err(2, "%s: entry %lu", argv[1], done + n);
		done += n;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the time of a command goes, the kernel's included: what `perf record -a -e cpu-clock`
 * and `perf report` do, for a guest that has no perf.
 *
 * usage: profile COMMAND...
 *
 * Samples what every CPU is at, each 20 µs, and prints "SAMPLES SYMBOL", most first.
 * A section with interrupts off is charged to the function that ends it.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PERIOD_NS	20011
#define RING_PAGES	4096
#define CPUS_MAX	64

struct symbol {
	uint64_t addr;
	char name[64];
	unsigned long samples;
};

struct sample {
	struct perf_event_header header;
	uint64_t ip;
};

static struct symbol *symbols;
static size_t symbol_count;
static unsigned long in_user, in_all;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static int by_samples(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->samples < y->samples) - (x->samples > y->samples);
}

/* After the command, so that programs and modules which it loaded are there. */
static void symbols_read(void)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	struct symbol s = {};
	size_t room = 0;
	char type;

	if (!f)
		err(2, "/proc/kallsyms");
	while (fscanf(f, "%" SCNx64 " %c %63s%*[^\n]", &s.addr, &type, s.name) == 3) {
		if (!strchr("tTwW", type))
			continue;
		if (symbol_count == room) {
			room = room ? 2 * room : 65536;
			symbols = reallocarray(symbols, room, sizeof(*symbols));
			if (!symbols)
				err(2, "symbols");
		}
		symbols[symbol_count++] = s;
	}
	fclose(f);
	if (!symbol_count)
		errx(2, "/proc/kallsyms: no symbols");
	qsort(symbols, symbol_count, sizeof(*symbols), by_address);
}

static void sample_count(uint64_t ip)
{
	size_t low = 0, high = symbol_count, middle;

	in_all++;
	if (!(ip >> 63)) {
		in_user++;
		return;
	}
	while (high - low > 1) {
		middle = (low + high) / 2;
		if (symbols[middle].addr <= ip)
			low = middle;
		else
			high = middle;
	}
	symbols[low].samples++;
}

static int event_open(int cpu, void **ring)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERIOD_NS,
		.sample_type = PERF_SAMPLE_IP,
		.disabled = 1,
		.exclude_idle = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		err(2, "perf_event_open");
	*ring = mmap(NULL, (RING_PAGES + 1) * 4096L, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*ring == MAP_FAILED)
		err(2, "ring");
	return fd;
}

static void ring_read(const void *ring)
{
	const struct perf_event_mmap_page *page = ring;
	const char *data = (const char *)ring + page->data_offset;
	uint64_t at = 0;

	while (at < page->data_head) {
		const struct perf_event_header *h = (const void *)(data + at % page->data_size);

		if (h->type == PERF_RECORD_LOST)
			warnx("samples lost");
		if (h->type == PERF_RECORD_SAMPLE)
			sample_count(((const struct sample *)h)->ip);
		at += h->size;
	}
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), fds[CPUS_MAX], status;
	void *rings[CPUS_MAX];
	pid_t child;

	if (argc < 2 || cpus > CPUS_MAX)
		errx(1, "usage: profile COMMAND...");
	for (int i = 0; i < cpus; i++)
		fds[i] = event_open(i, &rings[i]);
	for (int i = 0; i < cpus; i++)
		ioctl(fds[i], PERF_EVENT_IOC_ENABLE, 0);
	child = fork();
	if (!child) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	waitpid(child, &status, 0);
	for (int i = 0; i < cpus; i++)
		ioctl(fds[i], PERF_EVENT_IOC_DISABLE, 0);
	symbols_read();
	for (int i = 0; i < cpus; i++)
		ring_read(rings[i]);
	qsort(symbols, symbol_count, sizeof(*symbols), by_samples);
	printf("%lu all\n%lu user\n", in_all, in_user);
	for (size_t i = 0; i < symbol_count && symbols[i].samples; i++)
		printf("%lu %s\n", symbols[i].samples, symbols[i].name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

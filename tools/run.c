/* SPDX-License-Identifier: GPL-2.0-only */
/* Options, network namespace, object, verb, instance: then the verb runs. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>

#include "command.h"
#include "instance.h"
#include "output.h"
#include "run.h"
#include "session.h"

#ifndef VTEP_VERSION
#define VTEP_VERSION "0.1"
#endif

#define RUN_INSTANCES	256
#define USAGE_WIDTH	44

static void usage_print(FILE *to, const struct command *commands, const struct command *only,
			const struct run_text *text)
{
	const struct command *c;
	const struct verb *v;

	fprintf(to, "%s\nusage: vtepctl [OPTIONS] [OBJECT [VERB] [ARGUMENTS]]\n\n", text->examples);
	for (c = commands; c->name; c++) {
		if (only && c != only)
			continue;
		for (v = c->verbs; v->name; v++) {
			bool several = c->verbs[1].name;
			char line[128];

			snprintf(line, sizeof(line), "%s%s%s%s%s", c->name, several ? " " : "",
				 several ? v->name : "", *v->syntax ? " " : "", v->syntax);
			if (strlen(line) > USAGE_WIDTH)
				fprintf(to, "  %s\n%*s%s\n", line, USAGE_WIDTH + 4, "", v->what);
			else
				fprintf(to, "  %-*s  %s\n", USAGE_WIDTH, line, v->what);
		}
	}
	if (!only)
		fprintf(to, "\n%s", text->options);
}

static int version_print(void)
{
	struct utsname kernel;

	uname(&kernel);
	printf("vtepctl %s, ABI %u, libbpf %s, Linux %s\n", VTEP_VERSION, VTEP_ABI_VERSION,
	       libbpf_version_string(), kernel.release);
	return EXIT_DONE;
}

/* -c, VTEPCTL_COLOR_MODE, NO_COLOR, is anybody looking: the first that says. Never with -j, -o. */
static int color_decide(struct options *opt, const char *mode)
{
	const char *no = getenv("NO_COLOR");

	if (!mode)
		mode = getenv("VTEPCTL_COLOR_MODE");
	if (!mode || !*mode)
		mode = no && *no ? "never" : "auto";
	if (!strcmp(mode, "always"))
		opt->color = true;
	else if (!strcmp(mode, "auto"))
		opt->color = isatty(STDOUT_FILENO);
	else if (strcmp(mode, "never"))
		return -EINVAL;
	if (opt->json || opt->oneline)
		opt->color = false;
	return 0;
}

/* -1: go on; else an exit code. */
static int options_parse(int argc, char **argv, const struct option *options, struct options *opt,
			 bool *help)
{
	const char *color = NULL;
	int c;

	while ((c = getopt_long_only(argc, argv, "jpsdtc::n:i:oVh", options, NULL)) != -1) {
		switch (c) {
		case 'j': opt->json = true; break;
		case 'p': opt->pretty = true; break;
		case 's': opt->statistics = true; break;
		case 'd': opt->details = true; break;
		case 't': opt->timestamp = true; break;
		case 'o': opt->oneline = true; break;
		case 'c': color = optarg ? optarg : "always"; break;
		case 'n': opt->netns = optarg; break;
		case 'i': opt->iface = optarg; break;
		case 'V': return version_print();
		case 'h': *help = true; break;
		default:
			error_hint("vtepctl --help");
			return EXIT_USAGE;
		}
	}
	if (!color_decide(opt, color))
		return -1;
	error_say("color is always, auto or never");
	error_hint("vtepctl --color=auto");
	return EXIT_USAGE;
}

static int netns_enter(const char *name)
{
	char path[128];
	int fd, err = 0;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ||
	    strlen(name) > 100) {
		error_say("'%s' is not a name of a network namespace", name);
		error_hint("ip netns list");
		return EXIT_USAGE;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err = errno;
	if (fd >= 0)
		close(fd);
	if (!err)
		return 0;
	error_say("cannot enter the network namespace %s: %s", name, strerror(err));
	error_hint(err == ENOENT ? "ip netns list" : "run vtepctl as root");
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
}

static int run_instance(const struct options *opt, const struct verb *verb, const struct args *args,
			const char *ifname, struct output *out)
{
	struct session *s;
	int code;

	s = verb->takes & ARG_ALONE ? session_alone(opt, out, &code) : session_open(opt, ifname, out, &code);
	if (!s)
		return code;
	code = verb->run(s, args);
	session_close(s);
	return code;
}

/* Whose instance: the option's, or the one that `dev` names. NULL: not said. */
static const char *run_ifname(const struct options *opt, const struct verb *verb,
			      const struct args *args, char names[][16], int n)
{
	int i;

	if (opt->iface)
		return opt->iface;
	for (i = 0; args->dev && i < n; i++)
		if (!strcmp(args->dev, names[i]))
			return args->dev;
	return verb->takes & ARG_IFACE ? args->dev : NULL;
}

static int run_verb(const struct options *opt, const struct verb *verb, const struct args *args)
{
	char names[RUN_INSTANCES][16];
	int n = instance_list(names, RUN_INSTANCES), i, code = EXIT_DONE, err = 0;
	const char *ifname =
		run_ifname(opt, verb, args, names, n < RUN_INSTANCES ? n : RUN_INSTANCES);
	struct output *out = output_new(opt, verb->columns, verb->list);

	if (!out)
		return EXIT_REFUSED;
	if (verb->takes & ARG_IFACE && !ifname && n > 1)
		for (i = 0; i < n && i < RUN_INSTANCES && !code; i++)
			code = run_instance(opt, verb, args, names[i], out);
	else
		code = run_instance(opt, verb, args, ifname, out);
	if (code)
		output_drop(out);
	else
		err = output_end(out);
	if (!err)
		return code;
	error_say("cannot write the answer: %s", strerror(-err));
	return EXIT_REFUSED;
}

int run(const struct command *commands, const struct run_text *text, const struct option *options,
	int argc, char **argv)
{
	const struct command *command = commands;
	struct options opt = { 0 };
	const struct verb *verb;
	struct args args;
	bool help = false;
	int code;

	argv[0] = "vtepctl";		/* as getopt's messages begin */
	setlocale(LC_CTYPE, "");
	opt.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	code = options_parse(argc, argv, options, &opt, &help);
	if (code >= 0)
		return code;
	argv += optind;
	if (*argv && !strcmp(*argv, "help")) {
		help = true;
		argv++;
	}
	if (*argv)
		command = command_find(commands, *argv);
	if (!command) {
		error_say("'%s' is no object of vtepctl", *argv);
		usage_print(stderr, commands, NULL, text);
		return EXIT_USAGE;
	}
	if (*argv)
		argv++;
	else if (help)
		command = NULL;
	verb = *argv && command ? verb_find(command->verbs, *argv) : NULL;
	if (verb)
		argv++;
	if (help || (*argv && !strcmp(*argv, "help"))) {
		usage_print(stdout, commands, command, text);
		return EXIT_DONE;
	}
	code = args_parse(command, verb, argv, &args);
	if (!verb)
		verb = command->verbs;
	if (!code && opt.netns)
		code = netns_enter(opt.netns);
	return code ? code : run_verb(&opt, verb, &args);
}

# SPDX-License-Identifier: GPL-2.0-only
# make deps && make        build/vtepd and build/vtepctl
# make demo, make check    set up everything they need, then run

PREFIX	?= /usr/local
DESTDIR	?=
SBINDIR	?= $(PREFIX)/sbin
MANDIR	?= $(PREFIX)/share/man
UNITDIR	?= $(PREFIX)/lib/systemd/system
COMPDIR	?= $(PREFIX)/share/bash-completion/completions
V	?= 0
Q	:= $(if $(filter 0,$(V)),@)
say	= $(if $(filter 0,$(V)),@printf '  %-8s%s\n' '$(1)' '$(2)')

BUILD	:= build
CLANG	?= clang
BPFTOOL	?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
ARCH	:= $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTI	:= $(shell $(CC) -print-multiarch)
PKGS	:= libbpf libmnl libsodium smartcols jansson
WERROR	?= $(if $(CI),-Werror)

# Of Debian 12 and 13. The second list is what `make check` and `make demo` need above that.
DEPS_BUILD := gcc make pkg-config clang libbpf-dev libelf-dev zlib1g-dev libmnl-dev libsodium-dev \
	libsmartcols-dev libjansson-dev bpftool linux-libc-dev
DEPS_CHECK := qemu-system-x86 busybox-static bash iproute2 wireguard-tools iperf3 tcpdump tshark jq gojq \
	ethtool iputils-ping socat kmod cpio zstd xz-utils bsdextrautils iptables nftables dnsmasq-base strace procps valgrind \
	debian-archive-keyring ca-certificates libclang-rt-dev mandoc systemd

CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra $(WERROR) -D_GNU_SOURCE -MMD -MP -Iinclude -Iloader -Itools \
	-I$(BUILD) $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(SANITIZE)
LDLIBS	= $(shell pkg-config --libs libbpf libmnl libsodium) -lelf -lz $(SANITIZE)
BPFFLAGS := -O2 -g -target bpf -mcpu=v3 -fno-strict-aliasing -Wall -Wextra $(WERROR) -D__TARGET_ARCH_$(ARCH) \
	-Iinclude -Ibpf -I/usr/include/$(MULTI) -MMD -MP

# Both programs are made of the loader's files; vtepctl of those alone that don't drive the daemon.
SHARED	:= addr binding conf conf_dropin conf_file conf_interface conf_key conf_lex conf_lines conf_name conf_peer conf_range conf_table conf_value conf_vni \
	fdb finding instance instance_read link link_parse link_set lint lint_device lint_node lint_range lint_underlay log model neigh nl options options_file options_value options_vni pins reason service value wg wg_route
SHARED	+= genl ifaddr resolver route route_set rule silence wg_plan wg_routes wg_set
LOADER	:= $(patsubst loader/%.c,%,$(wildcard loader/*.c))
TOOLS	:= $(patsubst tools/%.c,%,$(wildcard tools/*.c))
SHARED_O := $(patsubst %,$(BUILD)/loader/%.o,$(filter $(SHARED),$(LOADER)))
LOADER_O := $(LOADER:%=$(BUILD)/loader/%.o)
TOOLS_O	:= $(TOOLS:%=$(BUILD)/tools/%.o)
SKELS	:= $(BUILD)/vtep.skel.h $(BUILD)/probe.skel.h
BENCH	:= $(patsubst selftests/bench/%.c,$(BUILD)/%,$(wildcard selftests/bench/*.c))
HELPERS	:= $(patsubst selftests/net/%.c,$(BUILD)/%,$(wildcard selftests/net/*.c))
FUZZERS	:= $(patsubst selftests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard selftests/fuzz/*.c))
PROGS	:= $(patsubst selftests/prog/%.c,$(BUILD)/selftests/%,$(wildcard selftests/prog/*.c))

# Nothing is fetched when everything is there.
install	= dpkg -s $(1) >/dev/null 2>&1 || { apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1); }

all: $(BUILD)/vtepd $(BUILD)/vtepctl

$(BUILD)/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -c $< -o $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(BUILD)/loader/%.o: loader/%.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/tools/%.o: tools/%.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/vtepd: $(LOADER_O)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/vtepctl: $(TOOLS_O) $(SHARED_O)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs smartcols jansson)

# Test programs: one file each, linked with the loader's shared files.
$(BUILD)/selftests/%: selftests/prog/%.c $(SHARED_O) | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -MF $@.d -o $@ $< $(SHARED_O) $(LDLIBS)

# Programs that the tests in shell use.
$(filter-out $(BUILD)/enter,$(HELPERS)): $(BUILD)/%: selftests/net/%.c $(SHARED_O)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -MF $@.d -o $@ $< $(SHARED_O) $(LDLIBS)

# Alone and static: it runs before every command of a test in shell.
$(BUILD)/enter: selftests/net/enter.c
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out $(SANITIZE),$(CFLAGS)) -static $(LDFLAGS) -MF $@.d -o $@ $<

$(BENCH): $(BUILD)/%: selftests/bench/%.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -MF $@.d -o $@ $< $(LDLIBS)

# The parsers alone, without files and network, compiled once more for libFuzzer.
FUZZED	:= addr conf_interface conf_key conf_lex conf_lines conf_name conf_peer conf_range conf_value conf_vni finding \
	lint lint_device lint_node lint_range lint_underlay log model nl value
$(FUZZERS): $(BUILD)/fuzz/%: selftests/fuzz/%.c $(FUZZED:%=loader/%.c) $(wildcard loader/*.h)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -MMD -MP $(SANITIZE),$(CFLAGS)) -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $< $(FUZZED:%=loader/%.c) $(shell pkg-config --libs libmnl libsodium)

selftests: all $(PROGS) $(HELPERS) $(BENCH) $(FUZZERS)

list-programs:
	@echo $(PROGS)

deps:
	$(Q)$(call install,$(DEPS_BUILD))

deps-check:
	$(Q)$(call install,$(DEPS_BUILD) $(DEPS_CHECK))

check:
	$(Q)selftests/check

bench: deps-check selftests
	$(Q)selftests/bench/run

demo:
	$(Q)selftests/demo

# What is installed: DIRECTORY/NAME:SOURCE
INSTALLED = $(SBINDIR)/vtepd:$(BUILD)/vtepd $(SBINDIR)/vtepctl:$(BUILD)/vtepctl \
	$(UNITDIR)/vtepd@.service:tools/systemd/vtepd@.service \
	$(UNITDIR)/vtepd-down@.service:tools/systemd/vtepd-down@.service \
	$(UNITDIR)/vtepd@.service.d/hardened.conf:tools/systemd/hardened.conf \
	$(UNITDIR)/vtepd-down@.service.d/hardened.conf:tools/systemd/hardened.conf \
	$(foreach man,$(wildcard tools/man/*),$(MANDIR)/man$(lastword $(subst ., ,$(man)))/$(notdir $(man)):$(man)) \
	$(foreach tool,vtepd vtepctl,$(COMPDIR)/$(tool):tools/completion/$(tool))

install: all
	$(Q)for file in $(INSTALLED); do mode=644; case $$file in $(SBINDIR)/*) mode=755 ;; esac; \
		install -D -m $$mode "$${file#*:}" "$(DESTDIR)$${file%:*}" || exit 1; echo "$(DESTDIR)$${file%:*}"; done
	$(Q)sed -i 's|@SBINDIR@|$(SBINDIR)|' $(DESTDIR)$(UNITDIR)/vtepd@.service $(DESTDIR)$(UNITDIR)/vtepd-down@.service

uninstall:
	$(Q)for file in $(INSTALLED); do rm -f "$(DESTDIR)$${file%:*}"; done
	$(Q)rmdir $(addprefix $(DESTDIR)$(UNITDIR)/,vtepd@.service.d vtepd-down@.service.d) 2>/dev/null || :

clean:
	rm -rf $(filter-out $(BUILD)/vm,$(wildcard $(BUILD)/*))

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

.PHONY: all selftests list-programs deps deps-check check bench demo install uninstall clean
.PRECIOUS: $(BUILD)/%.bpf.o $(BUILD)/%.skel.h
.DELETE_ON_ERROR:

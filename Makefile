# SPDX-License-Identifier: GPL-2.0
#
# In a kernel tree (tools/testing/selftests/msg_zerocopy) lib.mk runs, installs
# and cleans; anywhere else the same program is built into build/.
#
#   make                                     the static program
#   make check                               the project's own tests
#   make guests                              the suite on every kernel of the matrix (GUESTS=6.1,7.3)
#   make lint                                format, clang-tidy, cppcheck, shellcheck, black, pylint
#   make builds                              clang, sanitizers, other architectures
#   make docs                                the derived pages of docs/
#   make explore                             build/zerocopy_explore (needs librapidcheck-dev)
#   make bench                               build/zerocopy_bench, see run_tests.sh --bench
#   make install prefix=/usr DESTDIR=/tmp/x  the program, its manual page, and completion for bash
#   make CXX=clang++ OUTPUT=build/clang      another compiler
#   make CROSS_COMPILE=s390x-linux-gnu- OUTPUT=build/s390x

# Entries of their own: many kernels lack parts of what they judge.
ENTRIES := families io_uring memory stacks vsock
TEST_GEN_PROGS := msg_zerocopy $(ENTRIES:%=run_%.sh)
TEST_FILES := settings

LIB_MK := $(wildcard ../lib.mk)
ifneq ($(LIB_MK),)
include ../lib.mk
KSELFTEST := ..
EXTRA_CLEAN := $(OUTPUT)/obj
else
# make takes a path with a space for several files: there, by a relative name.
BUILD := $(if $(word 2,$(CURDIR)),build,$(CURDIR)/build)
OUTPUT ?= $(BUILD)
KSELFTEST := $(BUILD)/kselftest
all: $(OUTPUT)/msg_zerocopy
unit_tests: $(OUTPUT)/unit_tests
clean:
	rm -rf $(OUTPUT)
.PHONY: all unit_tests clean

# As GNU's coding standards name them.
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
INSTALL ?= install
man: $(OUTPUT)/msg_zerocopy.1
$(OUTPUT)/msg_zerocopy.1: docs/msg_zerocopy.1.in src/harness/help.txt scripts/man_page.sh
	@mkdir -p $(@D)
	scripts/man_page.sh docs/msg_zerocopy.1.in src/harness/help.txt >$@.new
	mv $@.new $@
install: all man
	$(INSTALL) -D -m 755 $(OUTPUT)/msg_zerocopy "$(DESTDIR)$(bindir)/msg_zerocopy"
	$(INSTALL) -D -m 644 $(OUTPUT)/msg_zerocopy.1 "$(DESTDIR)$(mandir)/man1/msg_zerocopy.1"
	$(INSTALL) -D -m 644 scripts/completion.bash \
		"$(DESTDIR)$(datadir)/bash-completion/completions/msg_zerocopy"
.PHONY: man install
endif

# `CXX ?=` would not do: make predefines it.
ifeq ($(origin CXX),default)
CXX := $(CROSS_COMPILE)g++
endif
CXXFLAGS ?= -O1 -g1
# Static: it runs in a bare initramfs too. Empty for the sanitizers. As a PIE where the
# C library has that: the first exception finds its handler by a table of the linker's,
# where -static has each process sort all frames at run time.
STATIC ?= $(if $(findstring /,$(shell $(CXX) -print-file-name=rcrt1.o)),-static-pie,-static)

# lib.mk's flags may define _GNU_SOURCE, which g++ predefines. The assembler
# looks for the files of EMBEDDED_TEXT (src/os/embedded.h) from here.
COMPILE_FLAGS = -std=c++20 -Wall -Wextra -fPIE $(CXXFLAGS) $(filter-out -D_GNU_SOURCE=%,$(USERCFLAGS)) \
	-I. -Isrc -I$(KSELFTEST) -Wa,-I. -MMD -MP
LINK_FLAGS = $(CXXFLAGS) $(USERCFLAGS)

# The C++ library's headers, compiled once (src/os/standard.h): half the time of a build from
# clean. Not where ccache compiles: it would keep nothing. g++ looks in the objects' own folder
# first, so that it finds the compiled header there, and in src/ second, for where that does not fit
# the flags. clang++ stops where it does not fit: PRECOMPILE= is the way without.
PRECOMPILE ?= $(if $(findstring ccache,$(CXX)),,yes)
ifneq ($(PRECOMPILE),)
PRECOMPILED := $(OUTPUT)/obj/src/os/standard.h.gch
PRECOMPILED_FLAGS := -I$(OUTPUT)/obj/src -include \
	$(if $(findstring clang,$(shell $(CXX) --version)),$(OUTPUT)/obj/src/)os/standard.h
$(PRECOMPILED): src/os/standard.h
	@mkdir -p $(@D)
	$(CXX) $(COMPILE_FLAGS) -x c++-header -c $< -o $@
endif

ROOMS := $(addprefix src/,os errqueue tcp_peer vhost_guest agent transport reproducer trace limits catalogue harness harness/outputs stacks_table) netns netns/wires conformance
ROOM_SOURCES := $(sort $(wildcard $(addsuffix /*.cc,$(ROOMS))))
UNIT_SOURCES := $(sort $(wildcard src/unit/*.cc))
objects = $(addprefix $(OUTPUT)/obj/,$(addsuffix .o,$(basename $(1))))
ROOM_OBJECTS := $(call objects,$(ROOM_SOURCES))
MAIN_OBJECT := $(call objects,msg_zerocopy.c++)
UNIT_OBJECTS := $(call objects,$(UNIT_SOURCES))
# The explorer, which the suite itself does not need. What is pure of it has unit tests too.
EXPLORE_OBJECTS := $(call objects,$(sort $(wildcard explore/*.cc)))
EXPLORE_PURE := $(call objects,explore/history.cc $(sort $(wildcard explore/model*.cc)) explore/program.cc)
# What the flag costs, which is no part of the suite's judgment.
BENCH_OBJECTS := $(call objects,$(sort $(wildcard bench/*.cc)))
BENCH_PURE := $(call objects,bench/statistics.cc)

$(OUTPUT)/msg_zerocopy: $(ROOM_OBJECTS) $(MAIN_OBJECT)
	$(CXX) $(LINK_FLAGS) $(STATIC) $(LDFLAGS) $^ -o $@

explore: $(OUTPUT)/zerocopy_explore $(OUTPUT)/zerocopy_explore.dynamic
.PHONY: explore
$(OUTPUT)/zerocopy_explore: $(ROOM_OBJECTS) $(EXPLORE_OBJECTS)
	$(CXX) $(LINK_FLAGS) $(STATIC) $(LDFLAGS) $^ -lrapidcheck -o $@

bench: $(OUTPUT)/zerocopy_bench
.PHONY: bench
$(OUTPUT)/zerocopy_bench: $(ROOM_OBJECTS) $(BENCH_OBJECTS)
	$(CXX) $(LINK_FLAGS) $(STATIC) $(LDFLAGS) $^ -o $@

$(OUTPUT)/run_%.sh: scripts/run_entry.sh
	cp $< $@

$(OUTPUT)/unit_tests: $(ROOM_OBJECTS) $(EXPLORE_PURE) $(BENCH_PURE) $(UNIT_OBJECTS)
	$(CXX) $(LINK_FLAGS) $(LDFLAGS) $^ -lgtest -lgtest_main -lpthread -o $@

$(ROOM_OBJECTS) $(UNIT_OBJECTS) $(EXPLORE_OBJECTS) $(BENCH_OBJECTS): $(OUTPUT)/obj/%.o: %.cc $(PRECOMPILED)
	@mkdir -p $(@D)
	$(CXX) $(PRECOMPILED_FLAGS) $(COMPILE_FLAGS) -c $< -o $@
$(MAIN_OBJECT): msg_zerocopy.c++ $(PRECOMPILED)
	@mkdir -p $(@D)
	$(CXX) $(PRECOMPILED_FLAGS) $(COMPILE_FLAGS) -c $< -o $@
$(call objects,$(wildcard netns/batches.cc netns/wires/*.cc)): $(wildcard netns/*.batch)
$(call objects,src/harness/options.cc): src/harness/help.txt
$(call objects,bench/options.cc): bench/help.txt
$(call objects,explore/options.cc): explore/help.txt
$(call objects,src/harness/report.cc): $(KSELFTEST)/kselftest.h
# Written while make reads this, and only where it changes: a rule would always have to run.
UNUSED := $(shell scripts/version.sh "$(OUTPUT)/obj/version")
$(call objects,src/os/version.cc): $(OUTPUT)/obj/version
$(call objects,src/os/version.cc): COMPILE_FLAGS += -Wa,-I$(OUTPUT)/obj

-include $(patsubst %.o,%.d,$(ROOM_OBJECTS) $(MAIN_OBJECT) $(UNIT_OBJECTS) $(EXPLORE_OBJECTS) $(BENCH_OBJECTS))

include src/lying_kernel/lying_kernel.mk

ifeq ($(LIB_MK),)
kselftest: $(KSELFTEST)/kselftest.h
.PHONY: kselftest anew
# The kernel's own header, from a tree (KSRC=) or from Debian's package.
$(KSELFTEST)/kselftest.h: $(if $(KSRC),anew)
	@scripts/kernel_source.sh $(KSELFTEST) tools/testing/selftests/kselftest.h

# The pages of docs/ that are derived. REPORT=: the report.json of a matrix, for where each deviation was seen.
docs: all lying_kernel
	@python3 -m guest.deviations $(REPORT)
	@python3 -m guest.regressions
	@python3 -m guest.stacks
	@scripts/upstream_lies.py --page >docs/lies.md
	@scripts/first_lines.py --page >docs/first_lines.md
	@scripts/broken_kernel.py --page >docs/broken_kernel.md
.PHONY: docs

# Every folder with C++ in it, for scripts/check.sh.
rooms:
	@echo $(ROOMS) bench explore src/unit src/lying_kernel
.PHONY: rooms

check guests lint builds:
	@scripts/check.sh $@
.PHONY: check guests lint builds
endif

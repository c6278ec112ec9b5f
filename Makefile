# SPDX-License-Identifier: GPL-2.0
#
# In a kernel tree (tools/testing/selftests/msg_zerocopy) lib.mk runs, installs
# and cleans; anywhere else the same targets build into build/. README.md and
# docs/architecture.md say more.

TEST_GEN_PROGS := msg_zerocopy
TEST_FILES := settings

LIB_MK := $(wildcard ../lib.mk)
ifneq ($(LIB_MK),)
include ../lib.mk
KSELFTEST := ..
else
OUTPUT ?= $(CURDIR)/build
KSELFTEST := $(OUTPUT)/kselftest
all: $(OUTPUT)/msg_zerocopy
clean:
	rm -rf $(OUTPUT)
.PHONY: all clean
endif

# `CXX ?=` would not do: make predefines it.
ifeq ($(origin CXX),default)
CXX := $(CROSS_COMPILE)g++
endif

ROOMS := os errqueue transport netns limits catalogue harness conformance
SOURCES := $(wildcard $(addsuffix /*.cc,$(ROOMS))) msg_zerocopy.c++
BATCHES := $(wildcard netns/*.batch)

# lib.mk's CFLAGS may define _GNU_SOURCE, which g++ predefines.
CXXFLAGS ?= -O1 -g1
BUILD_CXXFLAGS = -std=c++20 -Wall -Wextra $(CXXFLAGS) $(filter-out -D_GNU_SOURCE=%,$(USERCFLAGS)) \
	-I. -I$(KSELFTEST) -Wa,-I. -MMD -MP

# $(call build,NAME,FLAGS,SOURCES): a program in $(OUTPUT), objects in its own folder.
define build
$(1)_OBJECTS := $$(addprefix $$(OUTPUT)/obj/$(1)/,$$(addsuffix .o,$$(basename $(3))))
$$(OUTPUT)/$(1): $$($(1)_OBJECTS)
	$$(CXX) $$(BUILD_CXXFLAGS) $$(LDFLAGS) $(2) $$^ $(4) -o $$@
$$(OUTPUT)/obj/$(1)/%.o: %.cc $$(KSELFTEST)/kselftest.h $$(BATCHES)
	@mkdir -p $$(@D)
	$$(CXX) $$(BUILD_CXXFLAGS) $(2) -c $$< -o $$@
$$(OUTPUT)/obj/$(1)/%.o: %.c++ $$(KSELFTEST)/kselftest.h
	@mkdir -p $$(@D)
	$$(CXX) $$(BUILD_CXXFLAGS) $(2) -c $$< -o $$@
-include $$($(1)_OBJECTS:.o=.d)
endef

# Static: it runs in a bare initramfs too.
$(eval $(call build,msg_zerocopy,-static,$(SOURCES)))

ifeq ($(LIB_MK),)
# The kernel's own header, from a tree (KSRC=) or from Debian's package.
$(KSELFTEST)/kselftest.h:
	./unpack_kselftest.sh $(KSELFTEST)
endif

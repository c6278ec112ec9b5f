# SPDX-License-Identifier: GPL-2.0
#
# The negative control, included by the Makefile: a library to preload, and the
# same program as ever with the C library shared, so that it can be lied to.

LYING_KERNEL_OBJECTS := $(call objects,$(sort $(wildcard src/lying_kernel/*.cc)))

lying_kernel: $(OUTPUT)/lying_kernel.so $(OUTPUT)/msg_zerocopy.dynamic
.PHONY: lying_kernel

# It brings its own C++ library and shows nothing but what it interposes.
$(OUTPUT)/lying_kernel.so: $(LYING_KERNEL_OBJECTS)
	$(CXX) $(LINK_FLAGS) -shared -static-libstdc++ -static-libgcc \
		-Wl,--version-script=src/lying_kernel/lying_kernel.map $(LDFLAGS) $^ -o $@

$(OUTPUT)/msg_zerocopy.dynamic: $(ROOM_OBJECTS) $(MAIN_OBJECT)
	$(CXX) $(LINK_FLAGS) $(LDFLAGS) $^ -o $@

$(LYING_KERNEL_OBJECTS): $(OUTPUT)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(COMPILE_FLAGS) -fPIC -c $< -o $@

-include $(LYING_KERNEL_OBJECTS:.o=.d)

# SPDX-License-Identifier: GPL-2.0
#
# The negative control, included by the Makefile: a library to preload, and the
# same program as ever with the C library shared, so that it can be lied to.

LYING_KERNEL_OBJECTS := $(call objects,$(sort $(wildcard src/lying_kernel/*.cc)))
# It parses notifications as the program does. The program's own objects are built for
# an executable (-fPIE), and do not link into a library: these are built again.
SHARED_OBJECTS := $(addprefix $(OUTPUT)/obj/lying_kernel/,src/errqueue/notification.o src/os/names.o)

lying_kernel: $(OUTPUT)/lying_kernel.so $(OUTPUT)/msg_zerocopy.dynamic
.PHONY: lying_kernel

# It brings its own C++ library and shows nothing but what it interposes. An object that
# is missing fails the link (-z defs), not the program that preloads it.
$(OUTPUT)/lying_kernel.so: $(LYING_KERNEL_OBJECTS) $(SHARED_OBJECTS)
	$(CXX) $(LINK_FLAGS) -shared -static-libstdc++ -static-libgcc -Wl,-z,defs \
		-Wl,--version-script=src/lying_kernel/lying_kernel.map $(LDFLAGS) $^ -o $@

$(OUTPUT)/msg_zerocopy.dynamic: $(ROOM_OBJECTS) $(MAIN_OBJECT)
	$(CXX) $(LINK_FLAGS) $(LDFLAGS) $^ -o $@

$(OUTPUT)/zerocopy_explore.dynamic: $(ROOM_OBJECTS) $(EXPLORE_OBJECTS)
	$(CXX) $(LINK_FLAGS) $(LDFLAGS) $^ -lrapidcheck -o $@

$(LYING_KERNEL_OBJECTS): $(OUTPUT)/obj/%.o: %.cc
$(SHARED_OBJECTS): $(OUTPUT)/obj/lying_kernel/%.o: %.cc
$(LYING_KERNEL_OBJECTS) $(SHARED_OBJECTS):
	@mkdir -p $(@D)
	$(CXX) $(COMPILE_FLAGS) -fPIC -c $< -o $@

-include $(patsubst %.o,%.d,$(LYING_KERNEL_OBJECTS) $(SHARED_OBJECTS))

// SPDX-License-Identifier: GPL-2.0
/* VSOCK to a guest of this kernel, played by the test: vhost_guest::VsockGuest. */
#include "netns/wire.h"

namespace netns::vhost_wire
{

const char *device()
{
	return nullptr;
}

/* The pages are freed when they are in the guest's buffers
 * (drivers/vhost/vsock.c:vhost_transport_do_send_pkt), whether it reads them or not. */
constexpr Path paths[] = {
	{.name = "vhost",
	 .summary = "VSOCK to a guest, played by the test",
	 .vsock = delivers | shares | basic | guest},
	{.name = "vhost-held",
	 .summary = "VSOCK to a guest, played by the test, which gives its device no buffers",
	 .hold = Hold::guest,
	 .vsock = delivers | shares | holds | holds_many | guest},
};

WIRE(.paths = paths, .place = 8, .lasting = true, .device = device,
     .parts = {"/dev/vhost-vsock (CONFIG_VHOST_VSOCK, modprobe vhost_vsock, and root of the "
	       "machine)",
	       {"vhost_vsock"}});

} // namespace netns::vhost_wire

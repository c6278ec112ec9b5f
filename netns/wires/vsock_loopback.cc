// SPDX-License-Identifier: GPL-2.0
/* VSOCK within the machine, CID 1: no device. */
#include "netns/wire.h"

namespace netns::vsock_loopback_wire
{

const char *device()
{
	return nullptr;
}

/* Local delivery is the same as any other (ZC-LO-15): the receiver reads the sender's pages. */
constexpr Path paths[] = {
	{.name = "vsock-loopback",
	 .summary = "VSOCK loopback",
	 .vsock = delivers | local | shares | simplest | basic},
	{.name = "vsock-unread",
	 .summary = "VSOCK loopback, the receiver not reading",
	 .hold = Hold::reader,
	 .vsock = delivers | local | shares | holds | holds_many},
};

WIRE(.paths = paths, .place = 7, .lasting = true, .device = device,
     .parts = {"VSOCK loopback (CONFIG_VSOCKETS_LOOPBACK, modprobe vsock_loopback)", {"vsock_loopback"}});

} // namespace netns::vsock_loopback_wire

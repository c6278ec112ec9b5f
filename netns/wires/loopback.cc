// SPDX-License-Identifier: GPL-2.0
/* The loopback device, within one namespace. */
#include "netns/wire.h"

namespace netns::loopback_wire
{

const char *device()
{
	return "lo";
}

Addresses addresses(int family)
{
	return family == AF_INET ? Addresses{"127.0.0.1", "127.0.0.1"} : Addresses{"::1", "::1"};
}

constexpr Path paths[] = {
	{.name = "loopback",
	 .summary = "the loopback device",
	 .tcp = to_local_socket | simplest | basic,
	 .udp = to_local_socket | simplest | basic},
	{.name = "window",
	 .summary = "loopback, the receiver's window full",
	 .tcp = to_local_socket | holds | holds_many,
	 .hold = Hold::window},
};

WIRE(.paths = paths, .place = 0, .mtu = 65536, .lasting = true, .device = device, .addresses = addresses);

} // namespace netns::loopback_wire

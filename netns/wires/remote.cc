// SPDX-License-Identifier: GPL-2.0
/* Whatever lies between this machine and an agent. It is not registered: an agent's paths
 * take the place of all others. */
#include "netns/wires/remote.h"

#include <algorithm>
#include <vector>

#include "netns/wire.h"

namespace netns
{

namespace
{

RemoteEnd end_in_use;
std::vector<Path> paths_in_use;

const char *device()
{
	return end_in_use.device.empty() ? nullptr : end_in_use.device.c_str();
}

Addresses addresses(int family)
{
	return family == AF_INET ? Addresses{end_in_use.ipv4_here.c_str(), end_in_use.ipv4_there.c_str()}
				 : Addresses{end_in_use.ipv6_here.c_str(), end_in_use.ipv6_there.c_str()};
}

Wire wire = {.paths = {}, .device = device, .addresses = addresses};

/* The usual one, or what fits behind the headers of IPv6 and UDP. */
unsigned datagram(unsigned mtu)
{
	constexpr unsigned headers = 40 + 8;

	return std::min(Path().datagram, mtu - headers);
}

} // namespace

void use_remote_end(const RemoteEnd &end)
{
	end_in_use = end;
	wire.mtu = end.mtu;
}

const RemoteEnd &remote_end()
{
	return end_in_use;
}

void use_remote_paths(unsigned tcp, unsigned udp, unsigned vsock, int address_family)
{
	constexpr unsigned all = remote | delivers;
	auto traits = [](unsigned of_kind, unsigned more) { return of_kind ? of_kind | all | more : 0; };

	paths_in_use = {
		{.name = "remote",
		 .summary = "an agent at the other end",
		 .tcp = traits(tcp, basic),
		 .udp = traits(udp, basic),
		 .vsock = traits(vsock, basic | simplest)},
		{.name = "remote-window",
		 .summary = "an agent at the other end, its window full",
		 .tcp = traits(tcp, holds | holds_many),
		 .hold = Hold::window},
		{.name = "remote-unread",
		 .summary = "an agent at the other end, which does not read",
		 .hold = Hold::reader,
		 .vsock = traits(vsock, unread)},
	};
	for (Path &path : paths_in_use) {
		path.address_family = address_family;
		path.datagram = datagram(wire.mtu);
		path.wire = &wire;
	}
}

std::span<const Path> remote_paths()
{
	return paths_in_use;
}

} // namespace netns

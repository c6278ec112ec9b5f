// SPDX-License-Identifier: GPL-2.0
#include "netns/wire.h"

#include <algorithm>
#include <vector>

#include "os/registry.h"

namespace netns
{

/* The link is in the order of the files' names, and the sort leaves that of equals alone. */
WireRegistration::WireRegistration(const Wire &wire)
{
	std::vector<const Wire *> &all = os::registered<Wire>();

	all.insert(std::ranges::upper_bound(all, wire.place, {}, &Wire::place), &wire);
}

std::span<const Wire *const> wires()
{
	return os::registered<Wire>();
}

Addresses batch_addresses(int family)
{
	return family == AF_INET ? Addresses{"192.0.2.1", "192.0.2.2"}
				 : Addresses{"2001:db8::1", "2001:db8::2"};
}

const char *batch_device()
{
	return device_name;
}

} // namespace netns

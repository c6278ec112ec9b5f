// SPDX-License-Identifier: GPL-2.0
#include "netns/wire.h"

#include <algorithm>

namespace netns
{

std::span<const Wire *const> wires()
{
	/* The link is in the order of the files' names, and the sort leaves that of equals alone. */
	static const auto sorted = [] {
		auto all = os::registered<Wire>();

		std::ranges::stable_sort(all, {}, &Wire::place);
		return all;
	}();

	return sorted;
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

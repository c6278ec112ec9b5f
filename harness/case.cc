// SPDX-License-Identifier: GPL-2.0
#include "harness/case.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace harness
{

namespace
{
std::vector<const Case *> &registered()
{
	static std::vector<const Case *> all;

	return all;
}
} // namespace

Registration::Registration(const Case &definition)
{
	registered().push_back(&definition);
}

const char *name(Entry entry)
{
	switch (entry) {
	case Entry::core:
		return "core";
	case Entry::families:
		return "families";
	case Entry::io_uring:
		return "io_uring";
	case Entry::memory:
		return "memory";
	case Entry::guest_only:
		return "guest-only";
	}
	return "";
}

std::span<const Case *const> cases()
{
	return registered();
}

bool Case::applies(const transport::Transport &transport, const netns::Path &path) const
{
	const unsigned traits = transport.kind & transport::stream ? path.tcp : path.udp;

	const bool family_fits = address_family == AF_UNSPEC || address_family == transport.address_family;
	/* Below the socket it is IPv4: devices show nothing that they do not show of that. */
	const bool repeats_ipv4 =
		transport.mapped() && path.wire != netns::Wire::loopback && !path.scripted();

	return (transport.kind & transports) && family_fits && traits && (traits & paths) == paths &&
	       !(traits & without) && !(traits & netns::on_request & ~paths) && !repeats_ipv4;
}

} // namespace harness

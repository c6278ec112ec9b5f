// SPDX-License-Identifier: GPL-2.0
#include "harness/case.h"

#include <algorithm>
#include <iterator>

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
	case Entry::vsock:
		return "vsock";
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
	const unsigned traits = transport::traits(path, transport);
	auto fits = [&](int family) { return family == AF_UNSPEC || family == transport.address_family; };
	/* Below the socket it is IPv4: one device of ours that copies nothing and holds is enough. */
	const bool repeats_ipv4 = transport.mapped() && path.wire != netns::Wire::loopback &&
				  !path.scripted() && !(traits & netns::remote) &&
				  !(traits & netns::holds && traits & netns::shares);
	/* A veth pair is as able as loopback: where a case runs on that in both families, one
	 * of them shows what the second namespace adds. */
	const bool repeats_loopback = transport.address_family == AF_INET6 && (traits & netns::basic) &&
				      !(traits & netns::remote) && !((traits | without) & netns::simplest) &&
				      address_family != AF_INET6;
	/* They take privileges over a network of ours, which no agent's is. */
	const bool out_of_reach =
		(traits & netns::remote) && (needs & (needs_root | needs_optmem | needs_freed_sockets |
						      needs_packet | needs_bpf | needs_ping | needs_esp));

	return (transport.kind & transports) && fits(address_family) &&
	       (transport.kind & transport::vsock || fits(path.address_family)) && !repeats_ipv4 &&
	       !repeats_loopback && !out_of_reach && traits && (traits & paths) == paths &&
	       !(traits & without) && !(traits & netns::on_request & ~paths);
}

std::vector<const Case *> cases_of(const catalogue::Requirement &requirement)
{
	std::vector<const Case *> found;

	std::ranges::copy_if(cases(), std::back_inserter(found),
			     [&](const Case *each) { return each->judges(requirement.id); });
	return found;
}

bool Case::judges(std::string_view requirement) const
{
	return std::ranges::any_of(requirements,
				   [&](const char *named) { return named && requirement == named; });
}

const catalogue::Requirement &Case::subject() const
{
	return *catalogue::find(requirements[0]);
}

bool Case::harms() const
{
	return deviation && catalogue::find_deviation(deviation)->besides == catalogue::Besides::splat;
}

} // namespace harness

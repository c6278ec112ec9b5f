// SPDX-License-Identifier: GPL-2.0
#include "harness/case.h"

#include <algorithm>
#include <iterator>

#include "os/registry.h"

namespace harness
{

Registration::Registration(const Case &definition)
{
	os::registered<Case>().push_back(&definition);
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
	return os::registered<Case>();
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

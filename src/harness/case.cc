// SPDX-License-Identifier: GPL-2.0
#include "harness/case.h"

#include <algorithm>
#include <iterator>

namespace harness
{

const char *name(Entry entry)
{
	static constexpr const char *names[] = {"core",	 "families", "stacks",	  "io_uring",
						"vsock", "memory",   "guest-only"};

	return names[static_cast<int>(entry)];
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

bool Case::apart() const
{
	return alone || harms();
}

} // namespace harness

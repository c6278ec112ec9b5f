// SPDX-License-Identifier: GPL-2.0
#include "catalogue/deviation.h"

#include <algorithm>
#include <vector>

#include "os/registry.h"

namespace catalogue
{

DeviationRegistration::DeviationRegistration(const Deviation &deviation)
{
	auto &all = os::registered<Deviation>();
	auto by_id = [](const Deviation *one) { return std::string_view(one->id); };

	all.insert(std::ranges::upper_bound(all, std::string_view(deviation.id), {}, by_id), &deviation);
}

std::span<const Deviation *const> deviations()
{
	return os::registered<Deviation>();
}

const Deviation *find_deviation(std::string_view id)
{
	for (const Deviation *deviation : os::registered<Deviation>())
		if (id == deviation->id)
			return deviation;
	return nullptr;
}

bool Deviation::expected_on(const Kernel &kernel) const
{
	return std::ranges::any_of(parse_ranges(kernels),
				   [&](const KernelRange &range) { return range.contains(kernel); });
}

} // namespace catalogue

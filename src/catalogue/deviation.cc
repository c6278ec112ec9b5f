// SPDX-License-Identifier: GPL-2.0
#include "catalogue/deviation.h"

#include <algorithm>
#include <vector>

namespace catalogue
{

namespace
{

std::vector<const Deviation *> &registered()
{
	static std::vector<const Deviation *> all;

	return all;
}

} // namespace

DeviationRegistration::DeviationRegistration(const Deviation &deviation)
{
	auto &all = registered();
	auto by_id = [](const Deviation *one) { return std::string_view(one->id); };

	all.insert(std::ranges::upper_bound(all, std::string_view(deviation.id), {}, by_id), &deviation);
}

std::span<const Deviation *const> deviations()
{
	return registered();
}

const Deviation *find_deviation(std::string_view id)
{
	for (const Deviation *deviation : registered())
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

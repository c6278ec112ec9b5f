// SPDX-License-Identifier: GPL-2.0
#include "catalogue/deviation.h"

#include <algorithm>

namespace catalogue
{

std::span<const Deviation *const> deviations()
{
	static const auto sorted = [] {
		auto all = os::registered<Deviation>();

		std::ranges::sort(all, {}, [](const Deviation *one) { return std::string_view(one->id); });
		return all;
	}();

	return sorted;
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

// SPDX-License-Identifier: GPL-2.0
#include "catalogue/deviation.h"

#include <algorithm>
#include <optional>
#include <vector>

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

namespace
{

/* The one of the ranges that the kernel is in. */
std::optional<KernelRange> range_of(const char *kernels, const Kernel &kernel)
{
	for (const KernelRange &range : parse_ranges(kernels))
		if (range.contains(kernel))
			return range;
	return {};
}

} // namespace

bool Deviation::expected_on(const Kernel &kernel) const
{
	return range_of(kernels, kernel).has_value();
}

bool Deviation::fixed_in_series(const Kernel &kernel) const
{
	const auto range = range_of(kernels, kernel);

	return range && range->before && range->before->release.major == kernel.release.major &&
	       range->before->release.minor == kernel.release.minor;
}

std::string Deviation::remedy(const Kernel &kernel) const
{
	const auto range = range_of(kernels, kernel);
	std::string text;

	if (!range || !range->before)
		return "not fixed upstream";
	text = "fixed in " + describe(range->before->release);
	if (kernel.debian && range->before->debian)
		text += ", Debian's " + describe(*range->before->debian);
	return text + (*fix ? std::string(" by '") + fix + '\'' : "");
}

} // namespace catalogue

// SPDX-License-Identifier: GPL-2.0

#include "catalogue/deviation.h"

#include <algorithm>
#include <charconv>

namespace catalogue
{

Release parse_release(std::string_view uname_release)
{
	Release release;
	const char *at = uname_release.data();
	const char *const end = at + uname_release.size();

	for (unsigned *part : {&release.major, &release.minor, &release.patch}) {
		const auto [after, error] = std::from_chars(at, end, *part);

		if (error != std::errc{} || after == end || *after != '.')
			break;
		at = after + 1;
	}
	return release;
}

bool Deviation::expected_on(Release release) const
{
	return std::ranges::any_of(kernels,
				   [release](const KernelRange &range) { return range.contains(release); });
}

} // namespace catalogue

// SPDX-License-Identifier: GPL-2.0

#include "catalogue/deviation.h"

#include <algorithm>
#include <charconv>

namespace catalogue
{

namespace
{

Release parse(std::string_view text)
{
	Release release;
	const char *at = text.data();
	const char *const end = at + text.size();

	for (unsigned *part : {&release.major, &release.minor, &release.patch}) {
		const auto [after, error] = std::from_chars(at, end, *part);

		if (error != std::errc{} || after == end || *after != '.')
			break;
		at = after + 1;
	}
	return release;
}

} // namespace

Release parse_release(std::string_view uname_release, std::string_view uname_version)
{
	constexpr std::string_view debian = " Debian ";
	const std::size_t at = uname_version.find(debian);
	const Release release = parse(uname_release);

	if (at == std::string_view::npos)
		return release;
	const Release package = parse(uname_version.substr(at + debian.size()));
	return package.major == release.major && package.minor == release.minor ? package : release;
}

bool Deviation::expected_on(Release release) const
{
	return std::ranges::any_of(kernels,
				   [release](const KernelRange &range) { return range.contains(release); });
}

} // namespace catalogue

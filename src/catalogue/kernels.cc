// SPDX-License-Identifier: GPL-2.0
#include "catalogue/kernels.h"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace catalogue
{

/* Reads a release at the start of the text and takes it off. */
static Release take_release(std::string_view &text)
{
	Release release;
	unsigned *const parts[] = {&release.major, &release.minor, &release.patch, &release.revision};
	const char *before = ".";

	for (unsigned *part : parts) {
		const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), *part);

		if (error != std::errc{})
			break;
		text.remove_prefix(after - text.data());
		before = part == &release.patch ? "-" : ".";
		if (part == &release.revision || !text.starts_with(before))
			break;
		text.remove_prefix(1);
	}
	return release;
}

static bool take(std::string_view &text, std::string_view word)
{
	if (!text.starts_with(word))
		return false;
	text.remove_prefix(word.size());
	return true;
}

static Bound take_bound(std::string_view &text)
{
	Bound bound = {take_release(text), {}};

	if (bound.release == Release{})
		throw std::invalid_argument("no release: " + std::string(text));
	if (take(text, " [Debian ")) {
		bound.debian = take_release(text);
		if (*bound.debian == Release{} || !take(text, "]"))
			throw std::invalid_argument("no version of Debian's: " + std::string(text));
	}
	return bound;
}

/* Takes "(not armv* or 64 KiB pages)" off the text. */
static Machines take_machines(std::string_view &text)
{
	const std::size_t end = text.find(')');
	Machines machines;

	if (end == std::string_view::npos)
		throw std::invalid_argument("machines without an end: " + std::string(text));
	std::string_view within = text.substr(0, end);
	text.remove_prefix(end + 1);
	machines.except = take(within, "not ");
	for (constexpr std::string_view between = " or ";;) {
		const std::size_t length = std::min(within.find(between), within.size());

		machines.patterns.emplace_back(within.substr(0, length));
		if (machines.patterns.back().empty())
			throw std::invalid_argument("no machine: " + std::string(within));
		if (length == within.size())
			return machines;
		within.remove_prefix(length + between.size());
	}
}

static bool reaches(const Kernel &kernel, const Bound &bound)
{
	return kernel.debian && bound.debian ? *kernel.debian >= *bound.debian
					     : kernel.release >= bound.release;
}

std::string describe(Release release)
{
	std::string text = std::to_string(release.major) + '.' + std::to_string(release.minor);

	if (release.patch || release.revision)
		text += '.' + std::to_string(release.patch);
	if (release.revision)
		text += '-' + std::to_string(release.revision);
	return text;
}

Kernel parse_kernel(std::string_view uname_release, std::string_view uname_version)
{
	constexpr std::string_view debian = " Debian ";
	const std::size_t at = uname_version.find(debian);
	Kernel kernel = {take_release(uname_release), {}};

	kernel.release.revision = 0;
	if (at == std::string_view::npos)
		return kernel;
	uname_version.remove_prefix(at + debian.size());
	const Release package = take_release(uname_version);
	/* Somebody's own, built on Debian, has another release than its compiler's package. */
	if (package.major != kernel.release.major || package.minor != kernel.release.minor)
		return kernel;
	kernel.debian = package;
	kernel.release = {package.major, package.minor, package.patch};
	return kernel;
}

bool Machines::contain(const Kernel &kernel) const
{
	const std::string pages = std::to_string(kernel.page_size / 1024) + " KiB pages";

	return except != std::ranges::any_of(patterns, [&](const std::string &pattern) {
		       return ::fnmatch(pattern.c_str(), kernel.machine.c_str(), 0) == 0 ||
			      ::fnmatch(pattern.c_str(), pages.c_str(), 0) == 0;
	       });
}

bool KernelRange::contains(const Kernel &kernel) const
{
	return reaches(kernel, from) && (!before || !reaches(kernel, *before)) &&
	       (!machines || machines->contain(kernel));
}

std::vector<KernelRange> parse_ranges(std::string_view text)
{
	std::vector<KernelRange> ranges;

	do {
		KernelRange &range = ranges.emplace_back();

		range.from = take_bound(text);
		if (take(text, " to "))
			range.before = take_bound(text);
		else if (!take(text, " on"))
			throw std::invalid_argument("neither 'to' nor 'on': " + std::string(text));
		if (take(text, " ("))
			range.machines = take_machines(text);
	} while (take(text, ", "));
	if (!text.empty())
		throw std::invalid_argument("no range of kernels: " + std::string(text));
	return ranges;
}

} // namespace catalogue

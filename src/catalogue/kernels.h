/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/* Which kernels: releases, and ranges of them. Pure. */
namespace catalogue
{

/* 6.12.95 of 6.12.95-1~bpo12+1, and 1 as its revision, which only Debian's kernels have. */
struct Release {
	unsigned major = 0;
	unsigned minor = 0;
	unsigned patch = 0;
	unsigned revision = 0;
	// NOLINTNEXTLINE(modernize-use-nullptr): it takes the 0 that this compares with for one
	auto operator<=>(const Release &) const = default;
};

/* "6.12.95", "6.12.95-1", "6.12" */
std::string describe(Release release);

/* A kernel as it calls itself, and where it runs. */
struct Kernel {
	Release release;	       /* upstream's; without a revision */
	std::optional<Release> debian; /* the package that it was built as, where it is Debian's */
	std::string machine = {};      /* as uname -m has it: "armv7l" */
	std::size_t page_size = 0;     /* in bytes */
};

/* What uname -r and uname -v say: "6.18.44-vendor" is 6.18.44. Up to 12, Debian's uname -r has
 * the number of the ABI ("6.1.0-56-amd64"), and its uname -v the package ("... Debian
 * 6.1.192-2 (2026-11-16)"). What is missing or not a number counts as 0. */
Kernel parse_kernel(std::string_view uname_release, std::string_view uname_version = "");

/* An end of a range. Debian takes some fixes before the stable series does, or leaves releases
 * out: then its kernels change at another version. */
struct Bound {
	Release release;
	std::optional<Release> debian;
};

/*
 * Machines by what uname -m says and by the size of their pages: each a pattern of fnmatch(3) that
 * the one or the other, "armv7l" or "64 KiB pages", fits.
 */
struct Machines {
	bool except = false; /* all but these */
	std::vector<std::string> patterns;
	bool contain(const Kernel &kernel) const;
};

/* from <= kernel < before. Without `before` no kernel is known that ends it. */
struct KernelRange {
	Bound from;
	std::optional<Bound> before;
	std::optional<Machines> machines = {}; /* nothing: all */
	bool contains(const Kernel &kernel) const;
};

/*
 * "4.14 to 6.1.176, 6.2 to 6.12.92 [Debian 6.12.94-1], 7.0 on": a range for each series
 * that something began or ended in, which ends before what follows "to". Where not all machines
 * have it, they follow: "4.14 to 7.3 (not armv*)", "6.1 on (ppc64le or 64 KiB pages)". Throws
 * std::invalid_argument where the text is none.
 */
std::vector<KernelRange> parse_ranges(std::string_view text);

} // namespace catalogue

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_CATALOGUE_DEVIATION_H
#define MSG_ZEROCOPY_CATALOGUE_DEVIATION_H

#include <compare>
#include <span>
#include <string_view>

namespace catalogue
{

/* A kernel release as far as it orders kernels: 6.12.95 of 6.12.95-1~bpo12+1. */
struct Release {
	unsigned major = 0;
	unsigned minor = 0;
	unsigned patch = 0;
	auto operator<=>(const Release &) const = default;
};

/* "6.18.44-vendor" is 6.18.44; what is missing or not a number counts as 0. Up to 12, Debian's
 * uname -r has the number of the ABI ("6.1.0-56-amd64"), and its uname -v the release
 * ("... Debian 6.1.192-2 (2026-11-16)"). */
Release parse_release(std::string_view uname_release, std::string_view uname_version = "");

/* from <= release < before. A `before` of {} has no end: no kernel fixed it yet.
 * A fix that went to stable branches too makes one range per branch. */
struct KernelRange {
	Release from;
	Release before;
	bool contains(Release release) const
	{
		return from <= release && (before == Release{} || release < before);
	}
};

/* What a deviation brings along that would fail a case of its own accord. */
enum class Besides {
	nothing,
	leak,  /* the sockets that it happened on are never freed */
	splat, /* it shows as a fault that the kernel reports, and in nothing else */
};

/* Where kernels contradict a promise, which ones, and how exactly. */
struct Deviation {
	const char *id;		 /* "zero-length-datagram-counts" */
	const char *requirement; /* "ZC-CT-04" */
	const char *how;	 /* what the kernel does instead, exactly: the case accepts only this */
	const char *evidence;	 /* kernel file:function or line, fixing commit's subject */
	std::span<const KernelRange> kernels;
	Besides besides = Besides::nothing;

	bool expected_on(Release release) const;
};

std::span<const Deviation> deviations();

/* Null where there is none of that id. */
const Deviation *find_deviation(std::string_view id);

} // namespace catalogue

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "catalogue/kernels.h"
#include "os/registry.h"

namespace catalogue
{

/* What a deviation brings along that would fail a case of its own accord. */
enum class Besides {
	nothing,
	leak,  /* the sockets that it happened on are never freed */
	splat, /* it shows as a fault that the kernel reports, and in nothing else */
	/* Not a fault that would fail a case, but an excuse: the document of these kernels does
	 * not speak of the thing, so that they are not judged by it. */
	not_offered,
};

/* The evidence of those that no kernel has mended: read in its source again, or seen on it only. */
inline constexpr const char *not_fixed_read =
	"Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; no "
	"subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature and is "
	"inferred.";
inline constexpr const char *not_fixed_seen =
	"Not fixed: seen on 7.3.4 (docs/deviations.md), and no subject of a fix in any changelog read, up to "
	"7.3.4; the source was not read again. The start is that of the feature and is inferred.";

/* Where kernels contradict a requirement, which ones, and how exactly. */
struct Deviation {
	const char *id;		 /* "zero-length-datagram-counts" */
	const char *requirement; /* "ZC-CT-04" */
	const char *how;	 /* what the kernel does instead, exactly: the case accepts only this */
	const char *kernels;	 /* see parse_ranges() */
	const char *evidence;	 /* kernel file:function or line, fixing commit's subject */
	Besides besides = Besides::nothing;
	/* The subject of the commit that ends the ranges, with its CVE where it has one: "net: gro:
	 * don't merge zcopy skbs (CVE-2026-46323)". "" where there is none, or where it is unknown. */
	const char *fix = "";

	bool expected_on(const Kernel &kernel) const;
	/* A later release of the kernel's own series does not have it: an update ends it. */
	bool fixed_in_series(const Kernel &kernel) const;
	/* What ends it on a kernel that has it, for people: "not fixed upstream", or "fixed in 6.18.34 by
	 * 'net: gro: ...'". */
	std::string remedy(const Kernel &kernel) const;
};

/* Every deviation of the program, by id. */
std::span<const Deviation *const> deviations();

/* Null where there is none of that id. */
const Deviation *find_deviation(std::string_view id);

/*
 * Stands between its requirement and the cases that name it as their deviation. Only here is
 * the version of a kernel named:
 *
 * DEVIATION("zero-length-datagram-counts", "ZC-CT-04", "5.0 on",
 *	     "A flagged UDP datagram of length zero returns 0 and consumes one id.",
 *	     "net/ipv4/ip_output.c:__ip_append_data tests a length that includes the header.");
 *
 * Besides::... and the fix follow as `.besides = ` and `.fix = `.
 */
#define DEVIATION(id_, requirement_, kernels_, how_, evidence_, ...)                                         \
	REGISTERED(catalogue::Deviation, .id = id_, .requirement = requirement_, .how = how_,                \
		   .kernels = kernels_, .evidence = evidence_, __VA_ARGS__)

} // namespace catalogue

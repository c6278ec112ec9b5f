/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "explore/program.h"

/* Random programs, and smaller ones of the same kind, by RapidCheck. */
namespace explore
{

/* What programs may choose from. */
struct Range {
	std::vector<std::string> transports;
	std::vector<std::string> paths;
};

/* The program of a seed: the same one for the same range. */
Program generate(std::uint64_t seed, const Range &range);

/* The smallest program on the way from that of the seed, by steps that each `fails`; at most so many
 * are tried. */
Program shrink(std::uint64_t seed, const Range &range, const std::function<bool(const Program &)> &fails,
	       unsigned most);

} // namespace explore

// SPDX-License-Identifier: GPL-2.0
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>

namespace bench
{

constexpr double confidence = 0.99;
/* Of the standard normal distribution, for large samples. */
constexpr double quantile = 2.576;
constexpr std::size_t large_sample = 1000;

/* How many of the sample's values lie outside of the interval at either end: the most for which at
 * most 1 - confidence of all samples miss the median. Nothing where even their extremes miss it more
 * often. */
static std::optional<std::size_t> outside(std::size_t count)
{
	/* That the median is below the k-th value of the sample, k counted from 0, is that at most k values
	 * are below the median: a binomial distribution. */
	double probability = std::pow(0.5, static_cast<double>(count));
	double below = 0;
	std::size_t k = 0;

	if (count > large_sample)
		return static_cast<std::size_t>((static_cast<double>(count) - quantile * std::sqrt(count)) /
						2) -
		       1;
	for (; k <= count; k++) {
		below += probability;
		if (2 * below > 1 - confidence)
			break;
		probability *= static_cast<double>(count - k) / static_cast<double>(k + 1);
	}
	return k ? std::optional(k - 1) : std::nullopt;
}

Estimate estimate(std::vector<double> sample)
{
	const std::size_t count = sample.size();
	const auto margin = outside(count);

	std::ranges::sort(sample);
	return {.median = (sample[(count - 1) / 2] + sample[count / 2]) / 2,
		.low = sample[margin.value_or(0)],
		.high = sample[count - 1 - margin.value_or(0)],
		.firm = margin.has_value()};
}

std::optional<Crossover> crossover(const std::vector<Point> &points)
{
	std::size_t last = points.size();
	Crossover found = {};

	/* The last size at which the ratio is not below 1. */
	for (std::size_t i = 0; i < points.size(); i++) {
		const auto size = static_cast<double>(points[i].size);

		if (points[i].ratio.median >= 1)
			last = i;
		if (points[i].ratio.surely_above(1))
			found.earliest = size;
		if (!points[i].ratio.surely_below(1))
			found.latest.reset();
		else if (!found.latest)
			found.latest = size;
	}
	if (last + 1 >= points.size())
		return {};
	const double above = std::log(points[last].ratio.median);
	const double below = std::log(points[last + 1].ratio.median);
	const double from = std::log(static_cast<double>(points[last].size));
	const double to = std::log(static_cast<double>(points[last + 1].size));

	found.size = std::exp(from + (to - from) * above / (above - below));
	return found;
}

} // namespace bench

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

/* Of measurements that other load disturbs: by ranks, which a few wild ones do not move. Pure. */
namespace bench
{

/* The middle of a sample, and where it lies if the sample were the first of many. */
struct Estimate {
	double median = 0;
	/* From the lower to the upper end of an interval that has the median of all possible measurements
	 * in it in 99 of 100 samples, at least (order statistics: Hahn and Meeker, Statistical Intervals,
	 * 5.2). Where `firm` is false the sample is too small for that, and these are its extremes. */
	double low = 0;
	double high = 0;
	bool firm = false;

	bool surely_below(double value) const { return firm && high < value; }
	bool surely_above(double value) const { return firm && low > value; }
};

/* Of at least one value. */
Estimate estimate(std::vector<double> sample);

/* A size of a call, and how the CPU time per byte with the flag compares with that without. */
struct Point {
	std::size_t size;
	Estimate ratio;
};

/* The size from which on the ratio stays below 1, between the sizes that were measured: by a straight
 * line over the logarithms of both. */
struct Crossover {
	double size;
	/* It lies surely beyond the one, and before the other: the largest size with a ratio that is surely
	 * above 1, and the smallest from which on all are surely below. Absent where no size is. */
	std::optional<double> earliest;
	std::optional<double> latest;
};

/* Nothing where the ratio is below 1 at the smallest size, or not below 1 at the largest. `points` are in
 * ascending order of their sizes. */
std::optional<Crossover> crossover(const std::vector<Point> &points);

} // namespace bench

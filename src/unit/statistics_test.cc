// SPDX-License-Identifier: GPL-2.0
#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <numeric>

using bench::crossover;
using bench::estimate;
using bench::Point;

static std::vector<double> up_to(int count)
{
	std::vector<double> sample(count);

	std::iota(sample.rbegin(), sample.rend(), 1);
	return sample;
}

static Point point(std::size_t size, double low, double median, double high)
{
	return {size, {median, low, high, true}};
}

TEST(Estimate, MedianIsTheMiddle)
{
	EXPECT_EQ(estimate({3}).median, 3);
	EXPECT_EQ(estimate({3, 1, 2}).median, 2);
	EXPECT_EQ(estimate({4, 1, 3, 2}).median, 2.5);
}

/* The ranks are those of table A.16 of Hahn and Meeker, for 99 %: 1 to 8 of 8, 4 to 17 of 20, 37 to 64 of
 * 100. */
TEST(Estimate, IntervalIsThatOfOrderStatistics)
{
	for (const auto &[count, low] : {std::pair(8, 1), {20, 4}, {100, 37}}) {
		const auto found = estimate(up_to(count));

		EXPECT_EQ(found.low, low) << count;
		EXPECT_EQ(found.high, count + 1 - low) << count;
		EXPECT_TRUE(found.firm);
	}
	/* Where the normal distribution takes over there is no step. */
	EXPECT_NEAR(estimate(up_to(1001)).low, estimate(up_to(1000)).low, 1);
}

TEST(Estimate, AFewMeasurementsAreNotFirm)
{
	EXPECT_FALSE(estimate(up_to(7)).firm);
	EXPECT_FALSE(estimate({0.5}).surely_below(1));
	EXPECT_TRUE(estimate(up_to(8)).surely_above(0.5));
	EXPECT_FALSE(estimate(up_to(8)).surely_above(1));
}

TEST(Crossover, LiesBetweenTheSizes)
{
	/* On logarithms of both, 1 is half way between 2 and 0.5. */
	const auto found = crossover({point(1024, 1, 2, 2.5), point(4096, 0.25, 0.5, 0.8)});

	ASSERT_TRUE(found);
	EXPECT_NEAR(found->size, 2048, 1);
}

TEST(Crossover, LiesBetweenTheSizesThatAreSure)
{
	const std::vector<Point> points = {point(1, 1.5, 2, 3), point(2, 0.9, 1.2, 1.3),
					   point(4, 0.7, 0.9, 1.1), point(8, 0.4, 0.5, 0.6),
					   point(16, 0.2, 0.3, 0.4)};
	const auto found = crossover(points);

	EXPECT_EQ(found->earliest, 1);
	EXPECT_EQ(found->latest, 8);
	EXPECT_FALSE(crossover({points[1], points[2]})->earliest);
	EXPECT_FALSE(crossover({points[1], points[2]})->latest);
	/* Sure at one size, and not at a larger one. */
	EXPECT_EQ(crossover({points[0], points[3], points[2], points[4]})->latest, 16);
}

TEST(Crossover, IsTheLastOne)
{
	const auto found = crossover({point(1, 0.5, 0.5, 0.5), point(2, 2, 2, 2), point(8, 0.5, 0.5, 0.5)});

	ASSERT_TRUE(found);
	EXPECT_NEAR(found->size, 4, 0.01);
}

TEST(Crossover, IsNowhereWhereTheRatioStaysOnOneSide)
{
	EXPECT_FALSE(crossover({point(1, 0.5, 0.5, 0.5), point(2, 0.4, 0.4, 0.4)}));
	EXPECT_FALSE(crossover({point(1, 0.5, 0.5, 0.5), point(2, 1, 1, 1)}));
	EXPECT_FALSE(crossover({}));
}

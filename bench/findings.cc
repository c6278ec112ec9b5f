// SPDX-License-Identifier: GPL-2.0
#include "bench/findings.h"

#include <algorithm>

namespace bench
{

namespace
{

/* Beyond that a path copies, though for a call now and then it does not. */
constexpr double nearly_all = 0.99;

template <typename Value> Estimate over(const std::vector<Pair> &pairs, const Value &value)
{
	std::vector<double> sample;

	std::ranges::transform(pairs, std::back_inserter(sample), value);
	return estimate(std::move(sample));
}

Summary summary(const std::vector<Pair> &pairs, Slice Pair::*half)
{
	return {.gb_per_second = over(pairs, [&](const Pair &pair) { return (pair.*half).gb_per_second(); }),
		.cpu_per_gb = over(pairs, [&](const Pair &pair) { return (pair.*half).cpu_per_gb(); }),
		.both_cpu_per_gb =
			over(pairs, [&](const Pair &pair) { return (pair.*half).both_cpu_per_gb(); })};
}

Row row(std::size_t size, const std::vector<Pair> &pairs)
{
	Row row = {.size = size,
		   .copy = summary(pairs, &Pair::copy),
		   .flag = summary(pairs, &Pair::flag),
		   .ratio = over(pairs, [](const Pair &pair) { return pair.ratio(); }),
		   .both_ratio = over(pairs, [](const Pair &pair) { return pair.both_ratio(); }),
		   .pairs = pairs.size()};
	std::uint64_t messages = 0;

	for (const Pair &pair : pairs) {
		row.reported += pair.flag.reported;
		row.copied += pair.flag.copied;
		row.refused += pair.flag.refused;
		messages += pair.flag.messages;
	}
	row.calls_per_message =
		messages ? static_cast<double>(row.reported) / static_cast<double>(messages) : 0;
	return row;
}

} // namespace

bool Finding::copied() const
{
	return std::ranges::all_of(rows, [](const Row &row) { return row.copied_share() >= nearly_all; });
}

Finding find(const Flow &flow)
{
	Finding finding = {.transport = flow.transport().name,
			   .path = flow.path().name,
			   .summary = flow.path().summary,
			   .segment = flow.segment(),
			   .rows = {}};
	std::vector<Point> points;

	for (const std::size_t size : flow.sizes())
		if (!flow.pairs(size).empty()) {
			finding.rows.push_back(row(size, flow.pairs(size)));
			points.push_back({size, finding.rows.back().ratio});
		}
	finding.crossover = crossover(points);
	return finding;
}

} // namespace bench

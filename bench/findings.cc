// SPDX-License-Identifier: GPL-2.0
#include "bench/findings.h"

#include <algorithm>

#include "limits/limits.h"

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
			over(pairs, [&](const Pair &pair) { return (pair.*half).both_cpu_per_gb(); }),
		.cycles_per_byte =
			over(pairs, [&](const Pair &pair) { return (pair.*half).cycles_per_byte(); })};
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
	std::vector<double> copies;

	for (const Pair &pair : pairs) {
		row.reported += pair.flag.reported;
		row.copied += pair.flag.copied;
		row.refused += pair.flag.refused;
		row.most_outstanding = std::max(row.most_outstanding, pair.flag.outstanding);
		row.most_option_memory = std::max(row.most_option_memory, pair.flag.option_memory);
		messages += pair.flag.messages;
		copies.push_back(pair.copy.cpu_per_gb());
	}
	std::ranges::sort(copies);
	row.spread = (copies[copies.size() * 3 / 4] - copies[copies.size() / 4]) / row.copy.cpu_per_gb.median;
	row.most_locked_pages = row.most_outstanding * limits::memlock_charge_pages(size);
	row.calls_per_message =
		messages ? static_cast<double>(row.reported) / static_cast<double>(messages) : 0;
	return row;
}

} // namespace

bool Row::noisy() const
{
	return spread > 0.25;
}

bool Finding::copied() const
{
	return std::ranges::all_of(rows, [](const Row &row) { return row.copied_share() >= nearly_all; });
}

Finding find(const Flow &flow)
{
	Finding finding = {.name = flow.variant().name,
			   .transport = flow.variant().transport.name,
			   .path = flow.variant().path.name,
			   .summary = flow.variant().path.summary,
			   .memory = flow.variant().memory.name(),
			   .drain_every = flow.variant().drain_every,
			   .segment = flow.segment(),
			   .local = (transport::traits(flow.variant().path, flow.variant().transport) &
				     netns::local) != 0,
			   .rows = {}};
	std::vector<Point> points;

	for (const std::size_t size : flow.sizes())
		if (!flow.pairs(size).empty()) {
			finding.rows.push_back(row(size, flow.pairs(size)));
			points.push_back({size, finding.judged(finding.rows.back())});
		}
	finding.crossover = crossover(points);
	return finding;
}

} // namespace bench

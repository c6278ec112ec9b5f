// SPDX-License-Identifier: GPL-2.0
#include "explore/history.h"

#include <algorithm>
#include <limits>

namespace explore
{

/* The moment by which the id had been read: its call began before that. */
static std::uint64_t known_at(std::uint32_t id, const std::vector<Report> &reports)
{
	std::uint64_t moment = std::numeric_limits<std::uint64_t>::max();

	for (const Report &report : reports)
		if (report.ids.lo <= id && id <= report.ids.hi)
			moment = std::min(moment, report.at);
	return moment;
}

bool explicable(std::uint32_t id, const std::vector<Timed> &calls, const std::vector<Report> &reports)
{
	const std::uint64_t moment = known_at(id, reports);

	if (calls.empty())
		return true;
	return std::ranges::any_of(calls, [&](const Timed &next) {
		const auto is_earlier = [&](const Timed &other) { return other.end < next.begin; };

		if (next.begin > moment || std::ranges::any_of(calls, is_earlier))
			return false;
		std::vector<Timed> rest = calls;
		rest.erase(rest.begin() + (&next - calls.data()));
		return explicable(id + 1, rest, reports);
	});
}

} // namespace explore

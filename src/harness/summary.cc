// SPDX-License-Identifier: GPL-2.0
#include "harness/summary.h"

#include <algorithm>
#include <map>
#include <utility>

namespace harness
{

namespace
{

constexpr std::pair<Verdict, const char *> columns[] = {
	{Verdict::pass, "pass"},   {Verdict::fail, "fail"},   {Verdict::broken, "broken"},
	{Verdict::xfail, "xfail"}, {Verdict::xpass, "xpass"}, {Verdict::skip, "skip"},
};

using Counts = std::map<Verdict, std::size_t>;

std::string to_width(const std::string &text, std::size_t width, bool right)
{
	const std::string space(width > text.size() ? width - text.size() : 0, ' ');

	return right ? space + text : text + space;
}

} // namespace

std::vector<std::string> summary_by_chapter(const std::vector<Planned> &plan,
					    const std::vector<std::optional<Outcome>> &outcomes)
{
	constexpr std::size_t column_width = 7;
	std::map<const catalogue::Chapter *, Counts> chapters; /* an array's elements: in its order */
	Counts all;
	std::size_t width = 0;
	std::vector<std::string> lines;

	for (std::size_t i = 0; i < plan.size(); i++) {
		const auto chapter = std::ranges::find_if(catalogue::chapters(), [&](const auto &each) {
			return each.holds(plan[i].definition->subject());
		});

		if (!outcomes[i] || chapter == catalogue::chapters().end())
			continue;
		chapters[&*chapter][outcomes[i]->verdict]++;
		all[outcomes[i]->verdict]++;
		width = std::max(width, std::string_view(chapter->title).size());
	}
	const auto add = [&](const std::string &title, const auto &cell) {
		std::string line = to_width(title, width, false);

		for (const auto &[verdict, name] : columns)
			if (all.contains(verdict))
				line += to_width(cell(verdict, name), column_width, true);
		lines.push_back(line);
	};
	add("", [](Verdict, const char *name) { return std::string(name); });
	for (auto &entry : chapters)
		add(entry.first->title, [&](Verdict verdict, const char *) {
			const std::size_t count = entry.second[verdict];

			return count ? std::to_string(count) : "";
		});
	return lines;
}

} // namespace harness

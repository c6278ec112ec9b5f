// SPDX-License-Identifier: GPL-2.0
#include "harness/log_tail.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace harness
{

/* More messages than come during one case, however many others run beside it. */
constexpr std::size_t most_kept = 1000;

void LogTail::take(const LogRecord &record)
{
	if (!record.kernel)
		return;
	taken_++;
	lines_.push_back(record.text);
	if (lines_.size() > most_kept)
		lines_.pop_front();
}

std::vector<std::string> LogTail::since(std::size_t mark, std::size_t most) const
{
	const std::size_t added = taken_ - mark;
	const std::size_t there = std::min(added, lines_.size());
	std::vector<std::string> shown;

	if (added == 0)
		return {"kernel log: no messages during this test"};
	shown.emplace_back("kernel log during this test, whoever caused it:");
	for (std::size_t i = lines_.size() - there; i < lines_.size() && shown.size() <= most; i++)
		shown.push_back(quote_kernel(lines_[i]));
	if (const std::size_t more = added - (shown.size() - 1))
		shown.push_back("and " + std::to_string(more) + " more lines");
	return shown;
}

std::string quote_kernel(std::string line)
{
	static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> otherwise = {{
		{"FAIL", "fail"},
		{"SKIP", "skip"},
		{"# not ok", "#not ok"},
	}};

	for (const auto &[word, written] : otherwise)
		for (std::size_t at = 0; (at = line.find(word, at)) != std::string::npos;
		     at += written.size())
			line.replace(at, word.size(), written);
	return "kernel log: " + line;
}

} // namespace harness

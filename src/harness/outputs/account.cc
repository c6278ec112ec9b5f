// SPDX-License-Identifier: GPL-2.0
#include "harness/outputs/account.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace harness::outputs
{

std::vector<std::string> Record::requirements() const
{
	std::vector<std::string> ids;

	for (const char *id : planned->definition->requirements)
		if (id)
			ids.emplace_back(id);
	return ids;
}

std::string Record::deviation() const
{
	/* Reason: "REQUIREMENT DEVIATION", where the deviation was seen or expected. */
	const char *id = planned->definition->deviation;

	return id && !outcome.listed && outcome.reason.ends_with(std::string(" ") + id) ? id : "";
}

std::size_t Account::count(Verdict verdict) const
{
	return std::ranges::count_if(records, [verdict](const Record &record) {
		return !record.outcome.missed && record.outcome.verdict == verdict;
	});
}

std::size_t Account::missed() const
{
	return std::ranges::count_if(records, [](const Record &record) { return record.outcome.missed; });
}

const char *name(const Outcome &outcome)
{
	if (outcome.missed)
		return "missed";
	switch (outcome.verdict) {
	case Verdict::pass:
		return "pass";
	case Verdict::fail:
		return "fail";
	case Verdict::skip:
		return "skip";
	case Verdict::xfail:
		return "xfail";
	case Verdict::xpass:
		return "xpass";
	case Verdict::broken:
		break;
	}
	return "broken";
}

std::string describe(Time time)
{
	using namespace std::chrono;
	const auto whole = floor<std::chrono::seconds>(time);
	const std::time_t since_1970 = system_clock::to_time_t(whole);
	std::array<char, 64> text;
	std::tm date = {};

	::gmtime_r(&since_1970, &date);
	const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &date);
	std::snprintf(text.data() + length, text.size() - length, ".%06ld+00:00",
		      static_cast<long>(duration_cast<microseconds>(time - whole).count()));
	return text.data();
}

double seconds(long milliseconds)
{
	return static_cast<double>(milliseconds) / 1000;
}

} // namespace harness::outputs

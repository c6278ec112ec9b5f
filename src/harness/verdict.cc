// SPDX-License-Identifier: GPL-2.0
#include "harness/verdict.h"

#include <algorithm>

#include "harness/report.h"

namespace harness
{

namespace
{

const char *strict(const Options &options)
{
	switch (options.strict) {
	case Strict::none:
		return "";
	case Strict::fixed:
		return " --strict=fixed";
	case Strict::all:
		return " --strict";
	}
	return "";
}

/* "tcp4, tcp6 and 3 more" */
std::string list_of(const std::vector<std::string> &names)
{
	constexpr std::size_t most = 8;
	std::string text;

	for (std::size_t i = 0; i < std::min(names.size(), most); i++)
		text += (i ? ", " : "") + names[i];
	return text + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

/* "on tcp4, tcp6, not on udp4" */
std::string where(const Reach &reach)
{
	return "on " + list_of(reach.fails) +
	       (reach.passes.empty() ? "" : ", not on " + list_of(reach.passes));
}

/* "ZC-BT-02 (4 results), ZC-TS-01 (2 results)" */
std::string followers_of(const Finding &finding)
{
	std::string text;

	for (const Finding &follower : finding.followers)
		text += (text.empty() ? "" : ", ") + std::string(follower.broken->id) + " (" +
			number_of(follower.results.size(), "result") + ')';
	return text;
}

} // namespace

std::string number_of(std::size_t count, const char *thing)
{
	return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

std::string command_line(const Planned &planned, const std::string &program, const Options &options)
{
	return program + " --seed " + std::to_string(options.seed) +
	       (options.patience ? " --patience " + std::to_string(options.patience) : "") +
	       (options.repeat ? " --repeat " + std::to_string(options.repeat) : "") +
	       (options.until_fail ? " --until-fail" : "") + strict(options) +
	       (options.remote.empty() ? "" : " --remote '" + options.remote + '\'') +
	       (planned.definition->entry == Entry::guest_only ? " --entry guest-only" : "") + " -t " +
	       planned.name();
}

std::vector<Finding> findings_of(const std::vector<Planned> &plan,
				 const std::vector<std::optional<Outcome>> &outcomes, const Options &options)
{
	return diagnose(plan, outcomes, [&](const Outcome &outcome) {
		return outcome.verdict != Verdict::broken && bad(outcome, options);
	});
}

std::vector<std::string> describe(const Finding &finding, const std::vector<Planned> &plan,
				  const std::string &program, const Options &options)
{
	const Sight &sight = finding.sight;
	std::vector<std::string> lines = {
		std::string(finding.broken->id) + ' ' + otherwise(finding.broken->standing) + ": " +
			number_of(finding.results.size(), "result") + " of " +
			number_of(finding.cases, "case") + ": " + finding.broken->sentence,
		"  " + sight.what + (sight.expected.empty() ? "" : ": expected " + sight.expected) +
			(sight.seen.empty() ? ""
					    : (sight.expected.empty() ? ": seen " : ", seen ") + sight.seen) +
			(finding.kinds > 1 ? "; in " + number_of(finding.kinds - 1, "other way") + ", too"
					   : ""),
		"  " + where(finding.transports) + "; " + where(finding.paths),
		"  smallest: " + command_line(plan[finding.results.front()], program, options)};

	if (!finding.followers.empty())
		lines.push_back("  to be judged again without it, as they fail only where this does: " +
				followers_of(finding));
	return lines;
}

} // namespace harness

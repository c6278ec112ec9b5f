// SPDX-License-Identifier: GPL-2.0
#include "harness/verdict.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>

#include "harness/report.h"
#include "os/text.h"

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

	return os::joined(std::span(names).first(std::min(names.size(), most))) +
	       (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

/* "on tcp4, tcp6, not on udp4" */
std::string where(const Reach &reach)
{
	return "on " + list_of(reach.fails) +
	       (reach.passes.empty() ? "" : ", not on " + list_of(reach.passes));
}

bool any_standing(const Finding & /*follower*/)
{
	return true;
}

/* "ZC-BT-02 broken (4 results), ZC-SO-01 changed (2 results)": the followers for which `chosen` holds. */
std::string followers_of(const Finding &finding, const std::function<bool(const Finding &)> &chosen)
{
	std::string text;

	for (const Finding &follower : finding.followers)
		if (chosen(follower))
			text += (text.empty() ? "" : ", ") + std::string(follower.broken->id) + ' ' +
				otherwise(follower.broken->standing) + " (" +
				number_of(follower.results.size(), "result") + ')';
	return text;
}

/* The verdict on a kernel that fails cases about requirements of a standing. */
const char *reproach(catalogue::Standing standing)
{
	switch (standing) {
	case catalogue::Standing::promised:
		return "breaks promises of MSG_ZEROCOPY";
	case catalogue::Standing::past_bug:
		return "has regressions, bugs that past kernels had";
	case catalogue::Standing::observed:
		return "differs from what kernels have been observed to do; the document promises nothing "
		       "here";
	}
	return "";
}

/* What is of that standing and fails only beside a cause of a lesser one, which comes further down. */
std::vector<std::string> graver_than_their_cause(const std::vector<Finding> &findings,
						 catalogue::Standing standing)
{
	std::vector<std::string> lines;

	for (const Finding &cause : findings) {
		const std::string followers = followers_of(cause, [&](const Finding &follower) {
			return follower.broken->standing == standing && standing < cause.broken->standing;
		});

		if (!followers.empty())
			lines.push_back(std::string("  only where ") + cause.broken->id +
					" fails, see below: " + followers);
	}
	return lines;
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
				followers_of(finding, any_standing));
	return lines;
}

std::vector<std::string> verdict_on(const std::string &kernel, const std::vector<Finding> &findings,
				    const std::vector<Planned> &plan, const std::string &program,
				    const Options &options)
{
	using catalogue::Standing;
	std::vector<std::string> lines;
	std::set<Standing> told; /* what does not end comes last, so that a heading may come twice */
	const auto add = [&](const std::vector<std::string> &more, const char *indent = "") {
		for (const std::string &line : more)
			lines.push_back(indent + line);
	};
	const auto head = [&](Standing standing) {
		lines.push_back("Verdict: " + kernel + ' ' + reproach(standing) + ':');
	};
	const auto has = [&](Standing standing) {
		return std::ranges::any_of(
			findings, [&](const Finding &each) { return each.broken->standing == standing; });
	};

	for (const Standing standing : {Standing::promised, Standing::past_bug}) {
		const std::vector<std::string> graver = graver_than_their_cause(findings, standing);

		if (has(standing) || graver.empty())
			continue;
		head(standing);
		add(graver);
	}
	for (std::size_t i = 0; i < findings.size(); i++) {
		const Standing standing = findings[i].broken->standing;
		const bool first = i == 0 || findings[i - 1].broken->standing != standing;
		const bool last = i + 1 == findings.size() || findings[i + 1].broken->standing != standing;

		if (first)
			head(standing);
		add(describe(findings[i], plan, program, options), "  ");
		if (last && told.insert(standing).second)
			add(graver_than_their_cause(findings, standing));
	}
	return lines;
}

} // namespace harness

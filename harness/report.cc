// SPDX-License-Identifier: GPL-2.0
#include "harness/report.h"

/* The one place that includes it: its counters are static to a file. */
#include "kselftest.h"

#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <set>

#include "limits/limits.h"

namespace harness
{

namespace
{

/* Consumers search diagnostics for these words: netdev CI for "[FAIL]", " FAIL:",
 * "SKIP:" and nested results. What comes from outside must not hold them. */
void print_comment(const std::string &line)
{
	ksft_print_msg("%s\n", line.c_str());
}

/* A directive ends its line and must not hold another '#'. */
std::string in_directive(std::string text)
{
	std::ranges::replace(text, '#', ' ');
	std::ranges::replace(text, '\n', ' ');
	return text;
}

const char *count(Verdict verdict)
{
	switch (verdict) {
	case Verdict::pass:
		ksft_inc_pass_cnt();
		return "ok";
	case Verdict::skip:
		ksft_inc_xskip_cnt();
		return "ok";
	case Verdict::xfail:
		ksft_inc_xfail_cnt();
		return "ok";
	case Verdict::xpass:
		ksft_inc_xpass_cnt();
		return "ok";
	case Verdict::fail:
		ksft_inc_fail_cnt();
		return "not ok";
	case Verdict::broken:
		ksft_inc_error_cnt();
		return "not ok";
	}
	return "not ok";
}

std::string directive(const Outcome &outcome)
{
	const std::string time = "time=" + std::to_string(outcome.milliseconds) + "ms";
	const std::string reason = in_directive(outcome.reason);

	switch (outcome.verdict) {
	case Verdict::skip:
		return "SKIP " + reason;
	case Verdict::xfail:
		return "XFAIL " + reason + ' ' + time;
	case Verdict::xpass:
		return "XPASS " + reason + ' ' + time;
	case Verdict::broken:
		return "broken: " + reason + ' ' + time;
	default:
		return time;
	}
}

} // namespace

void report_start(std::size_t planned, const Facts &facts, const Options &options)
{
	utsname kernel = {};

	::uname(&kernel);
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	ksft_print_header();
	ksft_set_plan(static_cast<unsigned>(planned));
	print_comment(std::string("kernel ") + kernel.release + ' ' + kernel.machine + ", page size " +
		      std::to_string(limits::page_size()) + ", slowness " + std::to_string(facts.slowness()) +
		      ", seed " + std::to_string(options.seed) +
		      (facts.initial_root() ? "" : ", in a user namespace"));
}

void report_result(const Planned &planned, const Outcome &outcome, const Options &options,
		   const std::string &program)
{
	Outcome shown = outcome;

	if (options.strict && outcome.verdict == Verdict::xfail)
		shown.verdict = Verdict::fail;
	const bool bad = shown.verdict == Verdict::fail || shown.verdict == Verdict::broken;
	if (bad || options.verbose)
		for (const std::string &line : shown.diagnostics)
			print_comment(line);
	if (bad)
		print_comment("run again: " + program + " --seed " + std::to_string(options.seed) +
			      (options.strict ? " --strict" : "") + " -t " + planned.name());
	const char *result = count(shown.verdict);
	std::printf("%s %u %s # %s\n", result, ksft_test_num(), planned.name().c_str(),
		    directive(shown).c_str());
}

int report_end(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
	       const Options &options)
{
	std::map<std::string, std::vector<std::string>> broken; /* requirement: results */
	std::set<std::string> deviations;
	std::set<std::string> judged;
	utsname kernel = {};

	ksft_print_cnts();
	::uname(&kernel);
	for (std::size_t i = 0; i < plan.size(); i++) {
		const std::string requirement = plan[i].definition->requirements[0];
		const Verdict verdict = outcomes[i]->verdict;

		if (verdict == Verdict::fail || (verdict == Verdict::xfail && options.strict))
			broken[requirement].push_back(plan[i].name());
		if (verdict == Verdict::xfail)
			deviations.insert(requirement + " (" + plan[i].definition->deviation + ')');
		if (verdict != Verdict::skip && verdict != Verdict::broken)
			for (const char *id : plan[i].definition->requirements)
				if (id)
					judged.insert(id);
	}
	print_comment(std::string("Verdict: kernel ") + kernel.release +
		      (broken.empty() ? " keeps" : " does not keep") +
		      " the promises of MSG_ZEROCOPY; judged " + std::to_string(judged.size()) +
		      " requirements");
	for (const auto &[requirement, results] : broken)
		print_comment("broken: " + requirement + " in " + std::to_string(results.size()) +
			      " results, first " + results.front());
	for (const std::string &deviation : deviations)
		print_comment("catalogued deviation: " + deviation);
	if (ksft_get_fail_cnt() || ksft_get_error_cnt())
		return KSFT_FAIL;
	return static_cast<unsigned>(ksft_get_xskip_cnt()) == ksft_test_num() ? KSFT_SKIP : KSFT_PASS;
}

int report_nothing(const std::string &reason)
{
	ksft_print_header();
	std::printf("1..0 # SKIP %s\n", in_directive(reason).c_str());
	return KSFT_SKIP;
}

void report_interrupted(const std::string &reason)
{
	std::printf("Bail out! %s\n", reason.c_str());
	ksft_print_cnts();
	std::fflush(stdout);
}

} // namespace harness

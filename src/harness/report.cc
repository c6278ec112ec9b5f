// SPDX-License-Identifier: GPL-2.0
#include "harness/report.h"

/* The one place that includes it: its counters are static to a file. */
#include "kselftest.h"

#include <sys/utsname.h>

#include <algorithm>
#include <set>

#include "catalogue/running_kernel.h"
#include "harness/terminal.h"
#include "harness/verdict.h"
#include "limits/limits.h"
#include "os/version.h"

namespace harness
{

namespace
{

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
	print_comment(std::string("msg_zerocopy ") + os::version);
	print_comment(std::string("kernel ") + kernel.release + ' ' + kernel.machine + ", page size " +
		      std::to_string(limits::page_size()) + ", slowness " + std::to_string(facts.slowness()) +
		      ", seed " + std::to_string(options.seed) +
		      (facts.initial_root() ? "" : ", in a user namespace"));
}

void report_note(const std::string &line)
{
	print_comment(line);
}

Verdict counted(const Outcome &outcome, const Options &options)
{
	const bool intolerable =
		options.strict == Strict::all || (options.strict == Strict::fixed && outcome.fixed);

	return outcome.verdict == Verdict::xfail && !outcome.listed && intolerable ? Verdict::fail
										   : outcome.verdict;
}

bool bad(const Outcome &outcome, const Options &options)
{
	const Verdict verdict = counted(outcome, options);

	return verdict == Verdict::fail || verdict == Verdict::broken;
}

void report_result(const Planned &planned, const Outcome &outcome, const Options &options,
		   const std::string &program)
{
	Outcome shown = outcome;

	shown.verdict = counted(outcome, options);
	for (const std::string &line : shown.trace)
		print_comment(line);
	const bool explained = bad(outcome, options);
	/* A reader who finds a fault in the log looks for the case that caused it. */
	if (explained || outcome.splat || options.verbose ||
	    (options.deviations && outcome.verdict == Verdict::xfail))
		for (const std::string &line : shown.diagnostics)
			print_comment(line);
	if (explained)
		print_comment("run again: " + command_line(planned, program, options));
	const char *word = count(shown.verdict);
	const std::string result = options.color ? in_color(word, shown.verdict) : word;
	std::printf("%s %u %s # %s\n", result.c_str(), ksft_test_num(), planned.name().c_str(),
		    directive(shown).c_str());
}

namespace
{

/* "1 promise, 2 past bugs and 3 observations judged", without kinds of which there are none. */
std::string tally(const std::set<std::string> &judged)
{
	std::vector<std::string> parts;
	std::string text;

	for (const auto &[standing, thing] : {std::pair{catalogue::Standing::promised, "promise"},
					      std::pair{catalogue::Standing::past_bug, "past bug"},
					      std::pair{catalogue::Standing::observed, "observation"}}) {
		const auto count =
			std::ranges::count_if(judged, [standing = standing](const std::string &id) {
				return catalogue::find(id)->standing == standing;
			});
		if (count)
			parts.push_back(number_of(static_cast<std::size_t>(count), thing));
	}
	for (std::size_t i = 0; i < parts.size(); i++)
		text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
	return text + " judged";
}

bool any_promised(const std::set<std::string> &judged)
{
	return std::ranges::any_of(judged, [](const std::string &id) {
		return catalogue::find(id)->standing == catalogue::Standing::promised;
	});
}

/* A known deviation, and what ends it. */
void print_known(const catalogue::Deviation &deviation)
{
	print_comment(std::string("  ") + deviation.requirement + ' ' + deviation.id + ": " + deviation.how);
	print_comment("    " + deviation.remedy(catalogue::running_kernel()));
}

/* A result without a verdict may be the one that is being bisected. */
int bisect_status()
{
	if (ksft_get_fail_cnt()) {
		print_comment("Bisection: bad");
		return 1;
	}
	if (ksft_get_error_cnt() || ksft_get_xskip_cnt()) {
		print_comment("Bisection: cannot be tested: " +
			      number_of(ksft_get_error_cnt() + ksft_get_xskip_cnt(), "result") +
			      " not judged; leave out with -T what no commit can judge");
		return bisect_untestable;
	}
	print_comment("Bisection: good");
	return 0;
}

} // namespace

int report_end(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
	       const Options &options, const std::string &program)
{
	const std::vector<Finding> findings = findings_of(plan, outcomes, options);
	std::set<const catalogue::Deviation *> deviations;
	std::set<std::string> judged;
	std::size_t expected = 0; /* failures, by the user's list */
	std::size_t passed = 0;	  /* all the same */
	utsname kernel = {};

	ksft_print_cnts();
	::uname(&kernel);
	for (std::size_t i = 0; i < plan.size(); i++) {
		const Case &definition = *plan[i].definition;
		const Verdict verdict = counted(*outcomes[i], options);

		if (outcomes[i]->listed)
			++(verdict == Verdict::xfail ? expected : passed);
		else if (verdict == Verdict::xfail)
			deviations.insert(catalogue::find_deviation(definition.deviation));
		if (verdict != Verdict::skip && verdict != Verdict::broken)
			for (const char *id : definition.requirements)
				if (id)
					judged.insert(id);
	}

	const std::string release = std::string("kernel ") + kernel.release;
	if (!findings.empty())
		for (const std::string &line : verdict_on(release, findings, plan, program, options))
			print_comment(line);
	else if (ksft_get_error_cnt())
		print_comment("Verdict: none: " + number_of(ksft_get_error_cnt(), "result") +
			      " could not be set up");
	else if (judged.empty())
		print_comment("Verdict: none: nothing could be judged here");
	else
		print_comment("Verdict: " + release +
			      (any_promised(judged) ? " keeps the promises of MSG_ZEROCOPY: "
						    : " does what kernels have been observed to do: ") +
			      tally(judged) +
			      (expected ? ", " + number_of(expected, "expected failure") : "") +
			      (deviations.empty() ? ""
						  : ", " + number_of(deviations.size(), "known deviation") +
							    " of this kernel:"));
	if (!findings.empty() && !deviations.empty())
		print_comment("Known of this kernel, " + number_of(deviations.size(), "deviation") + ':');
	for (const catalogue::Deviation *deviation : deviations)
		print_known(*deviation);
	if (!options.known_file.empty())
		print_comment(
			"Expected by " + options.known_file + ": " + number_of(expected, "failure") +
			(passed ? "; " + number_of(passed, "test") + " passed all the same (XPASS)" : ""));
	if (options.bisect)
		return bisect_status();
	if (ksft_get_fail_cnt() || ksft_get_error_cnt())
		return KSFT_FAIL;
	return static_cast<unsigned>(ksft_get_xskip_cnt()) == ksft_test_num() ? KSFT_SKIP : KSFT_PASS;
}

int report_nothing(const std::string &reason, const Options &options)
{
	ksft_print_header();
	std::printf("1..0 # SKIP %s\n", in_directive(reason).c_str());
	return options.bisect ? bisect_untestable : KSFT_SKIP;
}

void report_interrupted(const std::string &reason)
{
	ksft_print_cnts();
	std::printf("Bail out! %s\n", reason.c_str());
	std::fflush(stdout);
}

} // namespace harness

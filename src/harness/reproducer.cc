// SPDX-License-Identifier: GPL-2.0
#include "harness/reproducer.h"

#include <sys/utsname.h>

#include <algorithm>
#include <system_error>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"
#include "harness/diagnosis.h"
#include "harness/report.h"
#include "os/program.h"
#include "reproducer/program.h"
#include "trace/recorder.h"

namespace harness
{

namespace
{

constexpr int nothing_to_show = 4;

std::string checked_name(const Options &options, const std::vector<Planned> &plan)
{
	if (plan.size() != 1)
		throw os::UsageError("--reproducer takes one test, and '" + options.reproducer + "' is " +
				     std::to_string(plan.size()) + ", such as " + plan[0].name() +
				     "; --list shows all");
	return options.reproducer_file.empty() ? plan[0].name() + ".c" : options.reproducer_file;
}

os::NewFile checked_file(const std::string &name)
{
	try {
		return os::NewFile(name);
	} catch (const std::system_error &trouble) {
		throw os::UsageError("--reproducer '" + name + "': " + trouble.what());
	}
}

/* Broken between words; what follows the first line is indented. */
void add_wrapped(std::vector<std::string> &lines, const std::string &text)
{
	constexpr std::size_t width = 112;
	std::string line;
	std::size_t from = 0;

	while (from < text.size()) {
		const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
		const std::string word = text.substr(from, end - from);

		if (!line.empty() && line.size() + 1 + word.size() > width) {
			lines.push_back(line);
			line = " ";
		}
		line += (line.empty() ? "" : " ") + word;
		from = end + 1;
	}
	lines.push_back(line);
}

/* What it says first, up to about a line. The catalogue has all. */
std::string begin_of(std::string_view evidence)
{
	constexpr std::size_t most = 125;
	std::size_t length = 0;

	for (std::size_t at = 0; at < evidence.size() && at <= most; at++)
		if (evidence[at] == ';' || evidence[at] == '.')
			if (at + 1 == evidence.size() || evidence[at + 1] == ' ')
				length = at;
	return length ? ' ' + std::string(evidence.substr(0, length)) + '.' : "";
}

/* Where a requirement comes from: as many of the places as three lines take. */
std::string places_of(const std::string &source)
{
	constexpr std::size_t most = 330;
	std::size_t end = source.size() > most ? source.rfind("; ", most) : source.size();

	/* Not within a quotation. */
	while (end != 0 && end != source.npos &&
	       std::count(source.begin(), source.begin() + static_cast<long>(end), '"') % 2)
		end = source.rfind("; ", end - 1);
	return end == 0 || end == source.npos ? source : std::string(source, 0, end);
}

void add_result(std::vector<std::string> &about, const Planned &planned, const Outcome &outcome)
{
	utsname kernel = {};
	const catalogue::Deviation *deviation =
		planned.definition->deviation ? catalogue::find_deviation(planned.definition->deviation)
					      : nullptr;

	::uname(&kernel);
	const std::string linux = std::string("Linux ") + kernel.release + ' ' + kernel.machine;
	if (outcome.verdict == Verdict::pass || outcome.verdict == Verdict::xpass) {
		about.push_back(linux + " keeps it.");
		return;
	}
	Sight sight = sight_of(outcome.diagnostics);
	if (outcome.verdict == Verdict::xfail && deviation) {
		add_wrapped(about, linux + " deviates (" + deviation->id + "): " + deviation->how);
		add_wrapped(about, std::string("Kernels: ") + deviation->kernels + '.' +
					   begin_of(deviation->evidence));
		sight = {}; /* as `how` says */
	} else {
		about.push_back(linux + " breaks it:");
	}
	if (!sight.what.empty())
		add_wrapped(about, sight.what);
	for (const auto &[what, text] :
	     {std::pair{"  expected: ", sight.expected}, {"  seen:     ", sight.seen}})
		if (!text.empty())
			add_wrapped(about, what + text);
}

std::vector<std::string> about(const Planned &planned, const Outcome &outcome, const std::string &file,
			       bool root)
{
	std::vector<std::string> lines = {planned.name()};
	/* Where it is now is no matter to whom it is mailed. */
	const std::string source = file.substr(file.rfind('/') + 1);
	constexpr std::size_t most = 60; /* of both names in one line */
	const std::string same = source.substr(0, source.rfind(".c"));
	const std::string binary = source.size() + same.size() > most ? "reproducer" : same;

	for (const char *id : planned.definition->requirements)
		if (const catalogue::Requirement *requirement = id ? catalogue::find(id) : nullptr) {
			add_wrapped(lines, std::string(id) + ", " + name(requirement->standing) + ": " +
						   requirement->sentence);
			add_wrapped(lines, "  " + places_of(requirement->source()));
		}
	lines.emplace_back();
	add_result(lines, planned, outcome);
	lines.emplace_back();
	const std::string build = "Build: cc -std=c11 -Wall -Wextra -Werror -pthread ";
	const std::string names = source + " -o " + binary;
	if (source.size() + binary.size() > most)
		lines.insert(lines.end(), {build + '\\', "         " + names});
	else
		lines.push_back(build + names);
	lines.push_back(std::string("Run: ./") + binary + " (" + (root ? "as root" : "as any user") +
			"; it needs ip, and works in namespaces of its own)");
	lines.emplace_back(
		"Exits with 1 if the promise is broken as above, 0 if it is kept, 4 if this machine "
		"cannot show it.");
	for (std::string &line : lines)
		for (std::size_t at; (at = line.find("*/")) != std::string::npos;)
			line.replace(at, 2, "* /");
	return lines;
}

/*
 * Nothing after the answer that decides matters any more, nor that the data before it arrived as it
 * was sent, or that nothing is charged.
 */
void keep_what_shows_it(std::vector<reproducer::Step> &steps)
{
	/* Bytes that were stored after the call show something, too. */
	const auto is_stored_later = [](const reproducer::Step &step) {
		return step.call.starts_with("alike(") && step.call.ends_with(", 0xff)");
	};
	while (!steps.empty() && !steps.back().decides && !is_stored_later(steps.back()))
		steps.pop_back();
	std::erase_if(steps, [](const reproducer::Step &step) {
		const std::string &call = step.call;

		return (call.starts_with("alike(") && call.ends_with(", 0)")) ||
		       call.starts_with("memcmp(in") || call.starts_with("memory_of(");
	});
}

} // namespace

Reproducer::Reproducer(const Options &options, const std::vector<Planned> &plan)
	: name_(checked_name(options, plan)), file_(checked_file(name_))
{
}

int Reproducer::write(const Planned &planned, const Outcome &outcome, const Options &options, int status)
{
	trace::Recording recording = trace::decoded(outcome.recording);
	const bool kept = outcome.verdict == Verdict::pass || outcome.verdict == Verdict::xpass;

	if (outcome.verdict == Verdict::skip || outcome.verdict == Verdict::broken)
		recording.cannot = "it was not judged: " + outcome.reason;
	else if (outcome.recording.empty())
		recording.cannot = "it could not be traced";
	if (!recording.cannot.empty()) {
		report_note("no reproducer of " + planned.name() + ": " + recording.cannot);
		return nothing_to_show;
	}
	if (!kept)
		keep_what_shows_it(recording.steps);
	reproducer::Program program;
	program.kept = kept;
	program.seed = options.seed;
	program.about = about(planned, outcome, name_, recording.root);
	program.steps = std::move(recording.steps);
	file_.write(reproducer::write(program));
	report_note("reproducer: " + name_);
	return status;
}

} // namespace harness

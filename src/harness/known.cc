// SPDX-License-Identifier: GPL-2.0
#include "harness/known.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "harness/report.h"
#include "os/program.h"

namespace harness
{

static std::string trimmed(const std::string &text)
{
	constexpr const char *blank = " \t\r";
	const std::size_t first = text.find_first_not_of(blank);

	return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

static std::vector<KnownFailure> parse(std::istream &lines, const std::string &file)
{
	std::vector<KnownFailure> known;
	unsigned number = 0;
	const auto place = [&] { return file + ':' + std::to_string(number); };
	const auto refused = [&](const std::string &glob, const char *why) {
		return os::UsageError(place() + ": '" + glob + "' " + why);
	};

	for (std::string line; std::getline(lines, line);) {
		const std::size_t hash = line.find('#');
		const std::string glob = trimmed(line.substr(0, hash));
		const std::string reason = hash == std::string::npos ? "" : trimmed(line.substr(hash + 1));

		number++;
		if (glob.empty())
			continue;
		if (glob.find_first_of(" \t") != std::string::npos)
			throw refused(glob, "is more than one glob; a reason follows '#'");
		if (reason.empty())
			throw refused(glob, "has no reason; add one behind '#'");
		known.push_back({glob, reason, place()});
	}
	return known;
}

std::vector<KnownFailure> read_known(const Options &options)
{
	errno = 0;
	std::ifstream lines(options.known_file);
	auto known = parse(lines, options.known_file);

	/* A folder can be opened. */
	if (!lines.is_open() || lines.bad())
		throw os::UsageError("--known: '" + options.known_file +
				     "' cannot be read: " + std::strerror(errno));
	for (const KnownFailure &failure : known) {
		Selection selection;

		selection.tests = {options.remote.empty() ? failure.glob
							  : failure.glob.substr(0, failure.glob.find('.'))};
		if (const std::string unknown = unknown_word(selection); !unknown.empty())
			throw os::UsageError(failure.place + ": " + unknown);
	}
	return known;
}

void expect_known(const Options &options, const Planned &planned, Outcome &outcome)
{
	const Verdict verdict = counted(outcome, options);
	const auto failure = std::ranges::find_if(
		options.known, [&](const KnownFailure &each) { return matches_test(each.glob, planned); });

	if (failure == options.known.end() || (verdict != Verdict::fail && verdict != Verdict::pass))
		return;
	outcome.verdict = verdict == Verdict::fail ? Verdict::xfail : Verdict::xpass;
	outcome.listed = true;
	outcome.reason = failure->place + ' ' + failure->reason;
}

} // namespace harness

// SPDX-License-Identifier: GPL-2.0
/* A report for KernelCI's database, by version 5 of its I/O schema: see docs/outputs.md. */
#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "harness/outputs/account.h"
#include "limits/limits.h"
#include "os/version.h"

namespace harness::outputs
{

namespace
{

using Json = nlohmann::ordered_json;

/* What the schema takes of a log_excerpt. */
constexpr std::size_t longest_excerpt = 16384;

/* Unique among all runs of an origin. */
std::string run_id()
{
	std::random_device random;
	std::array<char, 40> text;

	std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(), random());
	return text.data();
}

/* Those of the schema. It has none for a known deviation: the test did what it was for. */
const char *status(const Outcome &outcome)
{
	if (outcome.missed)
		return "MISS";
	switch (outcome.verdict) {
	case Verdict::pass:
	case Verdict::xfail:
	case Verdict::xpass:
		return "PASS";
	case Verdict::fail:
		return "FAIL";
	case Verdict::skip:
		return "SKIP";
	case Verdict::broken:
		break;
	}
	return "ERROR";
}

/* Between dots, a path of the schema has letters, digits, '_' and '-' only. */
std::string path_of(const Planned &planned)
{
	std::string path = "msg_zerocopy." + planned.name();

	for (char &letter : path)
		if (!std::isalnum(static_cast<unsigned char>(letter)) && !std::strchr("._-", letter))
			letter = '_';
	return path;
}

std::string excerpt(const std::vector<std::string> &lines)
{
	std::string text;

	for (const std::string &line : lines)
		text += line + '\n';
	return text.substr(0, longest_excerpt);
}

Json test(const Record &record, const Account &account, const std::string &run, const Json &environment)
{
	const Outcome &outcome = record.outcome;
	const std::string deviation = record.deviation();
	Json misc = {{"requirements", record.requirements()},
		     {"entry", harness::name(record.planned->entry())},
		     {"verdict", name(outcome)}};
	Json test = {
		{"id", account.options.kcidb_origin + ":msg_zerocopy:" + run + ':' + record.planned->name()},
		{"origin", account.options.kcidb_origin},
		{"build_id", account.options.kcidb_build},
		{"path", path_of(*record.planned)},
		{"status", status(outcome)},
		{"environment", environment}};

	if (!outcome.reason.empty())
		test["comment"] = outcome.reason;
	if (!outcome.diagnostics.empty())
		test["log_excerpt"] = excerpt(outcome.diagnostics);
	if (outcome.started) {
		test["start_time"] = describe(*outcome.started);
		test["duration"] = seconds(outcome.milliseconds);
	}
	if (!outcome.requirement.empty())
		misc["charged_to"] = outcome.requirement;
	if (!deviation.empty())
		misc["deviation"] = deviation;
	test["misc"] = misc;
	return test;
}

} // namespace

std::string kcidb(const Account &account)
{
	const std::string run = run_id();
	const Json environment = {
		{"comment", std::string("kernel ") + account.kernel.release + ' ' + account.kernel.machine},
		{"misc",
		 {{"kernel_release", account.kernel.release},
		  {"kernel_version", account.kernel.version},
		  {"machine", account.kernel.machine},
		  {"page_size", limits::page_size()},
		  {"slowness", account.slowness},
		  {"user_namespace", account.user_namespace},
		  {"seed", account.options.seed},
		  {"circumstances", account.machine},
		  {"suite", std::string("msg_zerocopy ") + os::version}}},
	};
	Json report = {{"version", {{"major", 5}, {"minor", 0}}}, {"tests", Json::array()}};

	for (const Record &record : account.records)
		report["tests"].push_back(test(record, account, run, environment));
	/* The kernel's log may have any bytes. */
	return report.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace harness::outputs

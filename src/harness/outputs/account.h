/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_OUTPUTS_ACCOUNT_H
#define MSG_ZEROCOPY_HARNESS_OUTPUTS_ACCOUNT_H

#include <sys/utsname.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis.h"
#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"

/* What the files beside TAP are made of. */
namespace harness::outputs
{

using Time = std::chrono::system_clock::time_point;

/* A planned test and what became of it: the verdict as it counts, --strict considered. */
struct Record {
	const Planned *planned;
	Outcome outcome;

	/* Of its requirements, by their ids; the first is what the case is about. */
	std::vector<std::string> requirements() const;
	/* Of a known deviation that was seen or expected, its id; "" of none. */
	std::string deviation() const;
};

/* A whole run. */
struct Account {
	const Options &options;
	const std::vector<Planned> &plan;
	utsname kernel = {};
	double slowness = 0; /* 0: nothing could be run, and it was not measured */
	bool user_namespace = false;
	std::vector<std::string> machine = {}; /* see Facts::machine() */
	Time started;
	Time ended;
	std::string cut_short = {}; /* why not every test was run; "" where all were */
	int status = 0;		    /* exit status */
	std::vector<Record> records = {};
	/* What failed, by what it breaks, and the lines that the verdict has about each. */
	std::vector<Finding> findings = {};
	std::vector<std::vector<std::string>> texts = {};

	std::size_t count(Verdict verdict) const;
	/* Planned, and not run as the run was cut short. */
	std::size_t missed() const;
};

/* The names that --json has for verdicts: "pass", ..., "missed". */
const char *name(const Outcome &outcome);
/* "2026-11-29T16:34:32.123456+00:00", as RFC 3339 has it. */
std::string describe(Time time);
/* Seconds, as far as milliseconds count. */
double seconds(long milliseconds);

/* The file's content, in each format. docs/outputs.md describes them. */
std::string json(const Account &account);
std::string junit(const Account &account);
std::string kcidb(const Account &account);

} // namespace harness::outputs

#endif

// SPDX-License-Identifier: GPL-2.0
#include "harness/outputs/outputs.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "harness/report.h"
#include "harness/verdict.h"

namespace harness
{

namespace
{

/* "--json: 'results.json' cannot be written: Permission denied" */
std::string complaint(const char *option, const std::string &name, const std::system_error &why)
{
	return std::string(option) + ": '" + name + "' cannot be written: " + why.code().message();
}

} // namespace

os::NewFile new_file(const char *option, const std::string &name)
{
	try {
		return os::NewFile(name);
	} catch (const std::system_error &why) {
		throw std::runtime_error(complaint(option, name, why));
	}
}

Outputs::Outputs(const Options &options, const std::string &program) : program_(program)
{
	auto add = [this](const char *option, const std::string &name,
			  std::string (*format)(const outputs::Account &)) {
		if (name.empty())
			return;
		os::NewFile file = new_file(option, name);
		for (const Output &other : outputs_)
			if (!file.path().empty() && file.path() == other.file.path())
				throw std::runtime_error(std::string(other.option) + " and " + option +
							 " name the same file, '" + name + "'");
		outputs_.push_back({option, name, format, std::move(file)});
	};

	add("--json", options.json, outputs::json);
	add("--junit", options.junit, outputs::junit);
	add("--kcidb", options.kcidb, outputs::kcidb);
}

/* The files blame each failure on the requirement that the verdict names for it. */
static void charge(std::vector<outputs::Record> &records, const std::vector<Finding> &findings)
{
	for (const Finding &finding : findings) {
		for (const std::size_t index : finding.results)
			records[index].outcome.requirement = finding.broken->id;
		charge(records, finding.followers);
	}
}

int Outputs::write(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
		   const Options &options, const Facts *facts, int status, const std::string &cut_short)
{
	outputs::Account account = {.options = options,
				    .plan = plan,
				    .slowness = facts ? facts->slowness() : 0,
				    .user_namespace = facts && !facts->initial_root(),
				    .machine = facts ? facts->machine() : std::vector<std::string>(),
				    .started = started_,
				    .ended = std::chrono::system_clock::now(),
				    .cut_short = cut_short,
				    .status = status,
				    .findings = findings_of(plan, outcomes, options)};

	if (outputs_.empty())
		return status;
	::uname(&account.kernel);
	for (const Finding &finding : account.findings)
		account.texts.push_back(describe(finding, plan, program_, options));
	for (std::size_t i = 0; i < plan.size(); i++) {
		account.records.push_back(
			{&plan[i], outcomes[i].value_or(Outcome{.verdict = Verdict::skip,
								.reason = "not run: " + cut_short,
								.missed = true})});
		account.records.back().outcome.verdict = counted(account.records.back().outcome, options);
	}
	charge(account.records, account.findings);
	for (Output &output : outputs_) {
		try {
			output.file.write(output.format(account));
		} catch (const std::system_error &why) {
			std::fprintf(stderr, "msg_zerocopy: %s\n",
				     complaint(output.option, output.name, why).c_str());
			status = options.bisect ? bisect_untestable : 1;
		}
	}
	return status;
}

} // namespace harness

// SPDX-License-Identifier: GPL-2.0
/* The suite's own format: docs/outputs.md, docs/schemas/results.schema.json. */
#include <nlohmann/json.hpp>

#include "harness/outputs/account.h"
#include "limits/limits.h"
#include "os/version.h"

namespace harness::outputs
{

namespace
{

using Json = nlohmann::ordered_json;

/* Changes when a reader has to. */
constexpr int format = 1;

Json result(const Record &record)
{
	const Case &definition = *record.planned->definition;
	const Outcome &outcome = record.outcome;
	const std::string deviation = record.deviation();
	Json result = {{"name", record.planned->name()},
		       {"case", definition.name},
		       {"transport", record.planned->transport->name},
		       {"path", record.planned->path->name},
		       {"entry", harness::name(record.planned->entry())},
		       {"verdict", name(outcome)},
		       {"reason", outcome.reason},
		       {"requirements", record.requirements()}};

	if (!outcome.requirement.empty())
		result["charged_to"] = outcome.requirement;
	if (!deviation.empty())
		result["deviation"] = deviation;
	if (outcome.started) {
		result["started"] = describe(*outcome.started);
		result["seconds"] = seconds(outcome.milliseconds);
	}
	result["kernel_fault"] = outcome.splat;
	result["diagnostics"] = outcome.diagnostics;
	return result;
}

Json finding(const Finding &one, const Account &account)
{
	const auto reach = [](const Reach &names) {
		return Json{{"fail", names.fails}, {"pass", names.passes}};
	};
	Json json = {{"requirement", one.broken->id},
		     {"otherwise", otherwise(one.broken->standing)},
		     {"what", one.sight.what},
		     {"expected", one.sight.expected},
		     {"seen", one.sight.seen},
		     {"ways", one.kinds},
		     {"cases", one.cases},
		     {"transports", reach(one.transports)},
		     {"paths", reach(one.paths)},
		     {"results", Json::array()},
		     {"followers", Json::array()}};

	for (const std::size_t index : one.results)
		json["results"].push_back(account.plan[index].name());
	for (const Finding &follower : one.followers)
		json["followers"].push_back(finding(follower, account));
	return json;
}

} // namespace

std::string json(const Account &account)
{
	Json all = {{"format", format},
		    {"suite", {{"name", "msg_zerocopy"}, {"version", os::version}}},
		    {"kernel",
		     {{"release", account.kernel.release},
		      {"version", account.kernel.version},
		      {"machine", account.kernel.machine}}},
		    {"run",
		     {{"started", describe(account.started)},
		      {"ended", describe(account.ended)},
		      {"seed", account.options.seed},
		      {"page_size", limits::page_size()},
		      {"slowness", account.slowness},
		      {"user_namespace", account.user_namespace},
		      {"strict", name(account.options.strict)},
		      {"cut_short", account.cut_short},
		      {"exit_status", account.status}}},
		    {"machine", account.machine},
		    {"totals",
		     {{"planned", account.records.size()},
		      {"pass", account.count(Verdict::pass)},
		      {"fail", account.count(Verdict::fail)},
		      {"xfail", account.count(Verdict::xfail)},
		      {"xpass", account.count(Verdict::xpass)},
		      {"skip", account.count(Verdict::skip)},
		      {"broken", account.count(Verdict::broken)},
		      {"missed", account.missed()}}},
		    {"findings", Json::array()},
		    {"results", Json::array()}};

	for (std::size_t i = 0; i < account.findings.size(); i++) {
		all["findings"].push_back(finding(account.findings[i], account));
		all["findings"].back()["text"] = account.texts[i];
	}
	for (const Record &record : account.records)
		all["results"].push_back(result(record));
	/* The kernel's log may have any bytes. */
	return all.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace harness::outputs

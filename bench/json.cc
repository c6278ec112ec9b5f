// SPDX-License-Identifier: GPL-2.0
#include <sys/utsname.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "bench/account.h"
#include "harness/outputs/account.h"
#include "os/version.h"

namespace bench
{

namespace
{

using Json = nlohmann::ordered_json;

/* Changes when a reader has to. */
constexpr int format = 1;

Json estimate(const Estimate &one)
{
	return {{"median", one.median}, {"low", one.low}, {"high", one.high}, {"firm", one.firm}};
}

Json summary(const Summary &one, bool cycles)
{
	Json json = {{"gb_per_second", estimate(one.gb_per_second)},
		     {"cpu_seconds_per_gb", estimate(one.cpu_per_gb)},
		     {"both_cpu_seconds_per_gb", estimate(one.both_cpu_per_gb)}};

	if (cycles)
		json["cycles_per_byte"] = estimate(one.cycles_per_byte);
	return json;
}

Json row(const Row &one, bool cycles)
{
	return {{"size", one.size},
		{"pairs", one.pairs},
		{"ratio", estimate(one.ratio)},
		{"both_ratio", estimate(one.both_ratio)},
		{"copy", summary(one.copy, cycles)},
		{"flag", summary(one.flag, cycles)},
		{"copied_share", one.copied_share()},
		{"calls_per_message", one.calls_per_message},
		{"enobufs", one.refused},
		{"most_outstanding", one.most_outstanding},
		{"most_locked_pages", one.most_locked_pages},
		{"most_option_memory", one.most_option_memory},
		{"noisy", one.noisy()}};
}

Json finding(const Finding &one, bool cycles)
{
	Json json = {{"name", one.name},       {"transport", one.transport},
		     {"path", one.path},       {"summary", one.summary},
		     {"memory", one.memory},   {"drain_every", one.drain_every},
		     {"segment", one.segment}, {"judged", one.local ? "both_ratio" : "ratio"},
		     {"copied", one.copied()}, {"crossover", nullptr},
		     {"sizes", Json::array()}};

	if (one.crossover) {
		json["crossover"] = {
			{"size", one.crossover->size}, {"earliest", nullptr}, {"latest", nullptr}};
		if (one.crossover->earliest)
			json["crossover"]["earliest"] = *one.crossover->earliest;
		if (one.crossover->latest)
			json["crossover"]["latest"] = *one.crossover->latest;
	}
	for (const Row &each : one.rows)
		json["sizes"].push_back(row(each, cycles));
	return json;
}

} // namespace

std::string json(const Account &account)
{
	utsname kernel = {};

	::uname(&kernel);
	Json all = {{"format", format},
		    {"suite", {{"name", "zerocopy_bench"}, {"version", os::version}}},
		    {"kernel",
		     {{"release", kernel.release}, {"version", kernel.version}, {"machine", kernel.machine}}},
		    {"run",
		     {{"started", harness::outputs::describe(account.started)},
		      {"ended", harness::outputs::describe(account.ended)},
		      {"rounds", account.rounds},
		      {"slice_ms", account.slice.count()},
		      {"sender_cpu", account.options.sender_cpu},
		      {"receiver_cpu", account.options.receiver_cpu},
		      {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)},
		      {"waited_share", account.waited},
		      {"load_average", account.load},
		      {"cut_short", account.cut_short}}},
		    {"answer", account.answer},
		    {"missing", account.missing},
		    {"flows", Json::array()}};

	for (const Finding &each : account.findings)
		all["flows"].push_back(finding(each, account.cycles));
	return all.dump(1) + '\n';
}

} // namespace bench

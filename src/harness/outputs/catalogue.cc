// SPDX-License-Identifier: GPL-2.0
#include "harness/outputs/catalogue.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/case.h"
#include "harness/provisions.h"
#include "os/kernel_parts.h"

namespace harness::outputs
{

namespace
{

using Json = nlohmann::ordered_json;

/* An element for each thing, made by `make`. */
template <typename Things, typename Make> Json list(const Things &things, const Make &make)
{
	Json all = Json::array();

	for (const auto &thing : things)
		all.push_back(make(thing));
	return all;
}

/* Of names of which some may be null. */
template <typename Names> Json names(const Names &all)
{
	Json there = Json::array();

	for (const char *name : all)
		if (name)
			there.push_back(name);
	return there;
}

Json range(const ::catalogue::KernelRange &range)
{
	Json bounds;
	auto add = [&bounds](const std::string &name, const ::catalogue::Bound &bound) {
		bounds[name] = describe(bound.release);
		if (bound.debian)
			bounds[name + "_debian"] = describe(*bound.debian);
	};

	add("from", range.from);
	if (range.before)
		add("before", *range.before);
	else
		bounds["before"] = nullptr;
	if (range.machines)
		bounds[range.machines->except ? "machines_not" : "machines"] =
			list(range.machines->patterns, [](const std::string &pattern) { return pattern; });
	return bounds;
}

Json requirement(const ::catalogue::Requirement *requirement)
{
	const auto chapter = std::ranges::find_if(::catalogue::chapters(),
						  [&](const auto &each) { return each.holds(*requirement); });

	return {{"id", requirement->id},
		{"chapter", chapter == ::catalogue::chapters().end() ? "" : chapter->name},
		{"standing", name(requirement->standing)},
		{"otherwise", otherwise(requirement->standing)},
		{"promise", requirement->sentence},
		{"document", requirement->document},
		{"source", requirement->source()},
		{"kernels", requirement->kernels},
		{"uncovered", requirement->not_judged},
		{"cases", list(cases_of(*requirement), [](const Case *each) { return each->name; })}};
}

Json deviation(const ::catalogue::Deviation *deviation)
{
	return {{"id", deviation->id},
		{"requirement", deviation->requirement},
		{"how", deviation->how},
		{"evidence", deviation->evidence},
		{"fix", deviation->fix},
		{"range", deviation->kernels},
		{"kernels", list(::catalogue::parse_ranges(deviation->kernels), range)}};
}

Json regression(const ::catalogue::Regression *regression)
{
	return {{"commit", regression->commit},
		{"fixed_in", regression->fixed_in},
		{"not_judged", regression->not_judged},
		{"cases", names(regression->cases)}};
}

Json one_case(const Case *definition)
{
	return {{"name", definition->name},
		{"entry", name(definition->entry)},
		{"place", describe(definition->where)},
		{"deviation", definition->deviation ? Json(definition->deviation) : Json()},
		{"requirements", names(definition->requirements)}};
}

/* What a guest must load, and what its configuration must have. */
Json part(const os::KernelParts &parts)
{
	return {{"words", parts.words},
		{"modules", names(parts.modules)},
		{"options", os::config_options(parts.words)}};
}

} // namespace

std::string catalogue(std::size_t covered, std::size_t total)
{
	const Json all = {
		{"covered", covered},
		{"total", total},
		{"chapters", list(::catalogue::chapters(),
				  [](const ::catalogue::Chapter &chapter) {
					  return Json{{"name", chapter.name}, {"title", chapter.title}};
				  })},
		{"requirements", list(::catalogue::requirements(), requirement)},
		{"deviations", list(::catalogue::deviations(), deviation)},
		{"regressions", list(::catalogue::regressions(), regression)},
		{"cases", list(cases(), one_case)},
		{"kernel_parts", list(kernel_parts(), part)},
	};

	return all.dump(1) + '\n';
}

} // namespace harness::outputs

// SPDX-License-Identifier: GPL-2.0
#include "harness/plan.h"

#include <fnmatch.h>

#include <algorithm>

#include "catalogue/requirement.h"
#include "os/program.h"

namespace harness
{

namespace
{

using Globs = std::vector<std::string>;

bool matches(const std::string &glob, const std::string &text)
{
	return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool any_matches(const Globs &globs, const std::string &text)
{
	return std::ranges::any_of(globs, [&](const std::string &glob) { return matches(glob, text); });
}

bool selects(const Globs &globs, const std::string &text)
{
	return globs.empty() || any_matches(globs, text);
}

bool matches_id(const std::string &glob, const char *id)
{
	return matches(glob, id) || matches("ZC-" + glob, id);
}

bool matches_requirement(const std::string &glob, const Case &definition)
{
	return std::ranges::any_of(definition.requirements,
				   [&](const char *id) { return id && matches_id(glob, id); });
}

/* Is more selected than what a case has in common on all its transports? */
bool names_variant(const Planned &planned, const Selection &selection)
{
	return !selection.variants.empty() || !selection.transports.empty() || !selection.paths.empty() ||
	       std::ranges::any_of(selection.tests, [&](const std::string &glob) {
		       return matches(glob, planned.name()) && !matches(glob, planned.definition->name);
	       });
}

/* Is it about other transports, too? */
bool general(const Case &definition)
{
	return std::ranges::any_of(transport::transports(), [&](const transport::Transport &each) {
		return (each.kind & definition.transports) && !(each.kind & transport::vsock);
	});
}

bool in_entries(const Planned &planned, const Selection &selection)
{
	const Entry own = planned.definition->entry;
	const bool named = !selection.tests.empty() || !selection.requirements.empty();

	if (!selection.entries.empty())
		return any_matches(selection.entries, name(planned.entry()));
	if (planned.entry() == Entry::core)
		return true;
	/* In another entry than its case's by the transport or the path alone. */
	if (planned.entry() != own)
		return names_variant(planned, selection) || (named && !general(*planned.definition));
	return named && own != Entry::guest_only;
}

template <typename Things, typename Matches>
std::string first_unknown(const Globs &globs, const char *what, const Things &things, Matches matches_thing,
			  const char *remedy = "--list shows what there is")
{
	for (const std::string &glob : globs)
		if (std::ranges::none_of(things,
					 [&](const auto &thing) { return matches_thing(glob, thing); }))
			return std::string("no ") + what + " matches '" + glob + "'; " + remedy;
	return "";
}

std::string unplanned_test(const std::string &glob)
{
	return "no planned test matches '" + glob + "'; --list --why -t '" + glob +
	       "' tells which rule excludes it";
}

} // namespace

bool matches_test(const std::string &glob, const Planned &planned)
{
	return matches(glob, planned.definition->name) || matches(glob, planned.name());
}

std::string left_out_by(const Combination &combination, const Selection &selection)
{
	auto names_it = [&](const std::string &glob) { return matches_test(glob, combination); };
	auto names_variant = [&](const std::string &glob) { return matches(glob, combination.variant()); };
	auto judged = [&](const std::string &glob) {
		return matches_requirement(glob, *combination.definition);
	};

	if (!selection.tests.empty() && std::ranges::none_of(selection.tests, names_it))
		return "no -t names it";
	if (const auto glob = std::ranges::find_if(selection.not_tests, names_it);
	    glob != selection.not_tests.end())
		return "-T '" + *glob + "' names it";
	if (!selects(selection.variants, combination.variant()))
		return "no -v names its variant";
	if (const auto glob = std::ranges::find_if(selection.not_variants, names_variant);
	    glob != selection.not_variants.end())
		return "-V '" + *glob + "' names its variant";
	if (!selection.requirements.empty() && std::ranges::none_of(selection.requirements, judged))
		return "no -r names a requirement of its case";
	if (!selects(selection.transports, combination.transport->name))
		return "no --transport names its transport";
	if (!selects(selection.paths, combination.path->name))
		return "no --path names its path";
	if (in_entries(combination, selection))
		return "";
	if (!selection.entries.empty())
		return "no --entry names its entry";
	return std::string("not selected by default, add --entry ") + name(combination.entry());
}

bool names_case(const Selection &selection, const Case &definition)
{
	Selection cases_only;

	cases_only.tests = selection.tests;
	cases_only.requirements = selection.requirements;
	cases_only.entries = {"*"};
	return std::ranges::any_of(combinations(definition), [&](const Combination &each) {
		return left_out_by(each, cases_only).empty();
	});
}

std::vector<const catalogue::Requirement *> select_requirements(const Selection &selection)
{
	const auto all = catalogue::requirements();
	std::vector<const catalogue::Requirement *> selected;
	Selection tests_only;

	tests_only.tests = selection.tests;
	if (const std::string word = unknown_word(tests_only, true); !word.empty())
		throw os::UsageError(word);
	for (const std::string &glob : selection.requirements)
		if (std::ranges::none_of(all, [&](const auto *each) { return matches_id(glob, each->id); }))
			throw os::UsageError("no requirement matches '" + glob +
					     "'; --catalogue shows what there is");
	for (const catalogue::Requirement *each : all) {
		const bool by_id = selection.requirements.empty() ||
				   std::ranges::any_of(selection.requirements, [&](const std::string &glob) {
					   return matches_id(glob, each->id);
				   });
		const bool by_case = selection.tests.empty() ||
				     std::ranges::any_of(cases_of(*each), [&](const Case *definition) {
					     return names_case(tests_only, *definition);
				     });

		if (by_id && by_case)
			selected.push_back(each);
	}
	if (selected.empty())
		throw os::UsageError("the selection leaves no requirement; --catalogue shows what there is");
	return selected;
}

std::vector<Planned> make_plan(const Selection &selection)
{
	std::vector<Planned> plan;

	for (const Case *definition : planned_order())
		for (const Combination &each : combinations(*definition))
			if (!excluded_by(each) && left_out_by(each, selection).empty())
				plan.push_back(each);
	return plan;
}

std::string unknown_word(const Selection &selection, bool unplanned)
{
	std::vector<Combination> everything;
	std::vector<Combination> excluded;

	for (const Case *definition : planned_order())
		for (const Combination &each : combinations(*definition))
			(unplanned || !excluded_by(each) ? everything : excluded).push_back(each);
	auto by_variant = [](const std::string &glob, const Planned &planned) {
		return matches(glob, planned.variant());
	};
	auto by_name = [](const std::string &glob, const auto &named) { return matches(glob, named.name); };
	auto by_requirement = [](const std::string &glob, const Planned &planned) {
		return matches_requirement(glob, *planned.definition);
	};

	for (const Globs *globs : {&selection.tests, &selection.not_tests})
		for (const std::string &glob : *globs) {
			const std::string word = first_unknown({glob}, "test", everything, matches_test);

			if (word.empty())
				continue;
			return std::ranges::any_of(
				       excluded,
				       [&](const Combination &each) { return matches_test(glob, each); })
				       ? unplanned_test(glob)
				       : word;
		}
	if (auto word = first_unknown(
		    selection.entries, "entry", everything,
		    [](const std::string &glob, const Planned &planned) {
			    return matches(glob, name(planned.entry()));
		    },
		    "--help shows what there is");
	    !word.empty())
		return word;
	for (const Globs *globs : {&selection.variants, &selection.not_variants})
		if (auto word = first_unknown(*globs, "variant", everything, by_variant); !word.empty())
			return word;
	if (auto word = first_unknown(selection.requirements, "requirement with a case", everything,
				      by_requirement, "--catalogue shows what there is");
	    !word.empty())
		return word;
	if (auto word = first_unknown(selection.transports, "transport", transport::transports(), by_name);
	    !word.empty())
		return word;
	return first_unknown(selection.paths, "path", netns::paths(), by_name);
}

} // namespace harness

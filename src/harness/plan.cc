// SPDX-License-Identifier: GPL-2.0
#include "harness/plan.h"

#include <fnmatch.h>

#include <algorithm>

#include "catalogue/requirement.h"

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

bool matches_test(const std::string &glob, const Planned &planned)
{
	return matches(glob, planned.definition->name) || matches(glob, planned.name());
}

bool matches_requirement(const std::string &glob, const Case &definition)
{
	return std::ranges::any_of(definition.requirements, [&](const char *id) {
		return id && (matches(glob, id) || matches("ZC-" + glob, id));
	});
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
	/* In another entry than its case's by the transport alone. */
	if (planned.entry() != own)
		return names_variant(planned, selection) || (named && !general(*planned.definition));
	return named && own != Entry::guest_only;
}

bool selected(const Planned &planned, const Selection &selection)
{
	auto names_it = [&](const std::string &glob) { return matches_test(glob, planned); };
	auto judged = [&](const std::string &glob) { return matches_requirement(glob, *planned.definition); };

	return in_entries(planned, selection) &&
	       (selection.tests.empty() || std::ranges::any_of(selection.tests, names_it)) &&
	       std::ranges::none_of(selection.not_tests, names_it) &&
	       selects(selection.variants, planned.variant()) &&
	       !any_matches(selection.not_variants, planned.variant()) &&
	       (selection.requirements.empty() || std::ranges::any_of(selection.requirements, judged)) &&
	       selects(selection.transports, planned.transport->name) &&
	       selects(selection.paths, planned.path->name);
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

} // namespace

Entry Planned::entry() const
{
	const bool vsock = transport->kind & transport::vsock;

	return vsock && definition->entry != Entry::guest_only ? Entry::vsock : definition->entry;
}

std::string Planned::variant() const
{
	return std::string(transport->name) + '.' + path->name;
}

std::string Planned::name() const
{
	return std::string(definition->name) + '.' + variant();
}

std::vector<Planned> make_plan(const Selection &selection)
{
	std::vector<Planned> plan;

	for (const Case *definition : cases()) {
		unsigned applied = 0;

		for (const transport::Transport &transport : transport::transports())
			for (const netns::Path &path : netns::paths()) {
				const Planned planned = {definition, &transport, &path};

				if (!definition->applies(transport, path) ||
				    (definition->once && applied++ > 0))
					continue;
				if (selected(planned, selection))
					plan.push_back(planned);
			}
	}
	std::ranges::stable_sort(plan, {},
				 [](const Planned &planned) { return planned.definition->harms(); });
	return plan;
}

std::string unknown_word(const Selection &selection)
{
	Selection all;

	all.entries = {"*"};
	const std::vector<Planned> everything = make_plan(all);
	auto by_variant = [](const std::string &glob, const Planned &planned) {
		return matches(glob, planned.variant());
	};
	auto by_name = [](const std::string &glob, const auto &named) { return matches(glob, named.name); };
	auto by_requirement = [](const std::string &glob, const Planned &planned) {
		return matches_requirement(glob, *planned.definition);
	};

	for (const Globs *globs : {&selection.tests, &selection.not_tests})
		if (auto word = first_unknown(*globs, "test", everything, matches_test); !word.empty())
			return word;
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

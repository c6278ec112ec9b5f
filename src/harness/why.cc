// SPDX-License-Identifier: GPL-2.0
#include "harness/why.h"

#include <cstdio>
#include <string>

#include "harness/plan.h"

namespace harness
{

static std::string reason(const Rule &rule, const Combination &combination)
{
	std::string text = rule.name;

	if (rule.traits)
		text += " (" + netns::trait_names(rule.traits(combination)) + ')';
	return text + ": " + rule.reason;
}

static void show(const Combination &combination, const Selection &selection)
{
	const Entry entry = combination.entry();
	const std::string left_out = left_out_by(combination, selection);

	std::printf("%s %s # %s%sentry %s, in %s%s\n", left_out.empty() ? "planned" : "left-out",
		    combination.name().c_str(), left_out.c_str(), left_out.empty() ? "" : "; ", name(entry),
		    default_run(entry).c_str(),
		    combination.definition->harms() ? ", last, as it can harm the kernel"
		    : combination.definition->alone ? ", beside no other test"
						    : "");
}

static void show_case(const Case &definition, const Selection &selection)
{
	const transport::Transport *done = nullptr;

	for (const Combination &each : combinations(definition)) {
		const Rule *rule = excluded_by(each);

		if (each.transport == done)
			continue;
		if (!rule) {
			show(each, selection);
			continue;
		}
		const std::string name =
			rule->any_path ? std::string(definition.name) + '.' + each.transport->name + ".*"
				       : each.name();
		std::printf("excluded %s # %s\n", name.c_str(), reason(*rule, each).c_str());
		if (rule->any_path)
			done = each.transport;
	}
}

bool show_why(const Selection &selection)
{
	bool any = false;

	for (const Case *definition : planned_order())
		if (names_case(selection, *definition)) {
			show_case(*definition, selection);
			any = true;
		}
	return any;
}

} // namespace harness

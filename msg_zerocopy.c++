// SPDX-License-Identifier: GPL-2.0
/*
 * Does this kernel keep the promises of MSG_ZEROCOPY? The contract is
 * Documentation/networking/msg_zerocopy.rst; docs/architecture.md shows the
 * rooms of this program.
 */
#include <cstdio>

#include "agent/agent.h"
#include "harness/bail_out.h"
#include "harness/explain.h"
#include "harness/facts.h"
#include "harness/known.h"
#include "harness/options.h"
#include "harness/plan.h"
#include "harness/remote.h"
#include "harness/report.h"
#include "harness/run.h"
#include "harness/show.h"
#include "harness/why.h"
#include "os/deadline.h"
#include "os/program.h"
#include "os/version.h"
#include "stacks_table/table.h"

static int act(harness::Options options, const char *program)
{
	switch (options.action) {
	case harness::Action::help:
		std::fputs(harness::help_text, stdout);
		return 0;
	case harness::Action::version:
		std::printf("msg_zerocopy %s\n", os::version);
		return 0;
	case harness::Action::catalogue:
	case harness::Action::catalogue_json:
		return harness::show_catalogue(options.selection,
					       options.action == harness::Action::catalogue_json);
	case harness::Action::explain:
		harness::explain(options.words, program);
		return 0;
	case harness::Action::serve:
		return agent::serve(agent::parse_place(options.serve));
	default:
		break;
	}

	if (options.stacks)
		return stacks_table::run(options);
	if (!options.known_file.empty())
		options.known = harness::read_known(options);
	if (options.action == harness::Action::run)
		harness::bail_out_on_signals();
	if (!options.remote.empty()) {
		harness::scale_timeouts();
		if (options.patience)
			os::set_event_timeout(std::chrono::milliseconds(options.patience));
		options.about_remote = harness::plan_for_remote(harness::remote_place(options.remote));
	}
	const std::string unknown = harness::unknown_word(options.selection, options.why);
	if (!unknown.empty())
		throw os::UsageError(unknown);
	if (options.why && harness::show_why(options.selection))
		return 0;
	const auto plan = harness::make_plan(options.selection);
	if (plan.empty())
		throw os::UsageError("the selection leaves nothing to run; --list --why shows why, "
				     "--entry guest-only takes cases for guests only");
	if (options.action == harness::Action::list) {
		harness::show_list(plan);
		return 0;
	}
	return harness::run(plan, options, program);
}

int main(int argc, char **argv)
{
	return os::run_program(
		"msg_zerocopy", [=] { return act(harness::parse_options(argc, argv), argv[0]); },
		harness::wants_bisect(argc, argv) ? harness::bisect_untestable : 1);
}

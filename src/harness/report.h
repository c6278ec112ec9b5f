/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/facts.h"
#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"

/* TAP on standard output, through the kernel's kselftest.h. */
namespace harness
{

/* The exit status that tells `git bisect run` that a commit cannot be tested. */
inline constexpr int bisect_untestable = 125;

void report_start(std::size_t planned, const Facts &facts, const Options &options);

/* A line about the run as a whole. */
void report_note(const std::string &line);

/* One result, its diagnostics before it. `program`: how this one was called,
 * for the command line that runs just this result again. */
void report_result(const Planned &planned, const Outcome &outcome, const Options &options,
		   const std::string &program);

/* The verdict that counts: with --strict a known deviation is a failure. */
Verdict counted(const Outcome &outcome, const Options &options);

/* It counts as a failure: the promise is broken, or could not be judged. */
bool bad(const Outcome &outcome, const Options &options);

/* The totals, and the verdict in words: which promises this kernel breaks, and
 * which of those the catalogue knows of. `outcomes` are the plan's, in its order.
 * `program` as above.
 * Returns the exit status: 0, 1, or 4 where everything was skipped; what git bisect
 * takes where that is wanted. */
int report_end(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
	       const Options &options, const std::string &program);

/* No case can run here. Returns the exit status, 4 or bisect_untestable. */
int report_nothing(const std::string &reason, const Options &options);

/* The run was cut short. */
void report_interrupted(const std::string &reason);

} // namespace harness

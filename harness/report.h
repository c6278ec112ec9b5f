/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_REPORT_H
#define MSG_ZEROCOPY_HARNESS_REPORT_H

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

void report_start(std::size_t planned, const Facts &facts, const Options &options);

/* A line about the run as a whole. */
void report_note(const std::string &line);

/* One result, its diagnostics before it. `program`: how this one was called,
 * for the command line that runs just this result again. */
void report_result(const Planned &planned, const Outcome &outcome, const Options &options,
		   const std::string &program);

/* The totals, and the verdict in words: which promises this kernel breaks, and
 * which of those the catalogue knows of. `outcomes` are the plan's, in its order.
 * Returns the exit status: 0, 1, or 4 where everything was skipped. */
int report_end(const std::vector<Planned> &plan, const std::vector<std::optional<Outcome>> &outcomes,
	       const Options &options);

/* Nothing can be run here. Returns the exit status, 4. */
int report_nothing(const std::string &reason);

/* The run was cut short. */
void report_interrupted(const std::string &reason);

} // namespace harness

#endif

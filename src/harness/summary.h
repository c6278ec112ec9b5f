/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_SUMMARY_H
#define MSG_ZEROCOPY_HARNESS_SUMMARY_H

#include <optional>
#include <string>
#include <vector>

#include "harness/outcome.h"
#include "harness/plan.h"

namespace harness
{

/* A table, line by line: the verdicts of the tests of each chapter, by the requirement that
 * their case is about. `outcomes` are the plan's. */
std::vector<std::string> summary_by_chapter(const std::vector<Planned> &plan,
					    const std::vector<std::optional<Outcome>> &outcomes);

} // namespace harness

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/diagnosis.h"
#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"

/* The findings of a run, and their words: those of the verdict and of the files beside it. */
namespace harness
{

/* Results count as failures as the options say. */
std::vector<Finding> findings_of(const std::vector<Planned> &plan,
				 const std::vector<std::optional<Outcome>> &outcomes, const Options &options);
/* The requirement and how many results break it; behind it the lines that explain that, indented. */
std::vector<std::string> describe(const Finding &finding, const std::vector<Planned> &plan,
				  const std::string &program, const Options &options);
/* All of them, in a verdict on the kernel: each under the heading of its standing, and so are the followers
 * that are graver than their cause: a promise that fails only beside an observation is a broken promise. */
std::vector<std::string> verdict_on(const std::string &kernel, const std::vector<Finding> &findings,
				    const std::vector<Planned> &plan, const std::string &program,
				    const Options &options);
/* What runs just this result again. `program`: how this one was called. */
std::string command_line(const Planned &planned, const std::string &program, const Options &options);
/* "2 results" */
std::string number_of(std::size_t count, const char *thing);

} // namespace harness

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "catalogue/requirement.h"
#include "harness/options.h"
#include "harness/planning.h"

namespace harness
{

/* A planned test. */
using Planned = Combination;

/* Is a test meant by a glob on the names of tests or cases? */
bool matches_test(const std::string &glob, const Planned &planned);

/* Every combination that is planned and that the options select. */
std::vector<Planned> make_plan(const Selection &selection);

/* The part of the selection that leaves a combination out, for people: "no -t names it".
 * "" where it is selected. */
std::string left_out_by(const Combination &combination, const Selection &selection);

/* Do the selected tests and requirements name a case, on whatever transport and path? */
bool names_case(const Selection &selection, const Case &definition);

/* The requirements that -r names, and of which a case is named by -t, where these are given.
 * Throws os::UsageError where a word names nothing, or all of them leave nothing. */
std::vector<const catalogue::Requirement *> select_requirements(const Selection &selection);

/* A word of the selection that selects nothing there is, and where to look, ""
 * where all do: "no path matches 'loopbck'; --list shows what there is". With
 * `unplanned`, combinations that are not planned are there, too. */
std::string unknown_word(const Selection &selection, bool unplanned = false);

} // namespace harness

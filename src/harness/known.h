/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <vector>

#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"

/* The user's own list of expected failures (--known FILE), as fstests and LTP have them. */
namespace harness
{

/*
 * What options.known_file says: in each line a glob on the names of tests or cases, and behind a
 * '#' the reason. Empty lines and those that begin with '#' are comments. Throws os::UsageError where
 * the file cannot be read, a line has no reason or more than one glob, or a glob matches no planned
 * test, selected or not. It is called before the paths of --remote are known; with that option the
 * case must match.
 */
std::vector<KnownFailure> read_known(const Options &options);

/*
 * Makes XFAIL of a failure that options.known expects, and XPASS of a pass where it expects a
 * failure. What could not be judged stays as it is, and so do known deviations, unless --strict
 * makes failures of them.
 */
void expect_known(const Options &options, const Planned &planned, Outcome &outcome);

} // namespace harness

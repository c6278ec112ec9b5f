/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/options.h"

namespace stacks_table
{

/* Measure every stack, or those that --path names, print the table, and write it to the file that --json
 * names; or list them. Returns the exit status: 0, 1 where a measurement failed, 4 where nothing could be
 * measured here. Throws os::UsageError, and std::runtime_error where the file cannot be written. */
int run(const harness::Options &options);

} // namespace stacks_table

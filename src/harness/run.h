/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "harness/options.h"
#include "harness/plan.h"

namespace harness
{

/* Run a plan and report it, several results at a time, reported in the plan's
 * order. Returns the program's exit status. On SIGINT, SIGTERM or SIGHUP all
 * workers are ended and the signal then ends this process too. */
int run(std::vector<Planned> plan, Options options, const std::string &program);

} // namespace harness

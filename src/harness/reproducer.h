/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>
#include <string>

#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"
#include "os/new_file.h"

namespace harness
{

/* The file of --reproducer: a result of the suite as a program in C. */
class Reproducer {
public:
	/* Throws os::UsageError, one line, where `plan` is not one test, or the file cannot be written. */
	Reproducer(const Options &options, const std::vector<Planned> &plan);

	/* Writes it. Returns `status`, that of the run, or 4 where there can be no program, which a
	 * line of TAP says. Throws std::system_error where it cannot be written. */
	int write(const Planned &planned, const Outcome &outcome, const Options &options, int status);

private:
	std::string name_;
	os::NewFile file_;
};

} // namespace harness

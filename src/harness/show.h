/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <vector>

#include "harness/plan.h"

namespace harness
{

/* On standard output: the names of a plan, one a line. */
void show_list(const std::vector<Planned> &plan);

/*
 * The catalogue on standard output, as text that of the selected requirements, and what is wrong with it on
 * standard error, such as a case that names a requirement which is not there. Returns the exit status: 1
 * where anything is wrong. Throws os::UsageError where nothing is selected.
 */
int show_catalogue(const Selection &selection, bool json);

} // namespace harness

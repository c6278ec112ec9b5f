/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/options.h"

namespace harness
{

/*
 * On standard output, for each case that the selection names, one line for each
 * transport and path, with the reason behind '#':
 *	planned NAME # entry ENTRY, in RUN
 *	left-out NAME # REASON; entry ENTRY, in RUN
 *	excluded NAME # RULE: REASON, or RULE (TRAITS): REASON
 * The planned ones are those of --list, in its order. A rule that excludes a case on
 * a whole transport has one line, whose path is "*". False where the selection names
 * no case.
 */
bool show_why(const Selection &selection);

} // namespace harness

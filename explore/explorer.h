/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "explore/options.h"

namespace explore
{

/* Run programs as the options say, and print what comes of it. Returns the exit status. `program`
 * is how this one was called. */
int explore(const Options &options, const char *program);
/* The same with programs from files. */
int replay(const Options &options);

} // namespace explore

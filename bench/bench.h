/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "bench/options.h"

namespace bench
{

/* Measure as the options say, and print what comes of it. Returns the exit status. */
int measure(const Options &options);

} // namespace bench

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "os/told.h"

namespace harness
{

/*
 * The calls so far show the deviation of the case, and a program of --reproducer ends with them. What the
 * case does before Test::deviates() tells how far the deviation goes.
 */
inline void deviation_shows()
{
	os::tell_tracer("shown", "");
}

} // namespace harness

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <vector>

#include "reproducer/program.h"

namespace reproducer
{

/*
 * The same steps in fewer lines. Lines for the shell that follow each other are one call, a port is
 * named by its number, as all of them are free in namespaces of the program's own, and a namespace that
 * it is in is not entered again. Pure.
 */
std::vector<Step> shortened(std::vector<Step> steps);

} // namespace reproducer

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

namespace netns
{

/* The names of all traits of a set, as path.h spells them: "delivers, holds". */
std::string trait_names(unsigned traits);

} // namespace netns

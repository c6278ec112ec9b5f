/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_NETNS_TRAIT_NAMES_H
#define MSG_ZEROCOPY_NETNS_TRAIT_NAMES_H

#include <string>

namespace netns
{

/* The names of all traits of a set, as path.h spells them: "delivers, holds". */
std::string trait_names(unsigned traits);

} // namespace netns

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <random>

namespace transport
{

/* Its words, as they lie in memory, fill one payload of a case after the other, each
 * from the next whole word on. */
using Generator = std::mt19937_64;

} // namespace transport

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "bench/account.h"

/* What a run found, in words. */
namespace bench
{

/* One sentence: where the flag pays, and from which size on. */
std::string answer(const std::vector<Finding> &findings);
/* All that a run says on standard output: the answer first, then a table for each flow. */
std::string text(const Account &account);

} // namespace bench

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "bench/findings.h"

/* What a run found, in words. */
namespace bench
{

/* One sentence: where the flag pays, and from which size on. */
std::string answer(const std::vector<Finding> &findings);
/* What was measured on one flow. */
std::string table(const Finding &finding);
/* "16 KiB" */
std::string size_text(double bytes);

} // namespace bench

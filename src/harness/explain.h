/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_EXPLAIN_H
#define MSG_ZEROCOPY_HARNESS_EXPLAIN_H

#include <string>

namespace harness
{

/* What the catalogue knows of these words, on standard output: symptoms, requirements,
 * deviations and regressions, what to look at on this machine, and the command by which
 * `program` judges it. Throws os::UsageError, one line, where it knows nothing of them. */
void explain(const std::string &words, const std::string &program);

} // namespace harness

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_VERSION_H
#define MSG_ZEROCOPY_OS_VERSION_H

namespace os
{

/* Of this program, as scripts/version.sh found it when it was built: "1.0.0",
 * "1.0.0-7-gd41d8cd98f00-dirty". */
extern const char *const version;

} // namespace os

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>

namespace os
{

/* That of huge pages, in bytes: the default one of /proc/meminfo. Throws os::Missing where the kernel has
 * none. */
std::size_t huge_page_size();

} // namespace os

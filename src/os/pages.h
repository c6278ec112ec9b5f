/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace os
{

/* That of huge pages, in bytes: the default one of /proc/meminfo. Throws os::Missing where the kernel has
 * none. */
std::size_t huge_page_size();

/* Pages that the kernel has not mapped, on machines of 32 bits (CONFIG_HIGHMEM). */
bool has_high_memory();

/* Give whole pages up for others that are not there and that nobody can access. mprotect(2) leaves pages in
 * the page table, where get_user_pages_fast() of some kernels takes them (protected-memory-is-sent). Throws
 * std::system_error. */
void deny_access(std::uint8_t *data, std::size_t length);

} // namespace os

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <string>

#include "os/mapping.h"

namespace bench
{

/* What is sent from. */
class Memory {
public:
	/* "hot", "cold", "huge" or "cold-huge"; `largest`: the largest call, in bytes. Cold memory is twice
	 * as large as the last cache, huge memory has huge pages where the kernel gives any
	 * (madvise(MADV_HUGEPAGE)). Throws std::system_error. */
	Memory(const std::string &name, std::size_t largest);

	const std::string &name() const { return name_; }
	bool cold() const { return cold_; }
	/* In bytes. */
	std::size_t size() const { return size_; }
	const std::uint8_t *data() const { return start_; }
	/* Of its bytes, so many lie in huge pages now (/proc/self/smaps). */
	std::size_t in_huge_pages() const;

	static constexpr const char *names[] = {"hot", "cold", "huge", "cold-huge"};

private:
	std::string name_;
	bool cold_;
	std::size_t size_;
	os::Mapping mapping_;
	std::uint8_t *start_; /* at a multiple of a huge page */
};

} // namespace bench

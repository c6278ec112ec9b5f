// SPDX-License-Identifier: GPL-2.0
#include "bench/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace bench
{

/* Of most machines, and more than one of any that matters here. */
constexpr std::size_t huge_page = 2 << 20;

static std::size_t ring_size()
{
	constexpr long smallest = 64 << 20;

	return 2 * static_cast<std::size_t>(std::max(::sysconf(_SC_LEVEL3_CACHE_SIZE), smallest));
}

Memory::Memory(const std::string &name, std::size_t largest)
	: name_(name), cold_(name.starts_with("cold")),
	  size_((std::max(largest, cold_ ? ring_size() : 0) + huge_page - 1) / huge_page * huge_page),
	  mapping_(size_ + huge_page),
	  start_(mapping_.data() +
		 (huge_page - reinterpret_cast<std::uintptr_t>(mapping_.data()) % huge_page))
{
	::madvise(start_, size_, name.ends_with("huge") ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	/* A page that was never written to is the zero page. */
	std::memset(start_, 'z', size_);
}

std::size_t Memory::in_huge_pages() const
{
	std::ifstream maps("/proc/self/smaps");
	const auto wanted = reinterpret_cast<std::uintptr_t>(start_);
	bool here = false;

	for (std::string line; std::getline(maps, line);) {
		unsigned long from = 0;
		unsigned long to = 0;

		if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2)
			here = from <= wanted && wanted < to;
		if (here && std::sscanf(line.c_str(), "AnonHugePages: %lu kB", &from) == 1)
			return from << 10;
	}
	return 0;
}

} // namespace bench

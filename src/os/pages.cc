// SPDX-License-Identifier: GPL-2.0
#include "os/pages.h"

#include <sys/mman.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "os/check.h"

namespace os
{

/* "Hugepagesize:       2048 kB", in bytes; 0 where /proc/meminfo has no such line. */
static std::size_t of_meminfo(std::string_view wanted)
{
	std::ifstream file("/proc/meminfo");
	std::string line;

	while (std::getline(file, line)) {
		std::istringstream words(line);
		std::string name;
		std::size_t kilobytes;

		if (words >> name >> kilobytes && name == wanted)
			return kilobytes << 10;
	}
	return 0;
}

std::size_t huge_page_size()
{
	if (const std::size_t size = of_meminfo("Hugepagesize:"))
		return size;
	throw Missing("huge pages: a Hugepagesize in /proc/meminfo");
}

bool has_high_memory()
{
	return of_meminfo("HighTotal:") > 0;
}

void deny_access(std::uint8_t *data, std::size_t length)
{
	if (::mmap64(data, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		check(-1, "mmap(PROT_NONE)");
}

} // namespace os

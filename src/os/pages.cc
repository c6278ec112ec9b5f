// SPDX-License-Identifier: GPL-2.0
#include "os/pages.h"

#include <sys/mman.h>

#include <fstream>
#include <sstream>
#include <string>

#include "os/check.h"

namespace os
{

/* "Hugepagesize:       2048 kB" */
std::size_t huge_page_size()
{
	std::ifstream file("/proc/meminfo");
	std::string line;

	while (std::getline(file, line)) {
		std::istringstream words(line);
		std::string name;
		std::size_t kilobytes;

		if (words >> name >> kilobytes && name == "Hugepagesize:")
			return kilobytes << 10;
	}
	throw Missing("huge pages: a Hugepagesize in /proc/meminfo");
}

void deny_access(std::uint8_t *data, std::size_t length)
{
	if (::mmap64(data, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		check(-1, "mmap(PROT_NONE)");
}

} // namespace os

// SPDX-License-Identifier: GPL-2.0
#include "os/pages.h"

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

} // namespace os

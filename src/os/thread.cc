// SPDX-License-Identifier: GPL-2.0
#include "os/thread.h"

#include <fstream>
#include <string>

namespace os
{

char thread_state(pid_t thread)
{
	std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
	std::string line;

	std::getline(file, line);
	/* The letter behind the command's name, which is in parentheses. */
	const std::size_t name_end = line.rfind(") ");
	return name_end == std::string::npos ? '?' : line[name_end + 2];
}

} // namespace os

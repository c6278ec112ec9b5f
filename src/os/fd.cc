// SPDX-License-Identifier: GPL-2.0
#include "os/fd.h"

#include <fcntl.h>

#include <array>
#include <fstream>

#include "os/check.h"

namespace os
{

Pipe::Pipe()
{
	int ends[2];

	check(::pipe2(ends, O_CLOEXEC), "pipe()");
	read_end = Fd(ends[0]);
	write_end = Fd(ends[1]);
}

std::string read_to_end(int fd)
{
	std::string text;
	std::array<char, 1024> part;
	ssize_t length;

	while ((length = ::read(fd, part.data(), part.size())) > 0)
		text.append(part.data(), length);
	return text;
}

std::string first_line(const std::string &file, const char *otherwise)
{
	std::ifstream stream(file);
	std::string line;

	return std::getline(stream, line) ? line : otherwise;
}

} // namespace os

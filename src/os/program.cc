// SPDX-License-Identifier: GPL-2.0
#include "os/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "os/check.h"

namespace os
{

namespace
{

/* Throws std::system_error or Broken. */
void check_output()
{
	/* Were it closed, the first file that is opened would get all that is printed. */
	check(::fcntl(STDOUT_FILENO, F_GETFD), "standard output");
	check(std::fflush(stdout), "standard output");
	require(!std::ferror(stdout), "standard output: a part of it is lost");
}

} // namespace

std::string one_of(const char *what, const char *text, std::span<const std::string> names)
{
	if (std::ranges::find(names, text) == names.end())
		throw UsageError(std::string(what) + " '" + text + "' is none of " + joined(names));
	return text;
}

int run_program(const char *program, const std::function<int()> &act, int trouble)
{
	try {
		check_output();
		const int status = act();
		check_output();
		return status;
	} catch (const std::exception &exception) {
		std::fprintf(stderr, "%s: %s\n", program, exception.what());
		return trouble;
	}
}

} // namespace os

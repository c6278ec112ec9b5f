/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

namespace harness
{

/* A line of the suite's source. */
struct Where {
	const char *file;
	int line;
	/* As a default argument, it is the line that calls the function which has it. */
	static constexpr Where here(const char *file = __builtin_FILE(), int line = __builtin_LINE())
	{
		return {file, line};
	}
};

/* "conformance/counter.cc:266" */
inline std::string describe(Where where)
{
	return std::string(where.file) + ':' + std::to_string(where.line);
}

} // namespace harness

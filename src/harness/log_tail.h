/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "harness/splat.h"

namespace harness
{

/* The latest lines of the kernel's log, to report the ones since a mark. Pure. */
class LogTail {
public:
	/* Lines so far: since() takes it. */
	std::size_t mark() const { return taken_; }
	/* Lines that programs wrote to the log are left out. */
	void take(const LogRecord &record);
	/* The lines since a mark, at most `most`, with how many more there were. Says so
	 * where there is none. */
	std::vector<std::string> since(std::size_t mark, std::size_t most) const;

private:
	std::size_t taken_ = 0;
	std::deque<std::string> lines_; /* the last of them */
};

/*
 * A message of the kernel's as a line of diagnostics: "kernel log: ...". Words by which
 * parsers of test output recognise results ("[FAIL]", "SKIP:", "# not ok") are
 * spelled differently.
 */
std::string quote_kernel(std::string line);

} // namespace harness

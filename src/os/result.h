/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <string>

namespace os
{

/* What a system call returned, and errno where that is negative. */
struct Returned {
	ssize_t returned = 0;
	int error = 0;

	bool ok() const { return returned >= 0; }
	/* Of the call in the argument: errno must still be that call's. */
	static Returned of(ssize_t returned) { return {returned, returned < 0 ? errno : 0}; }
	bool operator==(const Returned &) const = default;
};

/* "1000", or "-1 (ENOBUFS, No buffer space available)". */
std::string describe(const Returned &result);

} // namespace os

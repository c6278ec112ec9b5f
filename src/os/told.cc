// SPDX-License-Identifier: GPL-2.0
#include "os/told.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace os
{

static bool traced = false;

void expect_tracer()
{
	traced = true;
}

void tell_tracer(std::string_view kind, std::string_view text)
{
	if (!traced)
		return;
	const int before = errno;
	const std::string all = std::string(kind) + '\n' + std::string(text);

	::syscall(SYS_write, to_tracer, all.data(), all.size());
	errno = before;
}

} // namespace os

// SPDX-License-Identifier: GPL-2.0
/* Interposed: syscall(), by which io_uring is used. */
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* The requests of all rings of this process, also those that were taken before:
 * they lie in mappings of their own, at IORING_OFF_SQES. */
void change_requests()
{
	const KeepErrno keep;
	std::ifstream maps("/proc/self/maps");
	std::string line;

	while (std::getline(maps, line)) {
		std::istringstream fields(line);
		std::uintptr_t start;
		std::uintptr_t end;
		std::uint64_t offset;
		std::string mode;
		char dash;

		fields >> std::hex >> start >> dash >> end >> mode >> offset;
		if (!fields || offset != IORING_OFF_SQES || line.find("[io_uring]") == std::string::npos)
			continue;
		for (; start < end; start += sizeof(io_uring_sqe))
			lie()->request(*reinterpret_cast<io_uring_sqe *>(start));
	}
}

} // namespace

extern "C" long syscall(long number, ...) noexcept
{
	long arguments[6];
	va_list list;

	va_start(list, number);
	for (long &argument : arguments)
		argument = va_arg(list, long);
	va_end(list);
	if (number == SYS_io_uring_enter && arguments[1] > 0 && lie() && lie()->request)
		change_requests();
	return REAL(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
			     arguments[5]);
}

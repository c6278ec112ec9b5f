// SPDX-License-Identifier: GPL-2.0
#include "lying_kernel/real.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace lying
{

KeepErrno::KeepErrno() : before_(errno) {}

KeepErrno::~KeepErrno()
{
	errno = before_;
}

int fail(int error)
{
	errno = error;
	return -1;
}

int option(int fd, int level, int name)
{
	const KeepErrno keep;
	int value = 0;
	socklen_t length = sizeof(value);

	return REAL(getsockopt)(fd, level, name, &value, &length) < 0 ? -1 : value;
}

short readiness(int fd, short events)
{
	const KeepErrno keep;
	pollfd poll = {fd, events, 0};

	REAL(poll)(&poll, 1, 0);
	return poll.revents;
}

bool is_optmem_file(int fd)
{
	const KeepErrno keep;
	std::array<char, 64> target;
	const ssize_t length =
		::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());

	return length > 0 && std::string_view(target.data(), length) == optmem_file;
}

bool set_zerocopy(int fd, int value)
{
	const KeepErrno keep;

	return REAL(setsockopt)(fd, SOL_SOCKET, SO_ZEROCOPY, &value, sizeof(value)) == 0;
}

} // namespace lying

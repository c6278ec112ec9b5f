// SPDX-License-Identifier: GPL-2.0
/* Interposed: what sets sockets up and ends them. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdarg>
#include <cstring>

#include "lying_kernel/lies.h"

using namespace lying;

extern "C" int setsockopt(int fd, int level, int name, const void *value, socklen_t length) noexcept
{
	if (lie() && lie()->set_option)
		return lie()->set_option({{fd, level, name}, value, length});
	return REAL(setsockopt)(fd, level, name, value, length);
}

extern "C" int getsockopt(int fd, int level, int name, void *value, socklen_t *length) noexcept
{
	if (lie() && lie()->get_option)
		return lie()->get_option({{fd, level, name}, value, length});
	return REAL(getsockopt)(fd, level, name, value, length);
}

extern "C" int accept4(int listener, sockaddr *address, socklen_t *length, int flags)
{
	const int fd = REAL(accept4)(listener, address, length, flags);

	if (fd >= 0 && lie() && lie()->accepted)
		lie()->accepted(listener, fd);
	return fd;
}

extern "C" int accept(int listener, sockaddr *address, socklen_t *length)
{
	return ::accept4(listener, address, length, 0);
}

extern "C" int connect(int fd, const sockaddr *address, socklen_t length)
{
	if (lie() && lie()->connect)
		if (Socket *socket = find_socket(fd))
			return lie()->connect(fd, *socket, address, length);
	return REAL(connect)(fd, address, length);
}

extern "C" int shutdown(int fd, int how) noexcept
{
	if (lie() && lie()->shut_down)
		if (Socket *socket = find_socket(fd))
			lie()->shut_down(fd, *socket, how);
	return REAL(shutdown)(fd, how);
}

extern "C" int close(int fd)
{
	if (lie() && lie()->close)
		if (Socket *socket = find_socket(fd))
			return lie()->close(fd, *socket);
	return REAL(close)(fd);
}

namespace
{

int status_told(int command, long argument)
{
	return command == F_SETFL && lie() && lie()->set_status
		       ? lie()->set_status(static_cast<int>(argument))
		       : static_cast<int>(argument);
}

} // namespace

extern "C" int fcntl(int fd, int command, ...)
{
	va_list list;

	va_start(list, command);
	void *argument = va_arg(list, void *);
	va_end(list);
	if (command == F_SETFL)
		return REAL(fcntl)(fd, command, status_told(command, reinterpret_cast<long>(argument)));
	return REAL(fcntl)(fd, command, argument);
}

extern "C" int fcntl64(int fd, int command, ...)
{
	va_list list;

	va_start(list, command);
	void *argument = va_arg(list, void *);
	va_end(list);
	return ::fcntl(fd, command, argument);
}

namespace lying
{

int Setting::make() const
{
	return REAL(setsockopt)(fd, level, name, value, length);
}

int Setting::number() const
{
	int number = -1;

	if (value && length >= sizeof(number))
		std::memcpy(&number, value, sizeof(number));
	return number;
}

int Asking::make() const
{
	return REAL(getsockopt)(fd, level, name, value, length);
}

} // namespace lying

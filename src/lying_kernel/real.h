/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * The C library's own function behind an interposed one:
 * REAL(send)(fd, data, length, flags).
 */
#define REAL(function)                                                                                       \
	([] {                                                                                                \
		static const auto next =                                                                     \
			reinterpret_cast<decltype(&::function)>(::dlsym(RTLD_NEXT, #function));              \
		return next;                                                                                 \
	}())

namespace lying
{

/* errno as it was, whatever happens in between. */
class KeepErrno {
public:
	KeepErrno();
	~KeepErrno();
	KeepErrno(const KeepErrno &) = delete;
	KeepErrno &operator=(const KeepErrno &) = delete;

private:
	int before_;
};

/* Fail as a system call does. */
int fail(int error);

/* An int option of a socket, or -1; errno stays. */
int option(int fd, int level, int name);
/* What poll(2) says now; errno stays. */
short readiness(int fd, short events);
inline constexpr const char *optmem_file = "/proc/sys/net/core/optmem_max";
/* A descriptor of that file; errno stays. */
bool is_optmem_file(int fd);
/* The kernel's answers from here on: true when SO_ZEROCOPY was set so. */
bool set_zerocopy(int fd, int value);

} // namespace lying

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_OPTION_H
#define MSG_ZEROCOPY_OS_OPTION_H

#include <sys/socket.h>

#include "os/check.h"

namespace os
{

/* A socket option that is an int, set to prepare a case: see check(). */
inline void set_option(int socket, int level, int name, int value, const char *what = "setsockopt()")
{
	check(::setsockopt(socket, level, name, &value, sizeof(value)), what);
}

} // namespace os

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "lying_kernel/socket.h"

namespace lying
{

/* Takes one notification off the kernel's queue into what the program shall
 * see, through the lie. False when there is none; errno stays. */
bool pull(int fd, Socket &socket);

} // namespace lying

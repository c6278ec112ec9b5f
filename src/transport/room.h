/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_TRANSPORT_ROOM_H
#define MSG_ZEROCOPY_TRANSPORT_ROOM_H

#include <poll.h>

#include "os/check.h"
#include "os/deadline.h"
#include "transport/link.h"

namespace transport
{

/* Wait until the sender can send: what the receiver's reads make room for comes a
 * moment after them, as VSOCK's credit does. Throws where none comes. */
inline void await_room(const Link &link, os::Deadline deadline = os::Deadline())
{
	pollfd poll = {link.sender(), POLLOUT, 0};

	os::check(::poll(&poll, 1, deadline.left_ms()) == 1 ? 0 : -1, "poll() for room");
}

} // namespace transport

#endif

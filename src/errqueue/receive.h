/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "errqueue/notification.h"
#include "os/deadline.h"

namespace errqueue
{

/* Room for a notification beside timestamps and more: a control buffer that is
 * too small loses the notification (the kernel has dequeued it by then). */
inline constexpr std::size_t ample_control = 512;

/* Reading the queue failed as it must not. */
class ReadError : public std::system_error {
public:
	using std::system_error::system_error;
};

/*
 * One recvmsg(MSG_ERRQUEUE), which never blocks. Nothing when the queue is
 * empty (EAGAIN). Throws ReadError on any other error.
 */
std::optional<Message> receive(int socket, std::size_t control_bytes = ample_control);

/* All that is queued now, by receive(). */
std::vector<Message> receive_queued(int socket);

/* The same through one recvmmsg(MSG_ERRQUEUE) of at most `most` messages. */
std::vector<Message> receive_many(int socket, unsigned most);

/*
 * Wait until poll(2) reports POLLERR, without asking for any event (it is
 * always reported). False when the deadline passed first.
 */
bool wait(int socket, const os::Deadline &deadline = os::Event::notification);

/* What poll(2) reports now for `events`, without waiting. */
short poll_now(int socket, short events = 0);

/* The next message, where poll(2) does not report that there is one; nothing where it does, or where
 * none is queued. Throws as receive() does. */
std::optional<Message> receive_unreported(int socket);

} // namespace errqueue

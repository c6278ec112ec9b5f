/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>

#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"

namespace os
{

/* An epoll instance that watches one socket for what is reported unasked. */
class Watch {
public:
	Watch(int socket, std::uint32_t flags)
		: socket_(socket), epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1()"))
	{
		control(EPOLL_CTL_ADD, flags);
	}
	void rearm(std::uint32_t flags) { control(EPOLL_CTL_MOD, flags); }
	int get() const { return epoll_.get(); }
	/* The next event, 0 where none comes in time. */
	std::uint32_t next(const Deadline &deadline = Event::notification)
	{
		epoll_event event = {};

		while (check(::epoll_wait(epoll_.get(), &event, 1, deadline.left_ms()), "epoll_wait()") ==
			       0 &&
		       !deadline.passed())
			;
		return event.events;
	}
	std::uint32_t now() { return next(Deadline(std::chrono::milliseconds(0))); }

private:
	void control(int operation, std::uint32_t flags)
	{
		epoll_event event = {};

		event.events = flags;
		check(::epoll_ctl(epoll_.get(), operation, socket_, &event), "epoll_ctl()");
	}

	int socket_;
	Fd epoll_;
};

} // namespace os

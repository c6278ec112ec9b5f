// SPDX-License-Identifier: GPL-2.0
#include "bench/sender.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "errqueue/receive.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/socket.h"
#include "transport/link.h"

namespace bench
{

static double seconds_of(clockid_t clock)
{
	timespec time = {};

	os::check(::clock_gettime(clock, &time), "clock_gettime()");
	return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/* Of cold memory the next piece, from the start of a page; else the same one again. */
const void *Sender::next(std::size_t size)
{
	const std::size_t page = limits::page_size();
	const void *piece = memory_.data() + position_;

	if (!memory_.cold())
		return piece;
	position_ += (size + page - 1) / page * page;
	if (position_ + size > memory_.size())
		position_ = 0;
	return piece;
}

void Sender::read_clocks(int sign)
{
	slice_.cycles += static_cast<std::uint64_t>(sign) * cycles_.now();
	slice_.seconds += sign * seconds_of(CLOCK_MONOTONIC);
	slice_.receiver_cpu += sign * seconds_of(receiver_clock_);
	slice_.cpu += sign * seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

void Sender::drain()
{
	if (looking_) {
		slice_.outstanding = std::max(slice_.outstanding, outstanding_);
		slice_.option_memory = std::max(slice_.option_memory, transport::option_memory(socket_));
	}
	while (const auto message = errqueue::receive(socket_)) {
		slice_.messages++;
		for (const errqueue::Notification &notification : message->notifications) {
			if (!notification.is_zerocopy())
				continue;
			const std::uint64_t calls = notification.ids().count();

			slice_.reported += calls;
			slice_.copied += notification.copied() ? calls : 0;
			outstanding_ -= std::min(outstanding_, calls);
		}
	}
}

void Sender::await_notification() const
{
	os::require(errqueue::wait(socket_), "no completion came until the time was up");
}

void Sender::send_once(std::size_t size, int flags)
{
	const void *piece = next(size);

	for (;;) {
		const ssize_t sent = ::send(socket_, piece, size, flags);

		if (sent >= 0) {
			slice_.calls++;
			slice_.bytes += sent;
			outstanding_ += flags & MSG_ZEROCOPY ? 1 : 0;
			return;
		}
		os::require(errno != EAGAIN, "the receiver took nothing until the time was up");
		if (errno != ENOBUFS || !(flags & MSG_ZEROCOPY))
			os::check(sent, "send()");
		/* Pages that may be locked or option memory are used up until a completion comes. */
		slice_.refused++;
		await_notification();
		drain();
	}
}

void Sender::send_until(std::size_t size, bool flagged, Clock::time_point until)
{
	unsigned undrained = 0;

	do {
		send_once(size, flagged ? MSG_NOSIGNAL | MSG_ZEROCOPY : MSG_NOSIGNAL);
		if (flagged && ++undrained == drain_every_) {
			drain();
			undrained = 0;
		}
	} while (undrained || Clock::now() < until);
}

void Sender::settle()
{
	while (outstanding_) {
		await_notification();
		drain();
	}
	os::require(os::wait_until([this] {
			    return os::socket_memory(socket_, SK_MEMINFO_WMEM_QUEUED) == 0 &&
				   os::socket_memory(socket_, SK_MEMINFO_WMEM_ALLOC) == 0;
		    }),
		    "what was sent did not leave until the time was up");
}

Slice Sender::send(std::size_t size, bool flagged, std::chrono::microseconds duration)
{
	slice_ = {};
	looking_ = true;
	send_until(size, flagged, Clock::now() + duration / 5);
	looking_ = false;
	slice_ = {.outstanding = slice_.outstanding, .option_memory = slice_.option_memory};
	read_clocks(-1);
	send_until(size, flagged, Clock::now() + duration);
	read_clocks(1);
	const Slice slice = slice_;
	settle();
	return slice;
}

} // namespace bench

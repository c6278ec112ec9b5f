// SPDX-License-Identifier: GPL-2.0
/* Interposed: what waits for readiness. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "lying_kernel/lies.h"
#include "lying_kernel/views.h"

using namespace lying;

/* The C library declares that poll() only stores to its argument. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace
{

/* What the program sees may change without an event of the kernel's: soon, or hardly. */
constexpr int look_again_ms = 5;
constexpr int most_ms = 80;

/* POLLERR as the program's view of the queue has it. */
short with_own_queue(int fd, Socket &socket, short asked, short seen)
{
	const auto lock = guard();

	/* An error of the socket remains. */
	for (bool pulled = true; lie()->may_hide() && (seen & POLLERR) && pulled;) {
		pulled = pull(fd, socket);
		seen = readiness(fd, asked);
	}
	return socket.readable() ? seen | POLLERR : seen;
}

int look(pollfd *polls, nfds_t count, bool waited)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		pollfd &poll = polls[i];

		if (Socket *socket = poll.fd >= 0 ? find_socket(poll.fd) : nullptr) {
			poll.revents = with_own_queue(poll.fd, *socket, poll.events, poll.revents);
			if (lie()->poll)
				poll.revents =
					lie()->poll({poll.fd, *socket, poll.events, poll.revents, waited});
		}
		ready += poll.revents != 0;
	}
	return ready;
}

bool concerns_us(const pollfd *polls, nfds_t count)
{
	return lie() && std::any_of(polls, polls + count,
				    [](const pollfd &poll) { return poll.fd >= 0 && find_socket(poll.fd); });
}

int poll_lying(pollfd *polls, nfds_t count, int timeout)
{
	using std::chrono::milliseconds;
	const auto end = Clock::now() + milliseconds(std::max(timeout, 0));

	int again = look_again_ms;

	for (bool waited = false;; waited = true) {
		const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
		const int part = timeout < 0 ? again : static_cast<int>(std::clamp<long>(left, 0, again));

		/* The first look shows what is there already. */
		int ready = REAL(poll)(polls, count, waited ? part : 0);
		again = std::min(2 * again, most_ms);
		if (ready < 0)
			return ready;
		const bool suppressed = ready > 0;
		ready = look(polls, count, waited);
		if (ready || (timeout >= 0 && left <= 0))
			return ready;
		if (suppressed)
			REAL(poll)(nullptr, 0, 1);
	}
}

} // namespace

extern "C" int poll(pollfd *polls, nfds_t count, int timeout)
{
	if (!concerns_us(polls, count))
		return REAL(poll)(polls, count, timeout);
	return poll_lying(polls, count, timeout);
}

extern "C" int ppoll(pollfd *polls, nfds_t count, const timespec *timeout, const sigset_t *mask)
{
	if (mask || !concerns_us(polls, count))
		return REAL(ppoll)(polls, count, timeout, mask);
	return poll_lying(polls, count,
			  timeout ? static_cast<int>(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000)
				  : -1);
}

extern "C" int select(int fds, fd_set *read, fd_set *write, fd_set *except, timeval *timeout)
{
	const int result = REAL(select)(fds, read, write, except, timeout);

	return result >= 0 && lie() && lie()->select ? lie()->select(result, read, write, except, fds)
						     : result;
}

extern "C" int epoll_wait(int epoll, epoll_event *events, int most, int timeout)
{
	using std::chrono::milliseconds;
	const auto end = Clock::now() + milliseconds(std::max(timeout, 0));

	if (!lie() || !lie()->epoll || most < 1)
		return REAL(epoll_wait)(epoll, events, most, timeout);
	/* What is not told must not be seen either. */
	std::vector<epoll_event> seen(most);
	for (;;) {
		const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
		const int ready =
			REAL(epoll_wait)(epoll, seen.data(), most,
					 timeout < 0 ? -1 : static_cast<int>(std::max<long>(left, 0)));
		const int told = ready < 0 ? ready : lie()->epoll(epoll, seen.data(), ready);

		std::copy_n(seen.data(), std::max(told, 0), events);
		if (told || (timeout >= 0 && left <= 0))
			return told;
	}
}

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event *event) noexcept
{
	if (lie() && lie()->epoll_ignores && lie()->epoll_ignores(operation, event))
		return 0;
	return REAL(epoll_ctl)(epoll, operation, fd, event);
}

/* What programs call that were built with _FORTIFY_SOURCE. */
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" int __poll_chk(pollfd *polls, nfds_t count, int timeout, size_t)
{
	return ::poll(polls, count, timeout);
}

extern "C" int __ppoll_chk(pollfd *polls, nfds_t count, const timespec *timeout, const sigset_t *mask, size_t)
{
	return ::ppoll(polls, count, timeout, mask);
}
// NOLINTEND(bugprone-reserved-identifier)

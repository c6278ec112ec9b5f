// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>

#include <cstring>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* Keep the events that `stays` says. */
template <typename Stays> int keep(epoll_event *events, int count, Stays stays)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (stays(events[i]))
			events[kept++] = events[i];
	return kept;
}

/* This thread asked epoll for one event only. */
thread_local bool oneshot = false;

constexpr std::array lies = {
	Lie("pollerr-missing", "poll() never reports POLLERR.",
	    "ZC-RX-02 ZC-RX-03 ZC-RX-18 ZC-RX-20 ZC-IN-01 ZC-VS-10",
	    {.poll = [](const Readiness &readiness) -> short { return readiness.seen & ~POLLERR; }}),
	Lie("pollerr-only-when-asked", "poll() reports POLLERR only to those who ask for it.",
	    "ZC-RX-02 ZC-RX-18 ZC-RX-20", {.poll = [](const Readiness &readiness) -> short {
		    return readiness.asked & POLLERR ? readiness.seen : readiness.seen & ~POLLERR;
	    }}),
	Lie("pollerr-once", "poll() reports POLLERR once, though the notification stays unread.",
	    "ZC-RX-03 ZC-RX-02", {.poll = [](const Readiness &readiness) -> short {
		    const bool repeated = (readiness.seen & POLLERR) && readiness.socket.mark;

		    readiness.socket.mark = readiness.seen & POLLERR;
		    return repeated ? readiness.seen & ~POLLERR : readiness.seen;
	    }}),
	Lie("pollerr-hidden-by-data", "While data is to be read, poll() does not report POLLERR.",
	    "ZC-RX-03 ZC-RX-17 ZC-RX-53", {.poll = [](const Readiness &readiness) -> short {
		    const bool data = lying::readiness(readiness.fd, POLLIN) & POLLIN;

		    return data ? readiness.seen & ~POLLERR : readiness.seen;
	    }}),
	Lie("pollerr-hidden-by-shutdown", "After shutdown(SHUT_WR) poll() does not report POLLERR.",
	    "ZC-RX-21",
	    {.shut_down = [](int, Socket &socket, int how) { socket.mark |= how != SHUT_RD; },
	     .poll = [](const Readiness &readiness) -> short {
		     return readiness.socket.mark ? readiness.seen & ~POLLERR : readiness.seen;
	     }}),
	Lie("pollerr-stuck", "poll() goes on to report POLLERR when the queue has been emptied.", "ZC-RX-03",
	    {.poll = [](const Readiness &readiness) -> short {
		    /* For a while: a reader who waits for more must end. */
		    if (readiness.seen & POLLERR)
			    readiness.socket.peeks = 3;
		    else if (readiness.socket.peeks)
			    readiness.socket.peeks--;
		    return readiness.socket.peeks ? readiness.seen | POLLERR : readiness.seen;
	    }}),
	Lie("pollin-with-pollerr", "A notification makes poll() report POLLIN too.", "ZC-RX-02 ZC-RX-03",
	    {.poll = [](const Readiness &readiness) -> short {
		    return readiness.seen & POLLERR ? readiness.seen | POLLIN : readiness.seen;
	    }}),
	Lie("pollpri-with-pollerr", "A notification makes poll() report POLLPRI to all who ask for it.",
	    "ZC-RX-05", {.poll = [](const Readiness &readiness) -> short {
		    const bool both = (readiness.seen & POLLERR) && (readiness.asked & POLLPRI);

		    return both ? readiness.seen | POLLPRI : readiness.seen;
	    }}),
	Lie("pollpri-missing", "SO_SELECT_ERR_QUEUE changes nothing.", "ZC-RX-05",
	    {.poll = [](const Readiness &readiness) -> short { return readiness.seen & ~POLLPRI; }}),
	Lie("no-wake-up", "A notification does not wake who sleeps in poll() already.", "ZC-RX-20 ZC-RX-72",
	    {.poll = [](const Readiness &readiness) -> short {
		    return readiness.waited ? readiness.seen & ~POLLERR : readiness.seen;
	    }}),
	Lie("select-silent", "select() marks nothing for a notification.", "ZC-RX-04",
	    {.select = [](int, fd_set *read, fd_set *write, fd_set *except, int) -> int {
		    for (fd_set *set : {read, write, except})
			    if (set)
				    FD_ZERO(set);
		    return 0;
	    }}),
	Lie("select-exceptional", "select() marks a socket with a notification as exceptional.", "ZC-RX-04",
	    {.select = [](int result, fd_set *read, fd_set *, fd_set *except, int fds) -> int {
		    for (int fd = 0; fd < fds; fd++)
			    if (read && except && FD_ISSET(fd, read)) {
				    FD_SET(fd, except);
				    result++;
			    }
		    return result;
	    }}),
	Lie("epollerr-missing", "epoll never reports EPOLLERR.", "ZC-RX-06 ZC-RX-07",
	    {.epoll = [](int, epoll_event *events, int count) -> int {
		    return keep(events, count,
				[](const epoll_event &event) { return !(event.events & EPOLLERR); });
	    }}),
	Lie("epoll-edge-once", "Edge-triggered epoll reports the first notification only.",
	    "ZC-RX-06 ZC-RX-07", {.epoll = [](int, epoll_event *events, int count) -> int {
		    static thread_local int seen = 0;

		    return keep(events, count, [](const epoll_event &event) {
			    return !(event.events & EPOLLERR) || seen++ == 0;
		    });
	    }}),
	Lie("epoll-event-repeated", "epoll reports a notification again and again.", "ZC-RX-06 ZC-RX-07",
	    {.epoll = [](int, epoll_event *events, int count) -> int {
		    static thread_local epoll_event last = {};

		    if (count > 0)
			    last = events[0];
		    else if (last.events)
			    events[count++] = last;
		    return count;
	    }}),
	Lie("epoll-oneshot-goes-on", "EPOLLONESHOT does not end after one event.", "ZC-RX-07",
	    {.epoll = [](int epoll, epoll_event *events, int count) -> int {
		     static thread_local epoll_event last = {};
		     static thread_local int of = -1;

		     if (!oneshot)
			     return count;
		     if (count > 0) {
			     last = events[0];
			     of = epoll;
		     } else if (of == epoll && last.events) {
			     events[count++] = last;
		     }
		     return count;
	     },
	     .epoll_ignores = [](int, const epoll_event *event) -> bool {
		     oneshot = event && (event->events & EPOLLONESHOT);
		     return false;
	     }}),
	Lie("epoll-exclusive-silent", "EPOLLEXCLUSIVE waiters get no event at all.", "ZC-RX-07",
	    {.epoll_ignores = [](int operation, const epoll_event *event) -> bool {
		    return operation == EPOLL_CTL_ADD && (event->events & EPOLLEXCLUSIVE);
	    }}),
	Lie("no-sigio", "O_ASYNC raises no signal.", "ZC-RX-08",
	    {.set_status = [](int flags) { return flags & ~O_ASYNC; }}),
	Lie("notification-sets-so-error", "SO_ERROR is ENOMSG while a notification is queued.", "ZC-RX-09",
	    {.get_option = [](const Asking &call) -> int {
		    const bool queued = readiness(call.fd, 0) & POLLERR;
		    const int result = call.make();
		    const int error = ENOMSG;

		    if (result == 0 && queued && call.is(SOL_SOCKET, SO_ERROR) && find_socket(call.fd))
			    std::memcpy(call.value, &error, sizeof(error));
		    return result;
	    }}),
	Lie("read-of-notification-clears-so-error",
	    "Reading the error queue clears the error that is pending on the socket.", "ZC-RX-52",
	    {.refuse_read = [](int fd, Socket &, const msghdr &, int) -> int {
		    const KeepErrno keep;

		    option(fd, SOL_SOCKET, SO_ERROR);
		    return 0;
	    }}),
	Lie("listener-hides-notifications",
	    "A socket that has come to listen does not give its notifications.", "ZC-RX-80 ZC-RX-81",
	    {.refuse_read = [](int fd, Socket &, const msghdr &, int) -> int {
		    return option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1 ? ENOTCONN : 0;
	    }}),
	Lie("receive-fails-while-notification-queued",
	    "A queued notification makes the next read of data fail with EIO.", "ZC-RX-09 ZC-RX-17 ZC-LO-52",
	    {.receive = [](const Receiving &call) -> ssize_t {
		    return (readiness(call.fd, 0) & POLLERR) ? fail(EIO) : call.make();
	    }}),
	Lie("receive-woken-by-notification", "A notification ends a read that waits for data, with EINTR.",
	    "ZC-RX-10", {.receive = [](const Receiving &call) -> ssize_t {
		    for (;;) {
			    const ssize_t result = call.make_with(call.flags | MSG_DONTWAIT);

			    if (result >= 0 || errno != EAGAIN || (call.flags & MSG_DONTWAIT) ||
				(REAL(fcntl)(call.fd, F_GETFL) & O_NONBLOCK))
				    return result;
			    pollfd poll = {call.fd, POLLIN, 0};
			    if (REAL(poll)(&poll, 1, 1000) == 0)
				    return result;
			    if ((poll.revents & (POLLERR | POLLIN)) == POLLERR)
				    return fail(EINTR);
		    }
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_readiness = lies;

// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

namespace
{

bool is_error_option(int level, int name)
{
	return level == SOL_SOCKET && name == SO_ERROR;
}

/* Keep the events that `stays` says. */
template <typename Stays> int keep(epoll_event *events, int count, Stays stays)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (stays(events[i]))
			events[kept++] = events[i];
	return kept;
}

constexpr std::array lies = {
	Lie{.name = "pollerr-missing",
	    .description = "poll() never reports POLLERR.",
	    .breaks = {"ZC-RX-02", "ZC-RX-03", "ZC-RX-18", "ZC-RX-20", "ZC-IN-01", "ZC-VS-10"},
	    .poll = [](const Readiness &readiness) -> short { return readiness.seen & ~POLLERR; }},
	Lie{.name = "pollerr-only-when-asked",
	    .description = "poll() reports POLLERR only to those who ask for it.",
	    .breaks = {"ZC-RX-02", "ZC-RX-18", "ZC-RX-20"},
	    .poll = [](const Readiness &readiness) -> short {
		    return readiness.asked & POLLERR ? readiness.seen : readiness.seen & ~POLLERR;
	    }},
	Lie{.name = "pollerr-once",
	    .description = "poll() reports POLLERR once, though the notification stays unread.",
	    .breaks = {"ZC-RX-03"},
	    .poll = [](const Readiness &readiness) -> short {
		    const bool repeated = (readiness.seen & POLLERR) && readiness.socket.mark;

		    readiness.socket.mark = readiness.seen & POLLERR;
		    return repeated ? readiness.seen & ~POLLERR : readiness.seen;
	    }},
	Lie{.name = "pollerr-stuck",
	    .description = "poll() goes on to report POLLERR when the queue has been emptied.",
	    .breaks = {"ZC-RX-03"},
	    .poll = [](const Readiness &readiness) -> short {
		    /* For a while: a reader who waits for more must end. */
		    if (readiness.seen & POLLERR)
			    readiness.socket.peeks = 3;
		    else if (readiness.socket.peeks)
			    readiness.socket.peeks--;
		    return readiness.socket.peeks ? readiness.seen | POLLERR : readiness.seen;
	    }},
	Lie{.name = "pollin-with-pollerr",
	    .description = "A notification makes poll() report POLLIN too.",
	    .breaks = {"ZC-RX-02", "ZC-RX-03"},
	    .poll = [](const Readiness &readiness) -> short {
		    return readiness.seen & POLLERR ? readiness.seen | POLLIN : readiness.seen;
	    }},
	Lie{.name = "pollpri-with-pollerr",
	    .description = "A notification makes poll() report POLLPRI to all who ask for it.",
	    .breaks = {"ZC-RX-05"},
	    .poll = [](const Readiness &readiness) -> short {
		    const bool both = (readiness.seen & POLLERR) && (readiness.asked & POLLPRI);

		    return both ? readiness.seen | POLLPRI : readiness.seen;
	    }},
	Lie{.name = "pollpri-missing",
	    .description = "SO_SELECT_ERR_QUEUE changes nothing.",
	    .breaks = {"ZC-RX-05"},
	    .poll = [](const Readiness &readiness) -> short { return readiness.seen & ~POLLPRI; }},
	Lie{.name = "no-wake-up",
	    .description = "A notification does not wake who sleeps in poll() already.",
	    .breaks = {"ZC-RX-20"},
	    .poll = [](const Readiness &readiness) -> short {
		    return readiness.waited ? readiness.seen & ~POLLERR : readiness.seen;
	    }},
	Lie{.name = "select-silent",
	    .description = "select() marks nothing for a notification.",
	    .breaks = {"ZC-RX-04"},
	    .select =
		    [](int, fd_set *read, fd_set *write, fd_set *except, int) {
			    for (fd_set *set : {read, write, except})
				    if (set)
					    FD_ZERO(set);
			    return 0;
		    }},
	Lie{.name = "select-exceptional",
	    .description = "select() marks a socket with a notification as exceptional.",
	    .breaks = {"ZC-RX-04"},
	    .select =
		    [](int result, fd_set *read, fd_set *, fd_set *except, int fds) {
			    for (int fd = 0; fd < fds; fd++)
				    if (read && except && FD_ISSET(fd, read)) {
					    FD_SET(fd, except);
					    result++;
				    }
			    return result;
		    }},
	Lie{.name = "epollerr-missing",
	    .description = "epoll never reports EPOLLERR.",
	    .breaks = {"ZC-RX-06", "ZC-RX-07"},
	    .epoll =
		    [](int, epoll_event *events, int count) {
			    return keep(events, count,
					[](const epoll_event &event) { return !(event.events & EPOLLERR); });
		    }},
	Lie{.name = "epoll-edge-once",
	    .description = "Edge-triggered epoll reports the first notification only.",
	    .breaks = {"ZC-RX-06", "ZC-RX-07"},
	    .epoll =
		    [](int, epoll_event *events, int count) {
			    static thread_local int seen = 0;

			    return keep(events, count, [](const epoll_event &event) {
				    return !(event.events & EPOLLERR) || seen++ == 0;
			    });
		    }},
	Lie{.name = "epoll-event-repeated",
	    .description = "epoll reports a notification again and again.",
	    .breaks = {"ZC-RX-06", "ZC-RX-07"},
	    .epoll =
		    [](int, epoll_event *events, int count) {
			    static thread_local epoll_event last = {};

			    if (count > 0)
				    last = events[0];
			    else if (last.events)
				    events[count++] = last;
			    return count;
		    }},
	Lie{.name = "epoll-oneshot-goes-on",
	    .description = "EPOLLONESHOT does not end after one event.",
	    .breaks = {"ZC-RX-07"},
	    .epoll =
		    [](int epoll, epoll_event *events, int count) {
			    static thread_local epoll_event last = {};
			    static thread_local int of = -1;

			    if (count > 0) {
				    last = events[0];
				    of = epoll;
			    } else if (of == epoll && last.events) {
				    events[count++] = last;
			    }
			    return count;
		    }},
	Lie{.name = "epoll-exclusive-silent",
	    .description = "EPOLLEXCLUSIVE waiters get no event at all.",
	    .breaks = {"ZC-RX-07"},
	    .epoll_ignores =
		    [](int operation, const epoll_event *event) {
			    return operation == EPOLL_CTL_ADD && (event->events & EPOLLEXCLUSIVE);
		    }},
	Lie{.name = "no-sigio",
	    .description = "O_ASYNC raises no signal.",
	    .breaks = {"ZC-RX-08"},
	    .set_status = [](int flags) { return flags & ~O_ASYNC; }},
	Lie{.name = "notification-sets-so-error",
	    .description = "SO_ERROR is ENOMSG while a notification is queued.",
	    .breaks = {"ZC-RX-09"},
	    .get_option =
		    [](int fd, int level, int name, void *value, socklen_t *length) {
			    const bool queued = readiness(fd, 0) & POLLERR;
			    const int result = REAL(getsockopt)(fd, level, name, value, length);
			    const int error = ENOMSG;

			    if (result == 0 && queued && is_error_option(level, name) && find_socket(fd))
				    std::memcpy(value, &error, sizeof(error));
			    return result;
		    }},
	Lie{.name = "receive-fails-while-notification-queued",
	    .description = "A queued notification makes the next read of data fail with EIO.",
	    .breaks = {"ZC-RX-09", "ZC-RX-17"},
	    .receive = [](const Receiving &call) -> ssize_t {
		    return (readiness(call.fd, 0) & POLLERR) ? fail(EIO) : call.make();
	    }},
	Lie{.name = "receive-woken-by-notification",
	    .description = "A notification ends a read that waits for data, with EINTR.",
	    .breaks = {"ZC-RX-10"},
	    .receive = [](const Receiving &call) -> ssize_t {
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
	    }},
};

} // namespace

std::span<const Lie> lies_about_readiness()
{
	return lies;
}

} // namespace lying

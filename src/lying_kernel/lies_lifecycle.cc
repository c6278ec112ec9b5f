// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "lying_kernel/lies.h"
#include "lying_kernel/views.h"

using namespace lying;

namespace
{

bool closed(int fd)
{
	const KeepErrno keep;
	tcp_info info = {};
	socklen_t length = sizeof(info);

	return REAL(getsockopt)(fd, SOL_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_state == TCP_CLOSE;
}

void unless_marked(int, Socket &socket, Notice notice)
{
	if (!socket.mark)
		socket.append(std::move(notice));
}

/* All that is queued is gone. */
void drop_queued(int fd, Socket &socket)
{
	while (pull(fd, socket))
		;
	socket.queue.clear();
}

constexpr std::array lies = {
	Lie("shutdown-drops-notifications", "shutdown() loses the notifications of earlier sends.",
	    "ZC-TX-16 ZC-LF-06 ZC-RX-21 ZC-LF-01 ZC-CT-18",
	    {.shut_down = [](int, Socket &socket, int) { socket.mark = true; },
	     .arrive = unless_marked,
	     .hides = true}),
	Lie("reset-drops-notifications", "A reset loses the notifications of sends that it ends.",
	    "ZC-LF-01 ZC-LF-02 ZC-LF-10",
	    {.keeps = [](int fd, Socket &, Notice &) -> bool { return !closed(fd); }}),
	Lie("disconnect-drops-notifications", "connect(AF_UNSPEC) loses the queued notifications.",
	    "ZC-CT-13 ZC-LF-02 ZC-CT-18",
	    {.connect = [](int fd, Socket &socket, const sockaddr *address, socklen_t length) -> int {
		     const int result = REAL(connect)(fd, address, length);

		     if (address && address->sa_family == AF_UNSPEC) {
			     const KeepErrno keep;

			     drop_queued(fd, socket);
		     }
		     return result;
	     },
	     .hides = true}),
	Lie("close-drops-data", "close() on a stream with the option resets the connection.", "ZC-LF-05",
	    {.close = [](int fd, Socket &socket) -> int {
		    constexpr linger at_once = {1, 0};

		    if (socket.stream() && option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
			    REAL(setsockopt)(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		    return REAL(close)(fd);
	    }}),
	Lie("close-of-one-descriptor-drops-notifications",
	    "close() loses the notifications though another descriptor refers to the socket.", "ZC-CT-14",
	    {.close = [](int fd, Socket &socket) -> int {
		     drop_queued(fd, socket);
		     return REAL(close)(fd);
	     },
	     .hides = true}),
	Lie("close-leaks-the-socket",
	    "A socket with the option that is closed stays, as if somebody had it open.",
	    "ZC-LF-03 ZC-LF-05 ZC-TS-06 ZC-VS-11 ZC-VS-32", {.close = [](int fd, Socket &) -> int {
		    if (option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
			    REAL(fcntl)(fd, F_DUPFD_CLOEXEC, 0);
		    return REAL(close)(fd);
	    }}),
	Lie("ktls-drops-notifications", "Attaching kTLS loses the queued notifications.", "ZC-LF-09",
	    {.set_option = [](const Setting &call) -> int {
		     Socket *socket = find_socket(call.fd);

		     if (socket && call.is(SOL_TCP, TCP_ULP))
			     drop_queued(call.fd, *socket);
		     return call.make();
	     },
	     .hides = true}),
	Lie("recverr-off-drops-notifications", "Clearing IP_RECVERR loses the queued notifications.",
	    "ZC-TS-04",
	    {.set_option = [](const Setting &call) -> int {
		     Socket *socket = find_socket(call.fd);

		     if (socket && ((call.is(SOL_IP, IP_RECVERR)) || (call.is(SOL_IPV6, IPV6_RECVERR))))
			     drop_queued(call.fd, *socket);
		     return call.make();
	     },
	     .hides = true}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_lifecycle = lies;

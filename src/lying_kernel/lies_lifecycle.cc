// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"
#include "lying_kernel/views.h"

namespace lying
{

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
	Lie{.name = "shutdown-drops-notifications",
	    .description = "shutdown() loses the notifications of earlier sends.",
	    .breaks = {"ZC-TX-16", "ZC-LF-06"},
	    .shut_down = [](int, Socket &socket, int) { socket.mark = true; },
	    .arrive = unless_marked,
	    .hides = true},
	Lie{.name = "reset-drops-notifications",
	    .description = "A reset loses the notifications of sends that it ends.",
	    .breaks = {"ZC-LF-01", "ZC-LF-02", "ZC-LF-10"},
	    .arrive =
		    [](int fd, Socket &socket, Notice notice) {
			    if (!closed(fd))
				    socket.append(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "disconnect-drops-notifications",
	    .description = "connect(AF_UNSPEC) loses the queued notifications.",
	    .breaks = {"ZC-CT-13", "ZC-LF-02"},
	    .connect =
		    [](int fd, Socket &socket, const sockaddr *address, socklen_t length) {
			    const int result = REAL(connect)(fd, address, length);

			    if (address && address->sa_family == AF_UNSPEC) {
				    const KeepErrno keep;

				    drop_queued(fd, socket);
			    }
			    return result;
		    },
	    .hides = true},
	Lie{.name = "close-drops-data",
	    .description = "close() on a stream with the option resets the connection.",
	    .breaks = {"ZC-LF-05"},
	    .close =
		    [](int fd, Socket &socket) {
			    constexpr linger at_once = {1, 0};

			    if (socket.stream() && option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
				    REAL(setsockopt)(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			    return REAL(close)(fd);
		    }},
	Lie{.name = "close-of-one-descriptor-drops-notifications",
	    .description = "close() loses the notifications though another descriptor refers to the socket.",
	    .breaks = {"ZC-CT-14"},
	    .close =
		    [](int fd, Socket &socket) {
			    drop_queued(fd, socket);
			    return REAL(close)(fd);
		    },
	    .hides = true},
	Lie{.name = "close-leaks-the-socket",
	    .description = "A socket with the option that is closed stays, as if somebody had it open.",
	    .breaks = {"ZC-LF-03", "ZC-LF-05", "ZC-TS-06", "ZC-VS-11", "ZC-VS-32"},
	    .close =
		    [](int fd, Socket &) {
			    if (option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
				    REAL(fcntl)(fd, F_DUPFD_CLOEXEC, 0);
			    return REAL(close)(fd);
		    }},
	Lie{.name = "ktls-drops-notifications",
	    .description = "Attaching kTLS loses the queued notifications.",
	    .breaks = {"ZC-LF-09"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    Socket *socket = find_socket(fd);

			    if (socket && level == SOL_TCP && name == TCP_ULP)
				    drop_queued(fd, *socket);
			    return REAL(setsockopt)(fd, level, name, value, length);
		    },
	    .hides = true},
	Lie{.name = "recverr-off-drops-notifications",
	    .description = "Clearing IP_RECVERR loses the queued notifications.",
	    .breaks = {"ZC-TS-04"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    Socket *socket = find_socket(fd);

			    if (socket && ((level == SOL_IP && name == IP_RECVERR) ||
					   (level == SOL_IPV6 && name == IPV6_RECVERR)))
				    drop_queued(fd, *socket);
			    return REAL(setsockopt)(fd, level, name, value, length);
		    },
	    .hides = true},
};

} // namespace

std::span<const Lie> lies_about_lifecycle()
{
	return lies;
}

} // namespace lying
